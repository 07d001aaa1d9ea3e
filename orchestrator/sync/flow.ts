import { asideOf } from './aside.ts';
import { isSame } from './incoming.ts';
import { isApproval, isAsked, isDecided, laterApprovals, stageOf, stemOf, workerOf } from './places.ts';
import { sameName } from './same-name.ts';
import type { Change, Entry, Rules, Stays, Step } from './steps.ts';

/**
 * Notes that were moved: a move is a file gone and a file come, and which belongs to which is known by the name alone,
 * which is unique among the notes of the flow. Never by likeness: git’s guess put one task’s yes on another.
 */

/** `other`: theirs, where both have a file there, and not the same. */
type Arrival = {
  readonly path: string;
  readonly entry: Entry;
  readonly side: Stays | 'both';
  readonly other?: Entry;
};
type Group = { readonly changes: readonly Change[]; readonly arrivals: readonly Arrival[] };

/** Steps for the changes that are part of a move which the other side crossed; nothing for all others. */
export function planMoves(
  changes: readonly Change[],
  rules: Rules,
  settle: (change: Change) => readonly Step[],
): ReadonlyMap<string, readonly Step[]> {
  const steps = new Map<string, readonly Step[]>();
  for (const group of groupsOf(changes)) {
    for (const [path, found] of planGroup(group, rules, settle)) steps.set(path, found);
  }
  return steps;
}

function groupsOf(changes: readonly Change[]): readonly Group[] {
  const byName = new Map<string, Change[]>();
  for (const change of changes) {
    if (stageOf(change.path) === undefined) continue;
    const name = sameName(change.path.split('/').at(-1) ?? '');
    const group = byName.get(name);
    if (group === undefined) byName.set(name, [change]);
    else group.push(change);
  }
  return [...byName.values()].map(changes => ({ changes, arrivals: changes.flatMap(arrivalOf) }));
}

function arrivalOf({ path, base, mine, theirs }: Change): readonly Arrival[] {
  if (base !== undefined || (mine === undefined && theirs === undefined)) return [];
  if (mine === undefined) return theirs === undefined ? [] : [{ path, entry: theirs, side: 'theirs' }];
  if (theirs === undefined) return [{ path, entry: mine, side: 'mine' }];
  return [{ path, entry: mine, side: 'both', ...(isSame(mine, theirs) ? {} : { other: theirs }) }];
}

function planGroup(
  { changes, arrivals }: Group,
  rules: Rules,
  settle: (change: Change) => readonly Step[],
): ReadonlyMap<string, readonly Step[]> {
  const steps = new Map<string, Step[]>();
  const add = (path: string, found: readonly Step[]): void => {
    steps.set(path, [...(steps.get(path) ?? []), ...found]);
  };
  const left = changes.filter(({ base, mine, theirs }) => base !== undefined && !(mine && theirs));
  const areApprovals = arrivals.every(({ path }) => isApproval(path));
  for (const change of changes) {
    // Both moved it there, and what it was before they did is known.
    const before = left.find(({ path }) => !isAsked(path))?.base;
    const isNew = change.base === undefined && change.mine !== undefined && change.theirs !== undefined;
    const isPure = isSame(change.mine, before) || isSame(change.theirs, before);
    const mayMerge = isPure || !isDecided(change.path);
    if (isNew && before !== undefined && mayMerge && !isSame(change.mine, change.theirs)) {
      add(change.path, settle({ ...change, base: before }));
    }
  }
  const winner = arrivals.reduce<Arrival | undefined>((best, one) => later(best, one, rules), undefined);
  if (winner === undefined) return steps;
  // Of what one side alone has twice, only approvals are one note for certain: a person may have made two.
  const rivals = left.length > 0 ? arrivals.filter(({ side }) => side !== winner.side) : [];
  const lost = (areApprovals ? arrivals : rivals).filter(one => one !== winner && one.side !== 'both');
  const counts = winner.other !== undefined ? undefined : winner.entry;
  for (const one of lost) add(one.path, drop(one, counts, left));
  if (arrivals.length === 1 && isApproval(winner.path) && hasGoneOn(winner, changes, rules)) {
    return new Map([[winner.path, drop(winner, undefined, left)]]);
  }
  // What one side moved and the other changed where it stood.
  for (const { path, base, mine, theirs } of left) {
    const stayed: Arrival | undefined =
      mine !== undefined ? { path, entry: mine, side: 'mine' } : theirs && { path, entry: theirs, side: 'theirs' };
    if (stayed === undefined || isSame(stayed.entry, base)) continue;
    const movedBy = stayed.side === 'mine' ? 'theirs' : 'mine';
    const moved = winner.side === movedBy || winner.side === 'both' ? winner : undefined;
    if (moved === undefined) continue;
    if (
      !isAsked(path) &&
      moved.other === undefined &&
      isSame(moved.entry, base) &&
      lost.length === 0 &&
      !steps.has(moved.path)
    ) {
      // The words go where the note went: nothing was decided by it.
      const there = moved.side === 'theirs' ? undefined : moved.entry;
      const from = stayed.side === 'mine' ? { from: path } : {};
      add(path, [gone(stayed)]);
      add(moved.path, [{ do: 'take', path: moved.path, entry: stayed.entry, mine: there, ...from }]);
    } else {
      add(path, drop(stayed, counts, []));
    }
  }
  return steps;
}

/** The later of two places. Of two nodes that both work on a task the one with the claim, else who published first. */
function later(best: Arrival | undefined, one: Arrival, rules: Rules): Arrival {
  if (best === undefined) return one;
  const [here, there] = [stageOf(one.path) ?? 0, stageOf(best.path) ?? 0];
  if (here !== there) return here > there ? one : best;
  const [worker, other] = [workerOf(one.path), workerOf(best.path)];
  if (worker === other || one.side === best.side) return one.path < best.path ? one : best;
  const holder = rules.holder(stemOf(one.path));
  if (worker === holder || other === holder) return worker === holder ? one : best;
  return one.side === 'mine' ? best : one;
}

const gone = ({ path, entry, side }: Arrival): Step =>
  side === 'theirs' ? { do: 'keep', path } : { do: 'remove', path, mine: entry };

/** Takes a note out of a place that does not count; the words of each version are kept unless they stand elsewhere. */
function drop(one: Arrival, counts: Entry | undefined, left: readonly Change[]): readonly Step[] {
  const { path, entry, side, other } = one;
  const kept = (version: Entry, from: Stays): readonly Step[] => {
    if (isSame(version, counts) || left.some(({ base }) => isSame(base, version))) return [];
    const why = 'This note was moved on one device and changed on another at the same time. The move counts.';
    return [{ do: 'copy', path, entry: version, from, as: asideOf(path, version, 'Quarantine'), why }];
  };
  const theirs = other === undefined ? [] : kept(other, 'theirs');
  return [...kept(entry, side === 'theirs' ? 'theirs' : 'mine'), ...theirs, gone(one)];
}

/** Whether the approval that one side puts into an earlier folder stands in a later one, where both have it. */
function hasGoneOn({ path }: Arrival, changes: readonly Change[], rules: Rules): boolean {
  const name = path.split('/').at(-1) ?? '';
  const isPlanned = (found: string): boolean => changes.some(change => change.path === found);
  return laterApprovals(path).some(folder =>
    rules.standing(sameName(`${folder}/${name}`)).some(found => !isPlanned(found)),
  );
}
