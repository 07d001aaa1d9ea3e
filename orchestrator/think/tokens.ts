/**
 * How values are compared with texts: whole tokens only. `anna@example.com` stands neither in
 * `anna@example.com.evil.net` nor in `xanna@example.com`.
 */

/** What may stand around a token that is written in a sentence, in quotes, in brackets or in emphasis. */
const OPENING = new Set('"\'“„‘«([{<*_~`');
const CLOSING = new Set('"\'”“’»)]}>*_~`.,;:!?…');
/** Words that stand in nearly every text. */
const COMMON = new Set(
  'the and all any for you are not but this that with from have has was were will can may our your his her its they them then than also into out new one two get let und die der das den dem des ein eine ist mit von für auf nicht auch'.split(
    ' ',
  ),
);
/** Words in a row that are told again and not merely alike. */
const PASSAGE = 4;
/** The most of a text that is looked through, in characters. */
const LONGEST = 1_000_000;

/**
 * Small letters where a letter’s small and large form are each other’s: the Kelvin sign is no k, a dotless i no i.
 */
function folded(text: string): string {
  return text.replace(/\p{Lu}/gu, letter => {
    const small = letter.toLowerCase();
    return small.toUpperCase() === letter ? small : letter;
  });
}

/** Composed (NFC), lines ended by a line feed. Nothing that merely looks alike becomes the same. */
const plain = (text: string): string => text.slice(0, LONGEST).replace(/\r\n?/g, '\n').normalize('NFC');

/** Whether letters’ case may decide: in a path, in a URL, and in what looks like a key. */
const isExact = (text: string): boolean =>
  /[/\\]/.test(text) || (!/\s/.test(text) && /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text));

/** Whether finding a value somewhere says anything: an empty string, a letter, a bare number stand everywhere. */
export function isTelling(text: string): boolean {
  const letters = (text.match(/\p{L}/gu) ?? []).length;
  const digits = (text.match(/\p{N}/gu) ?? []).length;
  if (letters < 2) return digits >= 6;
  return letters + digits >= 3 && !COMMON.has(folded(text.trim()));
}

/** Whether a value stands in a text, whole. A number does where it stands there as an amount of money. */
export function standsIn(value: string, text: string): boolean {
  const amount = plainNumber(value);
  if (amount !== undefined && amountsIn(plain(text)).has(amount)) return true;
  const sought = plain(value);
  // Composing would also make a K of the Kelvin sign.
  if (value.normalize('NFC') !== value) return false;
  // What begins or ends in white space, or has some that is no plain space, is not what anybody wrote down.
  if (!isTelling(sought) || sought !== sought.trim() || /(?![ \n\t])\s/u.test(sought)) return false;
  const exact = isExact(sought);
  const needle = exact ? sought : folded(sought);
  const hay = exact ? plain(text) : folded(plain(text));
  for (let at = hay.indexOf(needle); at !== -1; at = hay.indexOf(needle, at + 1)) {
    const end = at + needle.length;
    if (beginsAt(hay, at) && endsAt(hay, end) && !isPartOfNumber(sought, hay.slice(0, at), hay.slice(end))) return true;
  }
  return false;
}

/** An account or a telephone number is written in groups: some of them are not the number. */
function isPartOfNumber(value: string, before: string, after: string): boolean {
  if (!/^(?:[A-Z]{2}\d\d[A-Z\d ]*|\+?[\d ]+)$/.test(value)) return false;
  return /^ [A-Za-z]*\d/.test(after) || /\d $/.test(before.slice(-2));
}

function beginsAt(text: string, at: number): boolean {
  let before = at;
  while (before > 0 && OPENING.has(text.charAt(before - 1))) before -= 1;
  const isLink = text.slice(Math.max(0, before - 1), before + 1) === '](';
  return before === 0 || isLink || /\s/.test(text.charAt(before - 1));
}

function endsAt(text: string, end: number): boolean {
  let after = end;
  while (after < text.length && CLOSING.has(text.charAt(after))) after += 1;
  return after === text.length || /\s/.test(text.charAt(after));
}

/** The value of `1200`, `1200.5`; undefined for anything else. */
const plainNumber = (text: string): number | undefined =>
  /^-?\d{1,15}(?:\.\d{1,4})?$/.test(text) ? Number(text) : undefined;

const CURRENCY =
  '\\p{Sc}|EUR|USD|GBP|CHF|JPY|CNY|INR|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|AUD|CAD|NZD|ZAR|BRL|MXN|TRY|ILS|KRW|SGD|HKD|THB|AED|SAR';
const NAMED = '[Ee]uros?|[Dd]ollars?|[Pp]ounds?|[Ff]rancs?|[Ff]ranken';
const MONEY = new RegExp(
  `(?<![\\p{L}\\p{N}.,])(?:(?<before>${CURRENCY})\\s?)?(?<number>\\d[\\d.,'’]*\\d|\\d)(?:\\s?(?<after>${CURRENCY}|${NAMED})(?![\\p{L}\\p{N}]))?(?![\\p{L}\\p{N}])`,
  'gu',
);

/** The numbers in a text that stand beside a currency. */
function amountsIn(text: string): ReadonlySet<number> {
  const found = [...text.matchAll(MONEY)].flatMap(({ groups }) => {
    const { before, number, after } = groups ?? {};
    if (number === undefined || (before === undefined && after === undefined)) return [];
    const [, whole = '', cents = ''] = /^(.*?)(?:[.,](\d{1,2}))?$/.exec(number) ?? [];
    return [Number(`${whole.replace(/[.,'’]/g, '')}.${cents === '' ? '0' : cents}`)];
  });
  return new Set(found);
}

/** The words of a text that can be recognised: three letters or four digits at least. */
export function wordsOf(text: string): readonly string[] {
  const words = folded(plain(text)).match(/\p{L}[\p{L}\p{M}]{2,}|\p{N}{4,}/gu) ?? [];
  return [...new Set(words)].filter(word => !COMMON.has(word));
}

/** Runs of words as they follow one another, whatever stands between them. */
export function passagesOf(text: string): readonly string[] {
  const words = folded(plain(text)).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words
    .slice(0, Math.max(0, words.length - PASSAGE + 1))
    .map((_, at) => words.slice(at, at + PASSAGE).join(' '));
}

/** Addresses, URLs, paths, account numbers, codes: single tokens that nobody hits upon by chance. */
export function tellingIn(text: string): ReadonlySet<string> {
  const tokens = plain(text)
    .split(/[\s"'“”„‘’«»()[\]{}<>*`,;|]+/u)
    .map(token => folded(bare(token)));
  return new Set(tokens.filter(hasShape));
}

// One look at each character, since a brain may write a token of any length: no pattern here may try again from each.
const hasShape = (token: string): boolean =>
  /.@./u.test(token) || (/[/\\]/.test(token) && /\p{L}/u.test(token)) || (token.match(/\d/g) ?? []).length >= 4;

/** A token without the punctuation at its ends. */
function bare(token: string): string {
  let from = 0;
  let to = token.length;
  while (from < to && '.:!?_~'.includes(token.charAt(from))) from += 1;
  while (to > from && '.:!?_~'.includes(token.charAt(to - 1))) to -= 1;
  return token.slice(from, to);
}
