import { readProperties } from '../../core/front-matter.ts';

/** Bytes above which two versions are not compared line by line. */
const LARGEST = 2 * 1024 * 1024;
/** Lines by which two versions may differ: the comparison takes the square of it. */
const FARTHEST = 2000;

/** Whether bytes are text whose lines may be put together: no NUL, and not more than a note may have. */
export const isText = (bytes: Uint8Array): boolean => bytes.length <= LARGEST && !bytes.includes(0);

/** Lines with their ends, so that joined they are the text again. Latin-1 stands for bytes: nothing is decoded. */
function linesOf(bytes: Uint8Array): readonly string[] {
  const text = Buffer.from(bytes).toString('latin1');
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** Lines `from`…`to` of the base became `lines`. */
type Hunk = { readonly from: number; readonly to: number; readonly lines: readonly string[] };

/**
 * Puts two changes of one text together: both are there, byte for byte, where they touch nothing of each other, not
 * even neighbouring lines. Undefined where they do, where the properties could not be read any more, and where doing it
 * again, as after a push whose answer was lost, would come to something else. Never a marker.
 */
export function merge3(base: Uint8Array, mine: Uint8Array, theirs: Uint8Array): Uint8Array | undefined {
  const merged = putTogether(base, mine, theirs);
  if (merged === undefined) return undefined;
  const isSame = (again: Uint8Array | undefined): boolean => again !== undefined && Buffer.compare(again, merged) === 0;
  const isStable = isSame(putTogether(base, mine, merged)) && isSame(putTogether(base, merged, theirs));
  return isStable ? merged : undefined;
}

function putTogether(base: Uint8Array, mine: Uint8Array, theirs: Uint8Array): Uint8Array | undefined {
  if (![base, mine, theirs].every(isText)) return undefined;
  const [old, left, right] = [linesOf(base), linesOf(mine), linesOf(theirs)];
  const [ours, others] = [hunksOf(old, left), hunksOf(old, right)];
  if (ours === undefined || others === undefined) return undefined;
  const hunks = [...ours, ...others].sort((one, two) => one.from - two.from || one.to - two.to);
  const merged: string[] = [];
  let at = 0;
  let before: Hunk | undefined;
  for (const hunk of hunks) {
    if (before !== undefined && isEqual(before, hunk)) continue;
    // A change that begins where another ends would be put in an order that nobody chose.
    if (before !== undefined && hunk.from <= before.to) return undefined;
    merged.push(...old.slice(at, hunk.from), ...hunk.lines);
    at = hunk.to;
    before = hunk;
  }
  const result = Buffer.from([...merged, ...old.slice(at)].join(''), 'latin1');
  const wasReadable = [base, mine, theirs].every(isReadable);
  return wasReadable && !isReadable(result) ? undefined : result;
}

const isReadable = (bytes: Uint8Array): boolean => readProperties(Buffer.from(bytes).toString()).ok;

const isEqual = (one: Hunk, two: Hunk): boolean =>
  one.from === two.from && one.to === two.to && one.lines.join('') === two.lines.join('');

/** What changed from one text to another, by Myers’ O(ND) difference; undefined where too much did. */
function hunksOf(old: readonly string[], now: readonly string[]): readonly Hunk[] | undefined {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const middle = keptLines(old.slice(start, old.length - end), now.slice(start, now.length - end));
  if (middle === undefined) return undefined;
  const hunks: Hunk[] = [];
  let [from, begin] = [start, start];
  const last: readonly [number, number] = [old.length - end - start, now.length - end - start];
  for (const [there, here] of [...middle, last]) {
    const [to, until] = [start + there, start + here];
    if (to > from || until > begin) hunks.push({ from, to, lines: now.slice(begin, until) });
    [from, begin] = [to + 1, until + 1];
  }
  return hunks;
}

/** Pairs of places, rising, at which lines are the same in both. */
function keptLines(old: readonly string[], now: readonly string[]): readonly (readonly [number, number])[] | undefined {
  const most = Math.min(old.length + now.length, FARTHEST);
  const trail: Int32Array[] = [];
  const reach = new Int32Array(2 * most + 3);
  const get = (row: Int32Array, diagonal: number): number => row[diagonal + most + 1] ?? 0;
  const isDown = (row: Int32Array, diagonal: number, steps: number): boolean =>
    diagonal === -steps || (diagonal !== steps && get(row, diagonal - 1) < get(row, diagonal + 1));
  for (let steps = 0; steps <= most; steps += 1) {
    trail.push(reach.slice());
    for (let diagonal = -steps; diagonal <= steps; diagonal += 2) {
      let x = isDown(reach, diagonal, steps) ? get(reach, diagonal + 1) : get(reach, diagonal - 1) + 1;
      while (x < old.length && x - diagonal < now.length && old[x] === now[x - diagonal]) x += 1;
      reach[diagonal + most + 1] = x;
      if (x >= old.length && x - diagonal >= now.length) return back(steps);
    }
  }
  return undefined;

  function back(found: number): readonly (readonly [number, number])[] {
    const pairs: [number, number][] = [];
    let [x, y] = [old.length, now.length];
    for (let steps = found; steps >= 0; steps -= 1) {
      const row = trail[steps] ?? reach;
      const diagonal = x - y;
      const previous = isDown(row, diagonal, steps) ? diagonal + 1 : diagonal - 1;
      const beforeX = steps === 0 ? 0 : get(row, previous);
      const beforeY = steps === 0 ? 0 : beforeX - previous;
      while (x > beforeX && y > beforeY) {
        [x, y] = [x - 1, y - 1];
        pairs.push([x, y]);
      }
      [x, y] = [beforeX, beforeY];
    }
    return pairs.reverse();
  }
}
