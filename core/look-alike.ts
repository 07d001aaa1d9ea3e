import { keptOr } from './bounded.ts';

/**
 * Whether one destination could be taken for another by the eye: letters of other alphabets that look the same, digits
 * for letters, one character more, less, different or swapped, other dots or a tag before the @, the same name under
 * another ending, a known domain as part of another one.
 */

/** Letters and digits that pass for a Latin letter. After NFKD without marks, in small letters. */
const LOOKS: Readonly<Record<string, string>> = {
  ...{ а: 'a', ɑ: 'a', α: 'a', в: 'b', с: 'c', ϲ: 'c', ԁ: 'd', е: 'e', ε: 'e', ҽ: 'e', һ: 'h', н: 'h', η: 'n' },
  ...{ і: 'i', ι: 'i', ı: 'i', ј: 'j', к: 'k', κ: 'k', ӏ: 'l', м: 'm', п: 'n', о: 'o', ο: 'o', օ: 'o', σ: 'o' },
  ...{ р: 'p', ρ: 'p', ԛ: 'q', г: 'r', ѕ: 's', т: 't', τ: 't', υ: 'u', ս: 'u', ν: 'v', ѵ: 'v', ԝ: 'w', ω: 'w' },
  ...{ х: 'x', χ: 'x', у: 'y', γ: 'y', ɡ: 'g', ᴢ: 'z', '0': 'o', '1': 'l', i: 'l', '|': 'l', '5': 's' },
};

/** Domains at which anybody has an address: that two of them are alike says nothing of two people there. */
const PUBLIC =
  /^((gmail|googlemail|hotmail|icloud|mac|me|aol|gmx|mail|email|fastmail|zoho|protonmail|proton|pm|posteo|tutanota|tuta|yandex|qq|163|126)\.[a-z]{2,4}|(outlook|live|msn|yahoo|ymail|web|freenet|t-online|arcor|orange|wanadoo|free|libero|bluewin|comcast|btinternet|sky)\.[a-z]{2,3}(\.[a-z]{2})?)$/;
/** What stands before the ending of a country where names are given out one step below: `co.uk`, `com.br`. */
const SECOND = new Set(['co', 'com', 'net', 'org', 'ac', 'edu', 'gov', 'gob', 'or', 'ne', 'go']);
/** Shorter ones are one edit away from too much. */
const SHORTEST = 6;
/** Shorter names than this are part of too many others. */
const SHORTEST_NAME = 4;

/** What is looked at of a destination. */
type Folded = {
  readonly text: string;
  readonly look: string;
  /** Of a mail address, without what mail servers leave out; undefined where it is none. */
  readonly mailbox: string | undefined;
  readonly domain: string;
  readonly domainLook: string;
  /** What its owner registered: `example.co.uk`, and the part of it that is a name: `example`. */
  readonly registered: string;
  readonly name: string;
  readonly nameLook: string;
  readonly isPublic: boolean;
};

/** What the eye keeps of a text. Equal for texts that look the same. */
function seen(text: string): string {
  const plain = [
    ...text
      .normalize('NFKD')
      .replace(/[\p{M}\p{C}\p{DI}]/gu, '')
      .toLowerCase(),
  ];
  const folded = plain.map(sign => LOOKS[sign] ?? sign).map(sign => LOOKS[sign] ?? sign);
  return folded.join('').replaceAll('rn', 'm').replaceAll('vv', 'w').replaceAll('cl', 'd');
}

/** How many are kept folded: those that are known are compared with every new one. */
const MOST = 100_000;
const kept = new Map<string, Folded>();

/** The same for one that is known, and therefore asked for again. */
const foldedOnce = (text: string): Folded => keptOr(kept, text, MOST, () => folded(text));

function folded(text: string): Folded {
  const at = text.lastIndexOf('@');
  const domain = at !== -1 || /^[^\s/]+\.[^\s/.]+$/.test(text) ? text.slice(at + 1).toLowerCase() : '';
  const labels = domain.split('.');
  const ending = labels.length > 2 && SECOND.has(labels.at(-2) ?? '') ? 2 : 1;
  const name = labels.length > ending ? (labels.at(-ending - 1) ?? '') : '';
  return {
    ...{ text, look: seen(readable(text)), domain, domainLook: seen(readable(domain)) },
    mailbox: at === -1 ? undefined : seen(text.slice(0, at).replace(/\+.*$/s, '').replaceAll('.', '')),
    registered: labels.slice(-ending - 1).join('.'),
    ...{ name, nameLook: seen(readable(name)) },
    isPublic: PUBLIC.test(domain),
  };
}

