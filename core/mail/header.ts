import { decodeWords } from 'postal-mime';
import { decodeText } from './charset.ts';

/** One line of a head: its name in small letters, its value unfolded and not decoded. */
export type Header = { readonly name: string; readonly value: string };
export type Head = {
  readonly headers: readonly Header[];
  /** Where the body begins. */
  readonly end: number;
  /** Whether there was more than is read. */
  readonly isCut: boolean;
};

/** Bytes and lines of a head, and characters of a value, that are read: thousands of recipients take a quarter of it. */
const MOST = { bytes: 2_000_000, lines: 20_000, value: 500_000 };
const LINE_FEED = 0x0a;

/**
 * The head of a mail or of a part of one (RFC 5322, section 2.2; RFC 6532 for letters beyond ASCII). It ends at the first
 * empty line, or where a line is none of a head.
 */
export function headOf(bytes: Uint8Array): Head {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: { name: string; parts: string[]; length: number }[] = [];
  let at = 0;
  let lines = 0;
  let isCut = false;
  while (at < data.length) {
    const next = data.indexOf(LINE_FEED, at);
    const end = next === -1 ? data.length : next;
    const isReturn = end > at && data[end - 1] === 0x0d;
    const stop = isReturn ? end - 1 : end;
    if (stop === at) return { headers: joined(found), end: Math.min(data.length, end + 1), isCut };
    isCut ||= at > MOST.bytes || lines >= MOST.lines;
    if (!isCut) {
      const line = letters(data.subarray(at, Math.min(stop, at + MOST.value)));
      const last = found.at(-1);
      const name = /^([!-9;-~]{1,200}?)[ \t]*:/.exec(line)?.[1];
      if (/^[ \t]/.test(line) && last !== undefined) {
        if (last.length < MOST.value) last.parts.push(line);
        last.length += line.length;
      } else if (name !== undefined) {
        found.push({
          name: name.toLowerCase(),
          parts: [line.slice(line.indexOf(':') + 1, MOST.value)],
          length: line.length,
        });
      } else if (found.length > 0 && !/^>?From /.test(line)) return { headers: joined(found), end: at, isCut };
      // Without a single line of a head it is a body.
      else if (!/^>?From |^[ \t]/.test(line)) return { headers: [], end: at, isCut };
    }
    lines += 1;
    at = end + 1;
  }
  return { headers: joined(found), end: data.length, isCut };
}

const joined = (found: readonly { name: string; parts: readonly string[] }[]): readonly Header[] =>
  found.map(({ name, parts }) => ({
    name,
    value: parts
      .join('')
      .replace(/[\r\n]+/g, ' ')
      .trim(),
  }));

const letters = (line: Uint8Array): string => decodeText(line, undefined).text;

/** The first value of that name; of several the first counts everywhere, so that nobody is shown another. */
export const firstOf = (headers: readonly Header[], name: string): string | undefined =>
  headers.find(header => header.name === name)?.value;

export const allOf = (headers: readonly Header[], name: string): readonly string[] =>
  headers.filter(header => header.name === name).map(({ value }) => value);

/** A value with its encoded words read (RFC 2047). */
export const wordsOf = (value: string): string => decodeWords(value.slice(0, MOST.value));

/** A value with parameters, as `text/plain; charset=utf-8` (RFC 2045, section 5.1; RFC 2231). Names in small letters. */
export type Structured = { readonly value: string; readonly parameters: ReadonlyMap<string, string> };

/** Parameters of a value that are read. */
const MOST_PARAMETERS = 200;

export function structured(text: string): Structured {
  const pieces = [...text.slice(0, 20_000).matchAll(/;\s*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))/g)];
  const raw = new Map<string, string>();
  for (const [, name, inQuotes, bare] of pieces.slice(0, MOST_PARAMETERS)) {
    if (name === undefined) continue;
    const value = inQuotes === undefined ? (bare ?? '').trim() : inQuotes.replace(/\\(.)/g, '$1');
    // The first counts, as everywhere.
    if (!raw.has(name.toLowerCase())) raw.set(name.toLowerCase(), value);
  }
  const value = /^[^\s;()<>@,:\\"[\]?=]+/.exec(text.trim())?.[0]?.toLowerCase() ?? '';
  return { value, parameters: continued(raw) };
}

/** Parameters that stand in pieces, `name*0*=…; name*1=…`, put together (RFC 2231, sections 3 and 4). */
function continued(raw: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const whole = new Map<string, string>();
  const pieces = new Map<string, { at: number; coded: boolean; value: string }[]>();
  for (const [name, value] of raw) {
    const [, base = name, number, star] = /^([^*]+)(?:\*(\d{1,4}))?(\*)?$/.exec(name) ?? [];
    if (number === undefined && star === undefined) whole.set(base, value);
    else {
      const known = pieces.get(base) ?? [];
      known.push({ at: Number(number ?? 0), coded: star !== undefined, value });
      pieces.set(base, known);
    }
  }
  for (const [name, found] of pieces) {
    found.sort((one, other) => one.at - other.at);
    const [, label, rest] = /^([^']*)'[^']*'(.*)$/s.exec(found[0]?.coded ? (found[0].value ?? '') : '') ?? [];
    const parts = found.map(({ coded, value }, index) => {
      const text = index === 0 && rest !== undefined ? rest : value;
      return coded ? percent(text) : Buffer.from(text);
    });
    // What is written for programs of today counts before what is written for old ones.
    whole.set(name, decodeText(Buffer.concat(parts), label ?? 'utf-8').text);
  }
  return whole;
}

function percent(text: string): Buffer {
  const latin = text.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return /[^\0-\xff]/.test(latin) ? Buffer.from(text) : Buffer.from(latin, 'latin1');
}
