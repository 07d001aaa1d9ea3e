/**
 * Whether one destination could be taken for another by the eye: letters of other alphabets that look the same, digits
 * for letters, one character more, less, different or swapped.
 */

/** Letters and digits that pass for a Latin letter. After NFKD without marks, in small letters. */
const LOOKS: Readonly<Record<string, string>> = {
  ...{ а: 'a', ɑ: 'a', α: 'a', в: 'b', с: 'c', ϲ: 'c', ԁ: 'd', е: 'e', ε: 'e', ҽ: 'e', һ: 'h', н: 'h', η: 'n' },
  ...{ і: 'i', ι: 'i', ı: 'i', ј: 'j', к: 'k', κ: 'k', ӏ: 'l', м: 'm', п: 'n', о: 'o', ο: 'o', օ: 'o', σ: 'o' },
  ...{ р: 'p', ρ: 'p', ԛ: 'q', г: 'r', ѕ: 's', т: 't', τ: 't', υ: 'u', ս: 'u', ν: 'v', ѵ: 'v', ԝ: 'w', ω: 'w' },
  ...{ х: 'x', χ: 'x', у: 'y', γ: 'y', ɡ: 'g', ᴢ: 'z', '0': 'o', '1': 'l', i: 'l', '|': 'l', '5': 's' },
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

/** Shorter ones are one edit away from too much. */
const SHORTEST = 6;

/** Whether `one` may pass for `other`; false where they are the same. */
export function looksLike(one: string, other: string): boolean {
  if (one === other) return false;
  if (alike(one, other)) return true;
  const [, ours] = /@([^@]+)$/.exec(one) ?? [];
  const [, theirs] = /@([^@]+)$/.exec(other) ?? [];
  return ours !== undefined && theirs !== undefined && ours !== theirs && alike(ours, theirs);
}

function alike(one: string, other: string): boolean {
  const [a, b] = [seen(readable(one)), seen(readable(other))];
  return a === b || (Math.min(a.length, b.length) >= SHORTEST && isOneEditAway(a, b));
}

/** A domain with the letters that it is shown with instead of its `xn--` form (RFC 3492). */
const readable = (text: string): string =>
  text
    .split(/(?<=[@.])|(?=[@.])/)
    .map(part => (part.toLowerCase().startsWith('xn--') ? (punycode(part.slice(4)) ?? part) : part))
    .join('');

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
