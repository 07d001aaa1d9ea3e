/** Characters of a value of the head that are looked at. */
const LONGEST_VALUE = 2000;
/** Signs that turn the direction of writing round (Unicode Standard Annex 9). */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
/** What is no character of a text: controls, and signs that turn the direction of writing round. */
const NO_TEXT = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
/** What is there and not seen: blanks of no width, soft hyphens, marks of variants, tags. */
const UNSEEN = /[\p{DI}\u200b\u2060\ufeff]/gu;

/** What most texts hold none of: nothing of them is left out. */
const UNUSUAL = /[^ -~\n\t]/;

/** Text without what is no character of a text. Lines end in a line feed. */
export const cleanText = (text: string): string => (UNUSUAL.test(text) ? cleaned(text) : text);

const cleaned = (text: string): string =>
  text
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(NO_TEXT, sign => (sign === '\n' || sign === '\t' ? sign : ''))
    .toWellFormed();

/** The same, and without what cannot be seen: every blank is a blank. */
export const seenText = (text: string): string =>
  UNUSUAL.test(text)
    ? cleaned(text)
        .replace(UNSEEN, '')
        .replace(/\p{Zs}/gu, ' ')
        // A letter with a hundred accents covers the lines around it.
        .replace(/(\p{M}{4})\p{M}+/gu, '$1')
    : text;

/** A value of a head as one line. An encoded word may hold line breaks, and with them a head of its own. */
export const cleanLine = (value: string): string =>
  cleanText(value.slice(0, LONGEST_VALUE).replace(/[\p{Cc}\u2028\u2029]/gu, ' '))
    .replace(/\s+/g, ' ')
    .trim();

/** The same, and without what cannot be seen. */
export const seenLine = (value: string): string => seenText(cleanLine(value)).replace(/ {2,}/g, ' ').trim();

/** Whether a text turns the direction of writing round, which makes `exe.fdp` of `pdf.exe`. */
export const turnsRound = (text: string): boolean => TURNING.test(text);

/** A number of bytes as a person reads it. */
export const sizeInWords = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`
    : bytes < 1_000_000
      ? `${Math.round(bytes / 1000)} KB`
      : `${(bytes / 1e6).toFixed(1)} MB`;
