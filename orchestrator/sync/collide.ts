import { asideOf } from './aside.ts';
import { isSame } from './incoming.ts';
import { sameName } from './same-name.ts';
import type { Change, Entry, Rules, Step } from './steps.ts';

/**
 * Paths that cannot stand beside each other on every file system: names that differ in case or unicode form only, and a
 * file where a folder is to be. One keeps its name; the other is kept beside it under a name of its own.
 */

type Planned = ReadonlyMap<string, readonly Step[]>;
type Result = { readonly change: Change; readonly entry: Entry; readonly isOld: boolean };

/** The plan by path, with steps for the losers put in the place of what was planned for them. */
export function partNames(planned: Planned, changes: readonly Change[], rules: Rules): Planned {
  const results = changes.flatMap((change): Result[] => {
    const entry = resultOf(change, planned.get(change.path));
    if (entry === undefined) return [];
    return [{ change, entry, isOld: change.base !== undefined && change.mine !== undefined }];
  });
  const chosen = spellings(results, standingAfter(changes, results, rules));
  const folders = new Set(results.flatMap(({ change }) => foldersOf(change.path)));
  const steps = new Map(planned);
  for (const { change, entry, isOld } of results) {
    const { path } = change;
    const fitting = spelt(path, chosen);
    if (!folders.has(path) && (isOld || path === fitting)) continue;
    const as = asideOf(path, entry, foldersOf(fitting).at(-1) ?? '');
    steps.set(path, outOfTheWay(change, entry, as, planned.get(path) ?? []));
  }
  return steps;
}

/** What stands at a path after the steps, here and in the tree. */
function resultOf({ path, mine, theirs }: Change, steps: readonly Step[] | undefined): Entry | undefined {
  const step = steps?.find(step => step.path === path && step.do !== 'copy');
  switch (step?.do) {
    case undefined:
      return theirs ?? mine;
    case 'take':
    case 'keep':
      return step.entry;
    case 'merge':
    case 'keep_both':
      return step.stays === 'mine' ? step.mine : step.theirs;
    case 'set_aside':
    case 'refuse':
      return step.mine;
    default:
      return undefined;
  }
}

/** The folders that lead to a path, from the top. */
const foldersOf = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, depth, parts) => parts.slice(0, depth + 1).join('/'));

/** Which of the spellings that stand in the vault will still stand, and are not new themselves. */
function standingAfter(
  changes: readonly Change[],
  results: readonly Result[],
  rules: Rules,
): (same: string) => string | undefined {
  const touched = new Set(changes.flatMap(({ path }) => [path, ...foldersOf(path)]));
  const old = results.filter(({ isOld }) => isOld).map(({ change }) => change.path);
  const settled = new Set(old.flatMap(path => [path, ...foldersOf(path)]));
  return same => rules.standing(same).find(found => !touched.has(found) || settled.has(found));
}

/** How each name is spelt: as it stands here already; among new ones as the first in the order of their letters. */
function spellings(
  results: readonly Result[],
  standing: (same: string) => string | undefined,
): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  const isOld = new Set<string>();
  for (const { change, isOld: counts } of results) {
    for (const name of [...foldersOf(change.path), change.path]) {
      const same = sameName(name);
      const known = chosen.get(same) ?? standing(same);
      if (known !== undefined && !chosen.has(same)) isOld.add(same);
      const isFirst = known === undefined || (!isOld.has(same) && (counts || name < known));
      chosen.set(same, isFirst ? name : known);
      if (counts) isOld.add(same);
    }
  }
  return chosen;
}

/** A path with each of its names as it is spelt. */
function spelt(path: string, chosen: ReadonlyMap<string, string>): string {
  const names = [...foldersOf(path), path].map(part => chosen.get(sameName(part)) ?? part);
  return names.map(name => name.split('/').at(-1) ?? '').join('/');
}

function outOfTheWay(change: Change, entry: Entry, as: string, planned: readonly Step[]): readonly Step[] {
  const { path, mine, theirs } = change;
  const why = 'Its name cannot stand beside another on every device.';
  const before = planned.filter(step => step.do === 'copy');
  if (mine === undefined) return [...before, { do: 'set_aside', path, entry, as, why }];
  const kept: Step[] = [{ do: 'copy', path, entry: mine, from: 'mine', as: beside(mine), why }];
  if (theirs !== undefined && !isSame(mine, theirs)) {
    kept.push({ do: 'copy', path, entry: theirs, from: 'theirs', as: beside(theirs), why });
  }
  return [...before, ...kept, { do: 'remove', path, mine }];

  function beside(version: Entry): string {
    return isSame(version, entry) ? as : asideOf(path, version, as.split('/').slice(0, -1).join('/'));
  }
}
