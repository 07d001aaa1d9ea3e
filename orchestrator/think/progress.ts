import type { Exchange } from '../../core/brain.ts';
import { canonicalJson } from '../../core/digest.ts';

/**
 * How many turns in a row, up to now, changed nothing: no call, only refused calls, or calls that gave what the same
 * calls gave before. Pure.
 */
export function repeatsOf(exchanges: readonly Exchange[]): number {
  let repeats = 0;
  const seen = new Set<string>();
  for (const exchange of exchanges) {
    const given = outcomesIn(exchange);
    const isNew = given.some(({ ok, key }) => ok && !seen.has(key));
    for (const { key } of given) seen.add(key);
    repeats = isNew ? 0 : repeats + 1;
  }
  return repeats;
}

type Outcome = { readonly ok: boolean; readonly key: string };

/** An exchange whose calls all have a result changes no more: it is looked at once. */
const known = new WeakMap<Exchange, readonly Outcome[]>();

/** What each call of an exchange asked for and gave. */
function outcomesIn(exchange: Exchange): readonly Outcome[] {
  const before = known.get(exchange);
  if (before !== undefined) return before;
  const { turn, results } = exchange;
  const outcomes = turn.calls.map(({ id, tool, input }) => {
    const result = results.find(({ call }) => call === id);
    return { ok: result?.ok ?? false, key: canonicalJson([tool, input, result?.text ?? '']) };
  });
  if (results.length >= turn.calls.length) known.set(exchange, outcomes);
  return outcomes;
}