/** Whether two texts differ by at most one character more, less, other, or two swapped. */
function isOneEditAway(one: string, other: string): boolean {
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  if (long.length - short.length > 1) return false;
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (short.length < long.length) return short.slice(at) === long.slice(at + 1);
  if (short.slice(at + 1) === long.slice(at + 1)) return true;
  return short[at] === long[at + 1] && short[at + 1] === long[at] && short.slice(at + 2) === long.slice(at + 2);
}

const isNear = (one: string, other: string): boolean =>
  one === other || (Math.min(one.length, other.length) >= SHORTEST && isOneEditAway(one, other));

/** Which of those that are known a text may pass for, the likest first; undefined where it is one of them, or like none. */
export function lookalikeOf(text: string, known: Iterable<string>): string | undefined {
  let one: Folded | undefined;
  let [best, likest] = [0, ''];
  for (const other of known) {
    one ??= folded(text);
    const likeness = likenessOf(one, foldedOnce(other));
    if (likeness > best) [best, likest] = [likeness, other];
    if (best === 4) break;
  }
  return best === 0 ? undefined : likest;
}

/** From 4, where the whole may pass for the other, to 1, where its domain only reminds of the other’s; 0 for no likeness. */
function likenessOf(one: Folded, other: Folded): 0 | 1 | 2 | 3 | 4 {
  if (one.text === other.text) return 0;
  if (isNear(one.look, other.look)) return 4;
  if (one.domain === '' || other.domain === '') return 0;
  const isSameMailbox = one.mailbox !== undefined && one.mailbox === other.mailbox;
  if (one.domain === other.domain) return isSameMailbox ? 3 : 0;
  if (one.isPublic && other.isPublic && !isSameMailbox) return 0;
  const isNearDomain = isNear(one.domainLook, other.domainLook);
  if (!isNearDomain && !isTwin(one, other) && !holds(one, other) && !holds(other, one)) return 0;
  return isSameMailbox ? 3 : isNearDomain ? 2 : 1;
}

/** The same name under another ending: `example.org` for `example.com`. */
const isTwin = (one: Folded, other: Folded): boolean =>
  one.name !== '' && one.nameLook === other.nameLook && one.registered !== other.registered;

/** A domain that shows another, which does not own it: `example.com.evil.net`, `example-com.net`, `example-pay.com`. */
function holds({ domain, registered }: Folded, other: Folded): boolean {
  if (registered === other.registered || other.isPublic || other.name.length < SHORTEST_NAME) return false;
  if (`.${domain}`.includes(`.${other.registered}.`)) return true;
  const parts = registered.split(/[.-]/);
  return registered.includes('-') && parts.includes(other.name) && !other.name.includes('-');
}

/** A domain with the letters that it is shown with instead of its `xn--` form (RFC 3492). */
const readable = (text: string): string =>
  /xn--/i.test(text)
    ? text
        .split(/(?<=[@.])|(?=[@.])/)
        .map(part =>
          part.length <= 63 && part.toLowerCase().startsWith('xn--') ? (punycode(part.slice(4)) ?? part) : part,
        )
        .join('')
    : text;

/** Reads a label in Punycode; undefined where it is none (RFC 3492, section 6.2). */
function punycode(label: string): string | undefined {
  const split = label.lastIndexOf('-');
  const signs = [...label.slice(0, Math.max(0, split))];
  let [code, index, bias, first] = [128, 0, 72, true];
  const digits = [...label.slice(split + 1).toLowerCase()];
  while (digits.length > 0) {
    const before = index;
    for (let [weight, step] = [1, 36]; ; step += 36) {
      const digit = 'abcdefghijklmnopqrstuvwxyz0123456789'.indexOf(digits.shift() ?? '?');
      if (digit < 0) return undefined;
      index += digit * weight;
      const limit = Math.min(Math.max(step - bias, 1), 26);
      if (digit < limit) break;
      weight *= 36 - limit;
    }
    const count = signs.length + 1;
    let delta = Math.floor((index - before) / (first ? 700 : 2));
    delta += Math.floor(delta / count);
    let steps = 0;
    for (; delta > 455; steps += 36) delta = Math.floor(delta / 35);
    bias = steps + Math.floor((36 * delta) / (delta + 38));
    first = false;
    code += Math.floor(index / count);
    index %= count;
    if (code > 0x10ffff) return undefined;
    signs.splice(index, 0, String.fromCodePoint(code));
    index += 1;
  }
  return signs.join('');
}
