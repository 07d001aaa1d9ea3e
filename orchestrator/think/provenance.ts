import type { Json } from '../../core/digest.ts';
import type { Origin } from '../../core/envelope.ts';
import { isTelling, passagesOf, standsIn, tellingIn, wordsOf } from './tokens.ts';

/** A text that is known to have come in, and where from. */
export type Source = { readonly origin: Origin; readonly text: string };

/** Everything that a task’s values can have come from. */
export type Known = {
  /** Addresses and names of the person’s contacts: a value is one of them, whole, or it is not. */
  readonly contacts: readonly Source[];
  /** What the person wrote, and what the person’s own pages say; the first that holds a value vouches for it. */
  readonly trusted: readonly Source[];
  /** What others may have written. */
  readonly foreign: readonly Source[];
  /** Names of files that came in: whatever is made from one of them is of its kind. */
  readonly names: readonly Source[];
  /** Whose a value is that fits nothing. */
  readonly otherwise: Origin;
};

/** From what vouches best to what vouches for nothing. */
const RANK: readonly Origin['kind'][] = [
  ...(['contacts', 'person', 'handbook', 'rule'] as const),
  ...(['dropped', 'model', 'incoming', 'web', 'unknown'] as const),
];
const MOST_ELEMENTS = 100;

/** The origin that is to be feared most. */
export function worst(origins: readonly Origin[]): Origin | undefined {
  return origins.reduce<Origin | undefined>(
    (bad, one) => (bad === undefined || RANK.indexOf(one.kind) > RANK.indexOf(bad.kind) ? one : bad),
    undefined,
  );
}

/**
 * Where each value came from: one key for each argument, and beside it one for each element of a list (`to.0`). The
 * worst element counts for the whole.
 */
export function provenance(args: Readonly<Record<string, Json>>, known: Known): Record<string, Origin> {
  const whence = finder(known);
  return Object.fromEntries(
    Object.entries(args).flatMap(([name, value]) => {
      if (!Array.isArray(value)) return [[name, whence(value)]];
      const elements = value.map(whence);
      const listed = elements.slice(0, MOST_ELEMENTS).map((origin, at): [string, Origin] => [`${name}.${at}`, origin]);
      return [[name, worst(elements) ?? known.otherwise], ...listed];
    }),
  );
}

/** Whether strings that fit nothing may be trusted: then a single word of a stranger’s makes them the stranger’s. */
const isStrict = ({ otherwise }: Known): boolean => otherwise.kind === 'rule';

function finder(known: Known): (value: Json) => Origin {
  const trustedTokens = new Set(known.trusted.flatMap(({ text }) => [...tellingIn(text)]));
  const trustedWords = new Set([...known.trusted, ...known.contacts].flatMap(({ text }) => wordsOf(text)));
  const trustedPassages = new Set(known.trusted.flatMap(({ text }) => passagesOf(text)));
  const foreign = known.foreign.map(({ origin, text }) => ({
    ...{ origin, text },
    tokens: tellingIn(text),
    passages: new Set(passagesOf(text)),
    words: new Set(isStrict(known) ? wordsOf(text) : []),
  }));

  /** Whose text it is that a longer value has something of. */
  function borrowed(text: string): Origin | undefined {
    const tokens = [...tellingIn(text)].filter(token => !trustedTokens.has(token));
    const passages = passagesOf(text).filter(passage => !trustedPassages.has(passage));
    const words = isStrict(known) ? wordsOf(text).filter(word => !trustedWords.has(word)) : [];
    const owners = foreign.filter(
      source =>
        tokens.some(token => source.tokens.has(token)) ||
        passages.some(passage => source.passages.has(passage)) ||
        words.some(word => source.words.has(word)),
    );
    return worst(owners.map(({ origin }) => origin));
  }

  function ofText(text: string): Origin {
    const contact = known.contacts.find(one => one.text !== '' && one.text.toLowerCase() === text.toLowerCase());
    if (contact !== undefined && isTelling(text)) return contact.origin;
    const vouching = known.trusted.find(source => standsIn(text, source.text));
    if (vouching !== undefined) return vouching.origin;
    const parts = addressesIn(text);
    if (parts.length > 1) return worst(parts.map(ofText)) ?? known.otherwise;
    const whole = worst(foreign.filter(source => standsIn(text, source.text)).map(({ origin }) => origin));
    const part = borrowed(text);
    const named = known.names.find(({ text: name }) => isTelling(name) && holdsName(text, name))?.origin;
    return worst([whole, part, named].filter(origin => origin !== undefined)) ?? known.otherwise;
  }

  return function whence(value: Json): Origin {
    if (typeof value === 'string') return ofText(value);
    if (typeof value === 'number') return ofText(String(value));
    if (typeof value !== 'object' || value === null) return known.otherwise;
    if (Array.isArray(value)) return worst(value.map(whence)) ?? known.otherwise;
    const keys = Object.keys(value).flatMap(key => borrowed(key) ?? []);
    return worst([...Object.values(value).map(whence), ...keys]) ?? known.otherwise;
  };
}

/** `Anna <anna@example.com>, ben@example.com` → what each of them is made of; a single address stays whole. */
function addressesIn(text: string): readonly string[] {
  const entries = text.split(/[,;]/).map(entry => entry.trim());
  if (!entries.every(entry => entry.includes('@'))) return [];
  return entries.flatMap(entry => {
    const [, name, address] = /^([^<>]*?)\s*<([^<>\s]+)>$/.exec(entry) ?? [];
    if (address === undefined) return [entry];
    return name === undefined || name === '' ? [address] : [name, address];
  });
}

/** Whether the name of a file stands in a value, not as a part of another word. */
function holdsName(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    const around = `${text.slice(0, at).at(-1) ?? ''}${text.slice(at + name.length).at(0) ?? ''}`;
    if (!/[\p{L}\p{N}]/u.test(around)) return true;
  }
  return false;
}
