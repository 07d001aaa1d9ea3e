import { createHash } from 'node:crypto';
import type { Removals } from '../../core/sync-removals.ts';
import { asideFiles } from '../../orchestrator/sync/aside.ts';
import { merge3 } from '../../orchestrator/sync/merge.ts';
import { plan } from '../../orchestrator/sync/plan.ts';
import { sameName } from '../../orchestrator/sync/same-name.ts';
import type { Bringer, Change, Entry, Rules, Step } from '../../orchestrator/sync/steps.ts';

/** A tree by path: the bytes of each file as latin1; a value that begins with `link:` is a link. */
export type Files = Readonly<Record<string, string>>;

/** Blobs by their id: what a git directory would hold. */
export class Blobs {
  readonly #byId = new Map<string, string>();

  entry(content: string): Entry {
    const blob = createHash('sha1').update(content, 'latin1').digest('hex');
    this.#byId.set(blob, content);
    return { blob, mode: content.startsWith('link:') ? '120000' : '100644' };
  }

  read({ blob }: Entry): string {
    const content = this.#byId.get(blob);
    if (content === undefined) throw new Error(`no blob ${blob}`);
    return content;
  }
}

export type Side = {
  readonly me: string;
  readonly role: 'local' | 'cloud';
  readonly bringer?: (path: string) => Bringer;
  readonly largest?: number;
  readonly removals?: Removals;
  readonly holder?: (stem: string) => string | undefined;
};

function changesOf(blobs: Blobs, base: Files, mine: Files, theirs: Files): readonly Change[] {
  const paths = new Set([...Object.keys(base), ...Object.keys(mine), ...Object.keys(theirs)]);
  const entry = (files: Files, path: string): Entry | undefined => {
    const content = files[path];
    return content === undefined ? undefined : blobs.entry(content);
  };
  return [...paths].flatMap(path => {
    const [old, here, there] = [base, mine, theirs].map(files => files[path]);
    if (old === here && here === there) return [];
    return [{ path, base: entry(base, path), mine: entry(mine, path), theirs: entry(theirs, path) }];
  });
}

export function rulesFor(blobs: Blobs, mine: Files, side: Side): Rules {
  const spellings = new Map<string, Set<string>>();
  for (const path of Object.keys(mine)) {
    const parts = path.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const same = parts.slice(0, depth).map(sameName).join('/');
      const name = `${parts.slice(0, depth).join('/')}${depth < parts.length ? '/' : ''}`;
      const known = spellings.get(same);
      if (known === undefined) spellings.set(same, new Set([name]));
      else known.add(name);
    }
  }
  return {
    me: side.me,
    role: side.role,
    bringer: side.bringer ?? (() => 'local'),
    size: blob => blobs.read({ blob, mode: '100644' }).length,
    largest: side.largest ?? 1_000_000,
    standing: same => [...(spellings.get(same) ?? [])],
    holdsMore: (folder, than) => Object.keys(mine).some(path => path.startsWith(`${folder}/`) && !than.has(path)),
    files: folder => Object.keys(mine).filter(path => folder === '' || path.startsWith(`${folder}/`)).length,
    removals: side.removals ?? 'held',
    holder: side.holder ?? (() => undefined),
  };
}

export const planFor = (blobs: Blobs, base: Files, mine: Files, theirs: Files, side: Side): readonly Step[] =>
  plan(changesOf(blobs, base, mine, theirs), rulesFor(blobs, mine, side));

export type Applied = { readonly vault: Files; readonly tree: Files };

/** What the performer does with steps, on values: the vault after it and the tree of the next commit. */
export function apply(blobs: Blobs, steps: readonly Step[], mine: Files, theirs: Files): Applied {
  const vault: Record<string, string> = { ...mine };
  const tree: Record<string, string> = { ...theirs };
  const put = (path: string, entry: Entry | undefined, ...into: Record<string, string>[]): void => {
    for (const files of into) {
      if (entry === undefined) delete files[path];
      else files[path] = blobs.read(entry);
    }
  };
  const beside = (path: string, as: string, why: string, entry: Entry): void => {
    for (const file of asideFiles({ path, as, why }, Buffer.from(blobs.read(entry), 'latin1'))) {
      const content = vault[file.path] ?? Buffer.from(file.bytes).toString('latin1');
      vault[file.path] = content;
      tree[file.path] = content;
    }
  };
  const bytes = (entry: Entry): Buffer => Buffer.from(blobs.read(entry), 'latin1');
  for (const step of steps) {
    switch (step.do) {
      case 'take':
        put(step.path, step.entry, vault, tree);
        break;
      case 'remove':
        put(step.path, undefined, vault, tree);
        break;
      case 'keep':
        put(step.path, step.entry, tree);
        break;
      case 'merge': {
        const merged = merge3(bytes(step.base), bytes(step.mine), bytes(step.theirs));
        if (merged !== undefined) {
          put(step.path, blobs.entry(Buffer.from(merged).toString('latin1')), vault, tree);
          break;
        }
        beside(step.path, step.as, step.why, step.stays === 'mine' ? step.theirs : step.mine);
        put(step.path, step.stays === 'mine' ? step.mine : step.theirs, vault, tree);
        break;
      }
      case 'keep_both':
        beside(step.path, step.as, step.why, step.stays === 'mine' ? step.theirs : step.mine);
        put(step.path, step.stays === 'mine' ? step.mine : step.theirs, vault, tree);
        break;
      case 'copy':
        beside(step.path, step.as, step.why, step.entry);
        break;
      case 'set_aside':
        beside(step.path, step.as, step.why, step.entry);
        put(step.path, step.mine, tree);
        break;
      case 'refuse':
        put(step.path, step.mine, tree);
        break;
      case 'leave':
      case 'hold':
        break;
    }
  }
  return { vault, tree };
}
