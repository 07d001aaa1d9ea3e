import { asideOf } from './aside.ts';
import { brake } from './brake.ts';
import { partNames } from './collide.ts';
import { planMoves } from './flow.ts';
import { guard, isSame } from './incoming.ts';
import { isDecided, staysOf, steers, writerOf } from './places.ts';
import { sameName } from './same-name.ts';
import type { Change, Rules, Step } from './steps.ts';

/**
 * Compares three trees path by path, by blob, and says what is to be done so that this vault and the next commit are
 * the same: pure, and symmetric, so that two nodes that plan against each other come to one tree. Paths at which mine
 * and theirs are the same need nothing. Nothing is ever put together by guessing that one file was another.
 */
export function plan(changes: readonly Change[], rules: Rules): readonly Step[] {
  const different = changes.filter(({ mine, theirs }) => !isSame(mine, theirs));
  const planned = new Map<string, readonly Step[]>();
  for (const change of changes) {
    const guarded = guard(change, rules);
    if (guarded !== undefined) planned.set(change.path, [guarded]);
  }
  const free = changes.filter(({ path }) => !planned.has(path));
  for (const [path, steps] of planMoves(free, rules, change => settle(change, rules))) planned.set(path, steps);
  for (const change of different) {
    if (!planned.has(change.path)) planned.set(change.path, settle(change, rules));
  }
  const known = new Map(changes.map(change => [change.path, change]));
  const steps = [...partNames(planned, changes, rules).values()]
    .flat()
    .flatMap(step => withoutTwin(step, known, rules));
  const sorted = steps.sort((one, two) => turnOf(one) - turnOf(two) || (one.path < two.path ? -1 : 1));
  return brake(sorted, known, rules);
}

/** What is kept beside is written first, so that nothing is gone before; what goes makes room for what comes. */
const TURN: Readonly<Record<Step['do'], number>> = {
  copy: 0,
  set_aside: 0,
  remove: 1,
  keep_both: 2,
  merge: 2,
  take: 3,
  keep: 4,
  refuse: 4,
  leave: 4,
  hold: 4,
};

const turnOf = (step: Step): number => (step.do === 'take' && step.from !== undefined ? TURN.copy : TURN[step.do]);

/** A version that was kept beside once is not kept again: the person may have dealt with it since. */
function withoutTwin(step: Step, known: ReadonlyMap<string, Change>, rules: Rules): readonly Step[] {
  if (!('as' in step) || step.do === 'merge') return [step];
  const twin = known.get(step.as);
  const stands = twin === undefined ? rules.standing(sameName(step.as)).includes(step.as) : twin.mine !== undefined;
  const isMine = step.do === 'copy' ? step.from === 'mine' : step.do === 'keep_both' && step.stays === 'theirs';
  if (!stands && (isMine || twin === undefined)) return [step];
  if (step.do === 'copy') return [];
  const { path, mine } = step;
  const isTaken = step.do === 'keep_both' && step.stays === 'theirs';
  return [isTaken ? { do: 'take', path, entry: step.theirs, mine } : { do: 'keep', path, entry: mine }];
}

const AT_ONCE = 'Two devices changed it at the same time, and both changes touch the same lines.';
const APART = 'Two devices changed it at the same time, and such a file is never put together from two.';

function settle(change: Change, rules: Rules): readonly Step[] {
  const { path, base, mine, theirs } = change;
  const writer = writerOf(path);
  if (writer !== undefined) return settleOwned(change, writer === rules.me, rules);
  if (isSame(base, theirs)) return [{ do: 'keep', path, entry: mine }];
  if (isSame(base, mine)) return [theirs ? { do: 'take', path, entry: theirs, mine } : { do: 'remove', path, mine }];
  // What one side changed and the other removed stays: a removal can be done again.
  if (mine === undefined) return theirs ? [{ do: 'take', path, entry: theirs }] : [];
  if (theirs === undefined) return [{ do: 'keep', path, entry: mine }];
  const stays = staysOf(path, rules.me, rules.role, rules.holder);
  const as = asideOf(path, stays === 'mine' ? theirs : mine);
  const isProse = /\.(md|txt)$/i.test(path) && !isDecided(path) && !(steers(path) && rules.role === 'cloud');
  if (base === undefined || !isProse) {
    const why = isProse ? AT_ONCE : APART;
    return [{ do: 'keep_both', path, mine, theirs, stays, as, why }];
  }
  return [{ do: 'merge', path, base, mine, theirs, stays, as, why: AT_ONCE }];
}

/** A file that one node writes: what others made of it is set aside, and the node’s own version put back. */
function settleOwned({ path, base, mine, theirs }: Change, isOwner: boolean, rules: Rules): readonly Step[] {
  const why = 'Only one node writes this file, and it was changed elsewhere.';
  if (!isOwner) {
    if (mine === undefined || isSame(base, mine)) {
      return [theirs ? { do: 'take', path, entry: theirs, mine } : { do: 'remove', path, mine }];
    }
    const as = asideOf(path, mine);
    if (theirs !== undefined) return [{ do: 'keep_both', path, mine, theirs, stays: 'theirs', as, why }];
    const copy: Step = { do: 'copy', path, entry: mine, from: 'mine', as, why };
    return [copy, { do: 'remove', path, mine }];
  }
  if (isSame(base, theirs) || theirs === undefined) return [{ do: 'keep', path, entry: mine }];
  // Its own words, which a new clone or a restored folder does not have yet.
  const isOwn = isSame(base, mine) && rules.bringer(path, theirs) === rules.role;
  if (isOwn) return [{ do: 'take', path, entry: theirs, mine }];
  return [{ do: 'set_aside', path, entry: theirs, mine, as: asideOf(path, theirs), why }];
}
