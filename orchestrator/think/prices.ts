import type { Brain, Usage } from '../../core/brain.ts';
import type { Price, Prices } from '../../core/limits.ts';

/**
 * What providers asked for a million tokens on the day that is given. `prices:` in config.yaml adds to this and wins.
 * A model that stands in neither is unpriced: its tokens are on record, and budgets count it as dear as the dearest.
 */
const SHIPPED: Prices = {
  'claude-opus-4-5': { input: 5, output: 25, cache_read: 0.5, cache_write: 6.25, as_of: '2025-11-24' },
  'claude-sonnet-4-5': { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75, as_of: '2025-09-29' },
  'claude-haiku-4-5': { input: 1, output: 5, cache_read: 0.1, cache_write: 1.25, as_of: '2025-10-15' },
};

/** Nothing is paid for what runs at home. */
const FREE: Price = { input: 0, output: 0, as_of: '2026-01-01' };

/** What thinks on this machine or at home sends no bill. */
type Paid = Pick<Brain, 'staysHere'>;

export type Cost = { readonly money: number; readonly priced: boolean };

/** Finds a model’s price; a dated name (`…-20250929`) has the price of the name without its date. */
export function priceOf(model: string, brain: Paid, own: Prices): Price | undefined {
  if (brain.staysHere === true) return own[model] ?? FREE;
  const plain = model.replace(/-\d{8}$/, '');
  return own[model] ?? own[plain] ?? SHIPPED[model] ?? SHIPPED[plain];
}

/** The dearest price there is: what an unpriced model is counted as. */
function dearest(own: Prices): Price {
  const all = [...Object.values(SHIPPED), ...Object.values(own)];
  return {
    input: Math.max(...all.map(({ input }) => input)),
    output: Math.max(...all.map(({ output }) => output)),
    as_of: '2026-01-01',
  };
}

/** What a turn cost, in dollars. A cache costs what the provider says, and where it does not, as much as input. */
export function costOf(usage: Usage, brain: Paid, own: Prices): Cost {
  const known = priceOf(usage.model, brain, own);
  const price = known ?? dearest(own);
  const of = (tokens: number | undefined, each: number): number => ((tokens ?? 0) * each) / 1_000_000;
  const money =
    of(usage.input_tokens, price.input) +
    of(usage.output_tokens, price.output) +
    of(usage.cache_read_tokens, price.cache_read ?? price.input) +
    of(usage.cache_write_tokens, price.cache_write ?? price.input * 1.25);
  return { money, priced: known !== undefined };
}

/** Every token of a turn, whatever it costs. */
export const tokensOf = (usage: Usage): number =>
  usage.input_tokens + usage.output_tokens + (usage.cache_read_tokens ?? 0) + (usage.cache_write_tokens ?? 0);
