import { type Acquaintance, acquaintedWith } from '../../core/acquaintance.ts';
import { identify, keyOf } from '../../core/contacts.ts';
import type { Json } from '../../core/digest.ts';
import type { Arguments } from '../../core/envelope.ts';
import type { Destination, Standing } from '../../core/policy.ts';
import { isPlainRead, type Reach, routingNames } from '../../core/reach.ts';

/** More than this many at once are many. */
const MANY = 10;
/** Destinations that one mistake would multiply, by what is before the @ and by their domain. */
const LIST_NAME =
  /^(all|everyone|everybody|all-?staff|all-?hands|newsletter|announce(ments)?|mailing-?list|undisclosed-recipients)$|-(list|l|all|announce|users)$/i;
const LIST_DOMAIN = /^(lists?|groups)\.|(^|\.)(googlegroups\.com|groups\.io|g\.us|broadcast)$/i;

/** What is known of whom, beside the action itself. */
export type Known = Acquaintance & {
  /** Destinations to which something was done that a person approved, by `keyOf`, with the day. */
  readonly met: ReadonlyMap<string, string>;
  /** Keys that a new one is held against, to tell whether it looks like one of them. */
  readonly compared: readonly string[];
};

/** What an action goes to, with how well each is known and where that judgement came from. */
export function destinationsOf(
  action: { readonly reach: Reach; readonly arguments: Arguments; readonly files: readonly string[] },
  known: Known,
): readonly Destination[] {
  const { reach, files } = action;
  const found = routingNames(reach, Object.keys(action.arguments))
    .filter(name => name !== reach.amount && name !== reach.currency)
    .flatMap(argument => valuesOf(action.arguments[argument] ?? null).map(value => ({ argument, value })));
  const judged = found.map(one => ({ ...one, ...standingOf(one.value, action, files, known) }));
  const people = new Set(judged.filter(({ isPerson }) => isPerson).map(({ value }) => identify(value).key));
  const each = judged.map(({ argument, value, standing, why }): Destination => ({ argument, value, standing, why }));
  if (people.size <= MANY) return each;
  const [first] = judged.filter(({ isPerson }) => isPerson);
  const why = `${people.size} at once are many.`;
  return [...each, { argument: first?.argument ?? '', value: `${people.size} recipients`, standing: 'bulk', why }];
}

/** Every value of an argument that could name a destination: the elements of a list, the values of an object. */
function valuesOf(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(valuesOf);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(valuesOf);
  if (value === null || value === '') return [];
  return [String(value)];
}

type Judged = { readonly standing: Standing; readonly why: string; readonly isPerson: boolean };

function standingOf(
  value: string,
  { reach }: { readonly reach: Reach },
  files: readonly string[],
  known: Known,
): Judged {
  const identity = identify(value);
  const { kind } = identity;
  const isPerson = kind === 'mail' || kind === 'phone' || kind === 'iban' || value.includes('@');
  const told = (standing: Standing, why: string): Judged => ({ standing, why, isPerson });
  if (!isPerson && kind !== 'host') {
    if (files.includes(value)) return told('self', 'It is a file of yours.');
    if (!reach.egress && staysHere(reach)) return told('self', 'It stays on this computer.');
  }
  const at = value.lastIndexOf('@');
  if (at !== -1 && (LIST_NAME.test(value.slice(0, at)) || LIST_DOMAIN.test(value.slice(at + 1))))
    return told('bulk', 'It looks like a list: one message goes to many.');
  const before = known.met.get(keyOf(identity));
  const { standing, why } = acquaintedWith(value, known, before === undefined ? known.compared : []);
  if (standing !== 'new') return told(standing, why);
  if (before !== undefined) return told('known', `What you approved was done to it on ${before}.`);
  return told('new', why);
}

/** Whether what an action does is done on this computer, whatever words its arguments hold. */
const staysHere = (reach: Reach): boolean =>
  isPlainRead(reach) || ['create', 'move', 'change', 'delete', 'draft'].includes(reach.does);
