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

/** What each call of an exchange asked for and gave. */
function outcomesIn({ turn, results }: Exchange): readonly { ok: boolean; key: string }[] {
  return turn.calls.map(({ id, tool, input }) => {
    const result = results.find(({ call }) => call === id);
    return { ok: result?.ok ?? false, key: canonicalJson([tool, input, result?.text ?? '']) };
  });
}
