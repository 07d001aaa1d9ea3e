import { saidOfRemovals } from '../../core/sync-removals.ts';
import { roleOf, type SyncSettings } from '../../core/sync-settings.ts';
import type { Vault } from '../../core/vault.ts';
import type { Looked } from './changes.ts';
import type { Whose } from './history.ts';
import type { KnownFiles } from './known.ts';
import type { Objects } from './objects.ts';
import type { SyncSetup } from './round.ts';
import { Standing } from './standing.ts';
import type { Rules } from './steps.ts';

/** Bytes in a megabyte, as `largest:` counts them. */
const MEGABYTE = 1_000_000;

/** Bytes above which a file is not synced. */
export const bytesOf = ({ largest }: Pick<SyncSettings, 'largest'>): number => largest * MEGABYTE;

/** What the planner is told beside the changes themselves. */
export async function rulesFor(
  looked: Looked,
  whose: ReadonlyMap<string, Whose>,
  objects: Objects,
  vault: Vault,
  known: KnownFiles,
  { node, role, sync, holder, state, now }: Pick<SyncSetup, 'node' | 'role' | 'sync' | 'holder' | 'state' | 'now'>,
): Promise<Rules> {
  const sizes = new Map(looked.sizes);
  const unknown = looked.changes.flatMap(({ theirs }) =>
    theirs === undefined || sizes.has(theirs.blob) ? [] : [theirs.blob],
  );
  await Promise.all(
    unknown.map(async blob => {
      const size = await objects.size(blob);
      if (size !== undefined) sizes.set(blob, size);
    }),
  );
  const standing = new Standing(vault);
  return {
    me: node,
    role: roleOf(node, role),
    bringer: at => whose.get(at)?.bringer ?? 'unsigned',
    size: blob => sizes.get(blob),
    largest: bytesOf(sync),
    standing: same => standing.of(same),
    holdsMore: (folder, than) => standing.holdsMore(folder, than),
    files: folder => known.count(folder),
    removals: saidOfRemovals(state, now()),
    holder: stem => holder?.(stem),
  };
}
