import { parse } from 'yaml';
import { z } from 'zod';
import type { Json } from '../../core/digest.ts';
import { doesOf, type Seen } from './far-end.ts';
import type { Tool } from './folder.ts';
import type { Decided } from './person.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The caps in `Policies.md`, as far as they can be counted from outside. */
const Cap = z.object({
  name: z.string(),
  does: z.union([z.string(), z.array(z.string())]).optional(),
  action: z.union([z.string(), z.array(z.string())]).optional(),
  egress: z.boolean().optional(),
  per_hour: z.number().optional(),
  per_day: z.number().optional(),
  amount_per_hour: z.number().optional(),
  amount_per_day: z.number().optional(),
  new_per_day: z.number().optional(),
  first_waits_hours: z.number().optional(),
});
type Cap = z.infer<typeof Cap>;

/** One effect as the far end saw it. */
export type Effect = { readonly seen: Seen; readonly tool: Tool };

export function capsIn(policies: string): readonly Cap[] {
  const box = /^## Rules\s[\s\S]*?^```yaml\n([\s\S]*?)^```/m.exec(policies)?.[1] ?? '';
  return z.object({ caps: z.array(Cap) }).parse(parse(box)).caps;
}

const globbed = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .split('*')
      .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    'is',
  );

function fits(cap: Cap, { seen, tool }: Effect): boolean {
  const does = [cap.does ?? []].flat();
  const actions = [cap.action ?? []].flat();
  return (
    (does.length === 0 || does.includes(doesOf(tool))) &&
    (actions.length === 0 || actions.some(glob => globbed(glob).test(`${seen.server}.${seen.tool}`))) &&
    (cap.egress === undefined || cap.egress === tool.egress)
  );
}

const numbersIn = ({ seen, tool }: Effect): number =>
  tool.amount.reduce((sum, name) => sum + Math.abs(Number(seen.args[name] ?? 0)), 0);

const placesIn = ({ seen, tool }: Effect): readonly string[] =>
  tool.routing.flatMap(name => strings(seen.args[name] ?? null)).map(place => place.toLowerCase());

const strings = (value: Json): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(strings)
      : [];

/** The most that any window of this length holds. */
function most(effects: readonly Effect[], window: number, measure: (one: Effect) => number): number {
  let from = 0;
  let sum = 0;
  let highest = 0;
  for (const one of effects) {
    sum += measure(one);
    for (
      let first = effects[from];
      first !== undefined && one.seen.at - first.seen.at >= window;
      first = effects[from]
    ) {
      sum -= measure(first);
      from += 1;
    }
    highest = Math.max(highest, sum);
  }
  return highest;
}

/** Caps that did not hold in one vault, counted anew from what reached the far end. */
export function breaches(
  caps: readonly Cap[],
  effects: readonly Effect[],
  decisions: readonly Decided[],
): readonly string[] {
  const found: string[] = [];
  for (const cap of caps) {
    const counted = effects.filter(one => fits(cap, one));
    const known = new Set<string>();
    const fresh = new Map(
      counted.map(one => [one, placesIn(one).filter(place => !known.has(place) && known.add(place)).length]),
    );
    const limits: [number | undefined, number, (one: Effect) => number, string][] = [
      [cap.per_hour, HOUR, () => 1, 'an hour'],
      [cap.per_day, DAY, () => 1, 'a day'],
      [cap.amount_per_hour, HOUR, numbersIn, 'of money an hour'],
      [cap.amount_per_day, DAY, numbersIn, 'of money a day'],
      [cap.new_per_day, DAY, one => fresh.get(one) ?? 0, 'new a day'],
    ];
    for (const [limit, window, measure, what] of limits) {
      const reached = limit === undefined ? 0 : most(counted, window, measure);
      if (limit !== undefined && reached > limit)
        found.push(`${cap.name}: ${reached} ${what}, and ${limit} are allowed`);
    }
    found.push(...hurried(cap, counted, decisions));
  }
  return found;
}

/** First payments that did not wait as long as they had to after they were approved. */
function hurried(
  { name, first_waits_hours: hours }: Cap,
  counted: readonly Effect[],
  decisions: readonly Decided[],
): string[] {
  if (hours === undefined) return [];
  const paid = new Set<string>();
  return counted.flatMap(one => {
    const payee = placesIn(one).join(' ');
    if (paid.has(payee)) return [];
    paid.add(payee);
    const decided = decisions.find(({ id, approved }) => approved && id === one.seen.id);
    const isHurried = decided !== undefined && one.seen.at - decided.at < hours * HOUR;
    return isHurried ? [`${name}: the first payment to ${payee.slice(0, 60)} did not wait ${hours} hours`] : [];
  });
}
