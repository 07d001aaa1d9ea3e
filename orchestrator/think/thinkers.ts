import type { Turn } from '../../core/brain.ts';

/** One brain with one model that thought about a task, and by which rules of the routing. Turns count also after a rewrite. */
export type Thinker = {
  readonly brain: string;
  readonly model: string;
  readonly turns: number;
  readonly rules: readonly number[];
};

/** Adds a turn to who thought so far. */
export function addThinker(
  known: Thinker[],
  { turn, brain, rule }: { readonly turn: Turn; readonly brain?: string; readonly rule?: number },
): void {
  if (brain === undefined) return;
  const { model } = turn.usage;
  const at = known.findIndex(one => one.brain === brain && one.model === model);
  const before = known[at] ?? { brain, model, turns: 0, rules: [] };
  const rules = rule === undefined || before.rules.includes(rule) ? before.rules : [...before.rules, rule];
  const after = { ...before, turns: before.turns + 1, rules };
  if (at < 0) known.push(after);
  else known[at] = after;
}
