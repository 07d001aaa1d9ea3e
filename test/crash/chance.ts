import { createHash } from 'node:crypto';

/** Numbers between 0 and 1 that follow from a text. */
export function random(text: string): () => number {
  let count = 0;
  return () => {
    count += 1;
    return createHash('sha256').update(`${text} ${count}`).digest().readUInt32BE(0) / 2 ** 32;
  };
}

/** `count` of the items, spread by chance; all of them where there are no more. */
export function sample<T>(items: readonly T[], count: number, seed: number): T[] {
  const draw = random(`sample ${seed}`);
  return items
    .map(item => ({ item, at: draw() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ item }) => item);
}
