import { isSame } from './incoming.ts';
import { writerOf } from './places.ts';
import type { Change, Rules, Step } from './steps.ts';

/** Files that another device may take away at once, and more where they are not most of what stands there. */
const MANY = 50;

const nameOf = (path: string): string => path.split('/').at(-1) ?? '';
const topOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : '');

/**
 * Holds what would empty a vault, or one of its folders, because a phone or the cloud node took it away: the history
 * brings everything back, but a person who finds nothing is frightened. What moved is not gone, and what the person took
 * away at a machine of their own is meant. Pure; the files stay, and are asked about again in each round.
 */
export function brake(steps: readonly Step[], changes: ReadonlyMap<string, Change>, rules: Rules): readonly Step[] {
  const said = rules.removals;
  if (rules.role !== 'local' || said === 'let') return steps;
  const arrived = new Set(steps.flatMap(step => (step.do === 'take' ? [nameOf(step.path), step.entry.blob] : [])));
  const isMoved = ({ path, mine }: Change): boolean => arrived.has(nameOf(path)) || arrived.has(mine?.blob ?? '');
  const gone = steps.filter(step => {
    const change = changes.get(step.path);
    return step.do === 'remove' && change !== undefined && isTakenAway(change, rules) && !isMoved(change);
  });
  if (gone.length <= MANY) return steps;
  const counts = new Map<string, number>();
  for (const { path } of gone) counts.set(topOf(path), (counts.get(topOf(path)) ?? 0) + 1);
  const isMost = (count: number, folder: string): boolean => count > MANY && count * 2 > rules.files(folder);
  const isAll = isMost(gone.length, '');
  const folders = new Map([...counts].filter(([top, count]) => top !== '' && isMost(count, top)));
  const stopped = new Set(gone.filter(({ path }) => isAll || folders.has(topOf(path))).map(({ path }) => path));
  return steps.map(step => {
    if (step.do !== 'remove' || !stopped.has(step.path)) return step;
    const { path, mine } = step;
    if (said === 'undone') return { do: 'keep', path, entry: mine };
    const what = isAll ? `${gone.length} files of the vault` : `${folders.get(topOf(path))} files of “${topOf(path)}”`;
    const why = `Another device took ${what} away at once, so they stay here until you say. If that was meant:  steward sync accept. If it was not, they come back everywhere:  steward sync undo.`;
    return { do: 'hold', path, mine, why };
  });
}

/** Whether a file stands here as it was agreed on, and somebody else than the person at a machine of theirs took it away. */
function isTakenAway({ path, base, mine, theirs }: Change, rules: Rules): boolean {
  if (base === undefined || mine === undefined || theirs !== undefined) return false;
  if (!isSame(base, mine) || writerOf(path) !== undefined) return false;
  const bringer = rules.bringer(path, undefined);
  return bringer === 'cloud' || bringer === 'unsigned';
}
