import { lstatSync } from 'node:fs';
import path from 'node:path';
import type { KnownFiles } from './known.ts';
import { isSynced, type MyFiles } from './mine.ts';
import type { Repository } from './repository.ts';
import { EMPTY_TREE } from './trees.ts';

/** Steps back in the history that are looked at before git is asked. */
const NEAR = 30;

/**
 * Makes sure that the remote’s head follows from the base. Where it does not (it was rewritten by force, or begun anew),
 * the last commit that both have becomes the base: so what only stood in the other history is ours, and is sent again,
 * and nothing is taken for removed. `since`: UTC milliseconds. Returns whether it was rewritten.
 */
export async function findGround(repository: Repository, known: KnownFiles, since: number): Promise<boolean> {
  const { base, seen } = repository;
  if (base === undefined || base === seen || (seen !== undefined && (await follows(repository, base, seen))))
    return false;
  const shared = seen === undefined ? undefined : await sharedBy(repository, base, seen);
  const [before, after] = [await repository.treeOf(base), await repository.treeOf(shared)];
  for (const [at, { other }] of await repository.trees.differ(before, after)) {
    const open = known.open.get(at);
    // A base of its own was agreed on in the old history: what is in the new one at that place counts.
    if (open === undefined || open.stands === 'own')
      known.setOpen(at, { stands: 'common', base: other, why: '', since });
  }
  moveTo(shared ?? '', known, 'durably');
  repository.base = shared;
  return true;
}

/** Under this name it is on record, together with what is open on it, where the base is or moves to. */
const BASE = 'base';

/** Puts on record that the base moves to a commit: what was agreed on is agreed on there. */
export function moveTo(commit: string, known: KnownFiles, how: 'durably' | 'soon'): void {
  known.say(BASE, commit);
  known.save(how);
}

/**
 * After a crash between that and the base itself the base follows. Otherwise a file that was taken in, and that the
 * others took away meanwhile, would be in neither tree, and stay here unseen.
 */
export async function finishMove(repository: Repository, known: KnownFiles): Promise<void> {
  const { base } = repository;
  const meant = known.said(BASE) ?? '';
  if (meant === (base ?? '')) return;
  const isThere = meant !== '' && (await repository.objects.find(meant))?.kind === 'commit';
  if (isThere && (base === undefined || (await follows(repository, base, meant)))) repository.base = meant;
  else known.say(BASE, base ?? '');
}

async function follows(repository: Repository, base: string, head: string): Promise<boolean> {
  let id = head;
  for (let step = 0; step < NEAR; step += 1) {
    const [parent, ...others] = (await repository.commit(id)).parents;
    if (parent === base || others.includes(base)) return true;
    if (parent === undefined || others.length > 0) break;
    id = parent;
  }
  return (await repository.git.run(['merge-base', '--is-ancestor', base, head])).code === 0;
}

async function sharedBy(repository: Repository, base: string, head: string): Promise<string | undefined> {
  const ran = await repository.git.run(['merge-base', base, head]);
  const [first] = ran.out.toString('latin1').trim().split('\n');
  return ran.code === 0 && first !== undefined && /^[0-9a-f]{40}$/.test(first) ? first : undefined;
}

/** What tells the vault from a copy of it that was put in its place. */
function vaultMark(root: string): string | undefined {
  const stats = lstatSync(path.join(root, '.steward', 'vault.json'), { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev} ${stats.ino} ${stats.ctimeNs}`;
}

/** How the vault stands: as it was; put back from a copy or moved; or not there at all. */
export function vaultStands(root: string, known: KnownFiles): 'same' | 'restored' | 'gone' {
  const mark = vaultMark(root);
  if (mark === undefined) return 'gone';
  const before = known.said('vault');
  if (before === mark) return 'same';
  known.say('vault', mark);
  return before === undefined ? 'same' : 'restored';
}

/**
 * After a vault was put back from a backup: what stands there as it once was, and what is missing, is no edit of the
 * person’s. What was never sent from here is.
 */
export async function takeForOld(
  paths: Iterable<string>,
  { repository, known, files }: { repository: Repository; known: KnownFiles; files: MyFiles },
  now: number,
): Promise<void> {
  for (const at of paths) {
    if (!isSynced(at)) continue;
    const mine = await files.at(at, { written: 0, placed: 0 }, now);
    if (mine.kind === 'none') known.setOpen(at, { stands: 'own', base: undefined, why: '', since: now });
    else if (mine.kind === 'file' && (await repository.objects.size(mine.known.blob)) !== undefined)
      known.setOpen(at, { stands: 'own', base: { blob: mine.known.blob, mode: '100644' }, why: '', since: now });
    else if (!known.open.has(at)) known.setOpen(at, { stands: 'common', why: '', since: now });
  }
  known.save();
}

/** Every path of the base: compared one by one where nothing is known of the vault’s files any more. */
export async function everyPath(repository: Repository): Promise<Iterable<string>> {
  const tree = await repository.treeOf(repository.base);
  return (await repository.trees.differ(EMPTY_TREE, tree)).keys();
}

/** Where nothing is known of the vault’s files yet, every path of the base is looked at: what is missing would not be told. */
export function openUnknown(places: readonly string[], known: KnownFiles, since: number): void {
  if (known.said('complete') !== undefined) return;
  for (const at of places)
    if (isSynced(at) && !known.open.has(at)) known.setOpen(at, { stands: 'common', why: '', since });
  known.say('complete', 'yes');
  known.save();
}
