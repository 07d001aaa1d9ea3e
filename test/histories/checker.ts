/** What a history came to: how often each thing happened that must never happen. */
export type Verdict = {
  readonly steps: number;
  readonly double_effects: number;
  readonly double_claims: number;
  readonly lost_updates: number;
  readonly transplanted_approvals: number;
  readonly not_converged: number;
  /** What was found, in words. */
  readonly told: readonly string[];
  /** How much happened: a history in which nothing did shows nothing. */
  readonly seen: { readonly effects: number; readonly thoughts: number; readonly words: number };
};

/**
 * Watches a history from outside: what people wrote and removed knowingly, what they said yes to as they saw it, who
 * thought about what, and what happened at the far end. It believes no vault and no node.
 */
export class Checker {
  steps = 0;
  #words = 0;
  readonly #written = new Map<string, string>();
  readonly #removed = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #effects: { readonly key: string; readonly content: string | undefined; readonly node: string }[] = [];
  readonly #thinking = new Map<string, string>();
  readonly #claims: string[] = [];

  /** A word that stands nowhere else, for somebody to write. */
  word(who: string): string {
    this.#words += 1;
    const word = `word${String(this.#words).padStart(4, '0')}`;
    this.#written.set(word, who);
    return word;
  }

  /** Somebody changed a text: the words that it held and does not hold now were removed by one who saw them. */
  changed(before: string, after: string): void {
    for (const [word] of before.matchAll(/word\d{4}/g)) if (!after.includes(word)) this.#removed.add(word);
  }

  /** A person said yes to an approval, which held this. */
  approved(key: string, content: string): void {
    this.#seen.add(`${key}\n${content}`);
  }

  /** Something happened at the far end. `content`: what an approval asked for; undefined where none was needed. */
  effect(key: string, node: string, content?: string): void {
    this.#effects.push({ key, content, node });
  }

  /** A node thinks about a task. In one epoch only one may; without epochs only one ever. */
  thought(task: string, epoch: number | undefined, node: string): void {
    const key = epoch === undefined ? task : `${task} in epoch ${epoch}`;
    const known = this.#thinking.get(key);
    if (known !== undefined && known !== node) this.#claims.push(`${known} and ${node} thought about ${key}`);
    this.#thinking.set(key, known ?? node);
  }

  /** These nodes may think about a task at this moment. */
  mayThink(task: string, nodes: readonly string[]): void {
    if (nodes.length > 1) this.#claims.push(`${nodes.join(' and ')} may think about ${task} at the same time`);
  }

  judge(end: ReadonlyMap<string, string>, apart: readonly string[]): Verdict {
    const all = [...end.values()].join('\n');
    const lost = [...this.#written].filter(([word]) => !this.#removed.has(word) && !all.includes(word));
    const times = new Map<string, string[]>();
    for (const { key, node } of this.#effects) times.set(key, [...(times.get(key) ?? []), node]);
    const double = [...times].filter(([, nodes]) => nodes.length > 1);
    const foreign = this.#effects.filter(
      ({ key, content }) => content !== undefined && !this.#seen.has(`${key}\n${content}`),
    );
    return {
      steps: this.steps,
      double_effects: double.length,
      double_claims: this.#claims.length,
      lost_updates: lost.length,
      transplanted_approvals: foreign.length,
      not_converged: apart.length > 0 ? 1 : 0,
      told: [
        ...double.map(([key, nodes]) => `${key} was done by ${nodes.join(' and ')}`),
        ...this.#claims,
        ...lost.map(([word, who]) => `${word} of ${who} is nowhere`),
        ...foreign.map(({ key, content }) => `${key} was done with what nobody approved: ${content}`),
        ...apart,
      ],
      seen: { effects: this.#effects.length, thoughts: this.#thinking.size, words: this.#words },
    };
  }
}
