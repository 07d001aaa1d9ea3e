import { codeSpan } from '../../core/inert.ts';
import { FOLDERS } from '../../core/states.ts';
import { asideOf } from './aside.ts';
import { isSame } from './incoming.ts';
import { isKeptBeside } from './places.ts';
import { sameName } from './same-name.ts';
import type { Change, Entry, Rules, Step } from './steps.ts';

/**
 * Paths that cannot stand beside each other on every file system: names that differ in case or unicode form only, and a
 * file where a folder is to be. One keeps its name; the other is kept beside it under a name of its own.
 */

type Planned = ReadonlyMap<string, readonly Step[]>;
/** `weight`: who has the better right to the name: what both have had, what is new, what one side had taken away. */
type Result = { readonly change: Change; readonly entry: Entry; readonly weight: number };
const OLD = 3;

function weightOf({ base, mine, theirs }: Change): number {
  if (base === undefined) return 2;
  return mine !== undefined && theirs !== undefined ? OLD : 1;
}

/** The plan by path, with steps for the losers put in the place of what was planned for them. */
export function partNames(planned: Planned, changes: readonly Change[], rules: Rules): Planned {
  const results = changes.flatMap((change): Result[] => {
    const entry = resultOf(change, planned.get(change.path));
    if (entry === undefined) return [];
    return [{ change, entry, weight: weightOf(change) }];
  });
  const standing = standingAfter(changes, results, rules);
  const chosen = spellings(results, standing);
  const folders = new Set(results.flatMap(({ change }) => foldersOf(change.path).map(sameName)));
  const steps = new Map(planned);
  for (const { change, entry, weight } of results) {
    const { path } = change;
    const fitting = spelt(path, chosen);
    const inTheWay = foldersOf(fitting).findIndex(folder => standing(sameName(folder)).file !== undefined);
    const isFolder = folders.has(sameName(path)) || standing(sameName(path)).folder !== undefined;
    if (inTheWay < 0 && !isFolder && (weight === OLD || path === fitting)) continue;
    const free = inTheWay < 0 ? foldersOf(fitting) : foldersOf(fitting).slice(0, inTheWay);
    // Never into a folder in which something is decided, or which steers.
    const as = asideOf(path, entry, isKeptBeside(fitting) ? (free.at(-1) ?? '') : FOLDERS.quarantine);
    steps.set(path, outOfTheWay(change, entry, { as, rival: fitting }, planned.get(path) ?? []));
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

/** What stands under a name and will still stand, and is not new itself. */
type Standing = { readonly file: string | undefined; readonly folder: string | undefined };

function standingAfter(
  changes: readonly Change[],
  results: readonly Result[],
  rules: Rules,
): (same: string) => Standing {
  const changed = new Set(changes.map(({ path }) => path));
  const touched = new Set(changes.flatMap(({ path }) => [path, ...foldersOf(path)]));
  const old = results.filter(({ weight }) => weight === OLD).map(({ change }) => change.path);
  const settled = new Set(old.flatMap(foldersOf));
  const known = new Map<string, Standing>();
  return same => {
    const before = known.get(same);
    if (before !== undefined) return before;
    const all = rules.standing(same);
    const folders = all.filter(found => found.endsWith('/')).map(found => found.slice(0, -1));
    const found = {
      file: all.find(found => !found.endsWith('/') && !touched.has(found)),
      // One in which something stands that nobody changed stands on both sides, whatever else is put into it.
      folder: folders.find(one => !touched.has(one) || settled.has(one) || rules.holdsMore(one, changed)),
    };
    known.set(same, found);
    return found;
  };
}

/** How each name is spelt: as it stands here already; among new ones as the first in the order of their letters. */
function spellings(results: readonly Result[], standing: (same: string) => Standing): ReadonlyMap<string, string> {
  const chosen = new Map<string, { readonly name: string; readonly weight: number }>();
  for (const { change, weight } of results) {
    for (const [key, name] of namesOf(change.path)) {
      const same = sameName(name);
      const there = chosen.has(key) ? undefined : standing(same)[key.endsWith('/') ? 'folder' : 'file'];
      const known = chosen.get(key) ?? (there === undefined ? undefined : { name: there, weight: OLD });
      const isBetter =
        known === undefined || weight > known.weight || (weight === known.weight && weight < OLD && name < known.name);
      chosen.set(key, isBetter ? { name, weight } : known);
    }
  }
  return new Map([...chosen].map(([key, { name }]) => [key, name]));
}

/** Each folder on the way, and the file, under a key that says which of the two it is. */
const namesOf = (path: string): readonly (readonly [key: string, name: string])[] => [
  ...foldersOf(path).map(folder => [`${sameName(folder)}/`, folder] as const),
  [sameName(path), path],
];

/** A path with each of its names as it is spelt. */
const spelt = (path: string, chosen: ReadonlyMap<string, string>): string =>
  namesOf(path)
    .map(([key, name]) => (chosen.get(key) ?? name).split('/').at(-1) ?? '')
    .join('/');

function outOfTheWay(
  change: Change,
  entry: Entry,
  { as, rival }: { readonly as: string; readonly rival: string },
  planned: readonly Step[],
): readonly Step[] {
  const { path, mine, theirs } = change;
  const other = rival === path ? 'a folder of that name' : codeSpan(rival, 300);
  const why = `It was called ${codeSpan(path, 300)}, which cannot stand beside ${other} on every device.`;
  const before = planned.filter(step => step.do === 'copy');
  if (mine === undefined) return [...before, { do: 'set_aside', path, entry, as, why }];
  const kept: Step[] = [{ do: 'copy', path, entry: mine, from: 'mine', as: beside(mine), why }];
  // What was not let in is not kept by another way.
  const isRefused = planned.some(step => step.do === 'refuse');
  if (theirs !== undefined && !isSame(mine, theirs) && !isRefused) {
    kept.push({ do: 'copy', path, entry: theirs, from: 'theirs', as: beside(theirs), why });
  }
  return [...before, ...kept, { do: 'remove', path, mine }];

  function beside(version: Entry): string {
    return isSame(version, entry) ? as : asideOf(path, version, as.split('/').slice(0, -1).join('/'));
  }
}
