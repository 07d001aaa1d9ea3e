import { identify, keyOf } from './contacts.ts';
import { lookalikeOf } from './look-alike.ts';

/** Whom the person knows, by `keyOf`, with the sentence that says where that comes from. */
export type KnownPeople = ReadonlyMap<string, string>;

/** How well an address, a number, an account or a host is known. */
export type Acquainted = {
  /** The person’s own, somebody whom the person knows, or nobody yet. */
  readonly standing: 'self' | 'known' | 'new';
  /** Where that judgement comes from, as a sentence. */
  readonly why: string;
  /** Of a new one: whom it could be taken for. */
  readonly like?: string;
};

export type Acquaintance = {
  /** The person’s own addresses, from the configuration outside the vault: keys by `keyOf`. */
  readonly own: ReadonlySet<string>;
  readonly people: KnownPeople;
};

/** What a new one is held against, to tell whether it looks like one of them. */
export function comparedKeys({ own, people }: Acquaintance): readonly string[] {
  return [...own, ...people.keys()].map(key => key.slice(key.indexOf(':') + 1));
}

const NOBODY = 'It stands in no note of Memory/People and in no address book of yours, and you never wrote to it.';

/**
 * How well a destination is known, by itself alone: a name that is shown beside an address is never looked at. `compared`
 * as `comparedKeys` gives it, made once for many.
 */
export function acquaintedWith(value: string, known: Acquaintance, compared: readonly string[]): Acquainted {
  const identity = identify(value);
  const key = keyOf(identity);
  if (known.own.has(key)) return { standing: 'self', why: 'It is your own.' };
  const why = known.people.get(key);
  if (why !== undefined) return { standing: 'known', why };
  const like = lookalikeOf(identity.key, compared);
  const at = value.lastIndexOf('@');
  const odd = at !== -1 && (identity.kind === 'other' || /(^|[@.])xn--/i.test(value)) ? ' It is no plain address.' : '';
  if (like === undefined) return { standing: 'new', why: `${NOBODY}${odd}` };
  return { standing: 'new', why: `It looks like ${like}, but is another.${odd}`, like };
}
