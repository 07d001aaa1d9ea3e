/** Chance from a seed (mulberry32): the same seed plays the same history. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  is(share: number): boolean {
    return this.next() < share;
  }

  one<T>(all: readonly T[]): T | undefined {
    return all[this.below(all.length)];
  }

  /** One of the kinds, each as often as its weight says. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const kinds: [string, number][] = Object.entries(weights);
    let at = this.next() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
    for (const kind in weights) {
      at -= weights[kind];
      if (at < 0) return kind;
    }
    throw new Error('there is nothing to choose from');
  }
}
