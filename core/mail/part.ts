import { firstOf, type Header, headOf, structured, wordsOf } from './header.ts';

/** One part of a mail (RFC 2045, RFC 2046). A mail is a part itself. */
export type Part = {
  readonly headers: readonly Header[];
  /** `text/plain`, in small letters. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** `attachment`, `inline`, or nothing. */
  readonly disposition: string;
  readonly name: string | undefined;
  readonly encoding: string;
  /** As it travelled; empty where there are parts within. */
  readonly body: Uint8Array;
  readonly parts: readonly Part[];
};

/** What is wrong with how a mail is put together. */
export type Defect = 'deep' | 'many' | 'no-boundary' | 'open' | 'long-head';

/** How deep parts are followed, and how many there may be; real mails have four levels and a hundred parts. */
const MOST = { depth: 40, parts: 1000 };

export type Parts = { readonly root: Part; readonly defects: ReadonlySet<Defect> };

/** Takes a mail apart. Nothing is decoded or copied: bodies are views of the bytes. Every mail has a root. */
export function partsOf(bytes: Uint8Array): Parts {
  const defects = new Set<Defect>();
  let count = 0;
  const read = (data: Uint8Array, depth: number, fallback: string): Part => {
    count += 1;
    const { headers, end, isCut } = headOf(data);
    if (isCut) defects.add('long-head');
    const { value, parameters } = structured(firstOf(headers, 'content-type') ?? '');
    // What is no type at all is text (RFC 2045, section 5.2).
    const type = /^[^/]+\/[^/]+$/.test(value) ? value : value === '' ? fallback : 'text/plain';
    const encoding =
      /[\w-]+/.exec(firstOf(headers, 'content-transfer-encoding')?.replace(/\([^)]*\)/g, '') ?? '')?.[0] ?? '';
    const placed = structured(firstOf(headers, 'content-disposition') ?? '');
    const name = placed.parameters.get('filename') ?? parameters.get('name');
    const body = data.subarray(end);
    const known = {
      ...{ headers, type, parameters, disposition: placed.value, encoding: encoding.toLowerCase() },
      name: name === undefined || name === '' ? undefined : wordsOf(name),
    };
    if (!type.startsWith('multipart/')) return { ...known, body, parts: [] };
    if (depth >= MOST.depth || count >= MOST.parts) {
      defects.add(depth >= MOST.depth ? 'deep' : 'many');
      return { ...restOf(body), headers };
    }
    const named = dividedBy(parameters.get('boundary'), body, MOST.parts - count);
    const found = named ?? dividedBy(guessed(body), body, MOST.parts - count);
    if (named === undefined) defects.add('no-boundary');
    // Nothing divides it: what is there is its text.
    if (found === undefined) return { ...known, type: 'text/plain', body, parts: [] };
    const { pieces, rest, isClosed } = found;
    if (!isClosed) defects.add('open');
    if (pieces.length === 0) return { ...known, type: 'text/plain', body: body.subarray(0, 0), parts: [] };
    if (rest !== undefined) defects.add('many');
    const inner = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    const parts = pieces.map(piece => read(piece, depth + 1, inner));
    return { ...known, body: body.subarray(0, 0), parts: rest === undefined ? parts : [...parts, restOf(rest)] };
  };
  return { root: read(bytes, 0, 'text/plain'), defects };
}

/** What is not taken apart any more, as a file. */
const restOf = (body: Uint8Array): Part => ({
  ...{ headers: [], type: 'application/octet-stream', parameters: new Map(), disposition: 'attachment' },
  ...{ name: 'rest of the mail.txt', encoding: '', body, parts: [] },
});

const HYPHEN = 0x2d;

type Divided = {
  readonly pieces: readonly Uint8Array[];
  /** What is more than may be taken apart. */
  readonly rest: Uint8Array | undefined;
  readonly isClosed: boolean;
};

/** What stands between the lines of a boundary (RFC 2046, section 5.1.1), at most so many pieces. */
function divided(body: Uint8Array, boundary: string, most: number): Divided {
  const data = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const pieces: Uint8Array[] = [];
  let begun: number | undefined;
  for (const at of startsOf(data, `--${boundary}`)) {
    let end = at + Buffer.byteLength(boundary) + 2;
    const closes = data[end] === HYPHEN && data[end + 1] === HYPHEN;
    if (closes) end += 2;
    while (data[end] === 0x20 || data[end] === 0x09 || data[end] === 0x0d) end += 1;
    if (end < data.length && data[end] !== 0x0a) continue;
    if (begun !== undefined) {
      if (pieces.length >= most) return { pieces, rest: data.subarray(begun), isClosed: true };
      pieces.push(data.subarray(begun, Math.max(begun, beforeLineEnd(data, at))));
    }
    if (closes) return { pieces, rest: undefined, isClosed: true };
    begun = end + 1;
  }
  if (begun !== undefined) pieces.push(data.subarray(Math.min(begun, data.length)));
  return { pieces, rest: undefined, isClosed: false };
}

/** The same; undefined where there is no such boundary. */
function dividedBy(boundary: string | undefined, body: Uint8Array, most: number): Divided | undefined {
  if (boundary === undefined || boundary === '') return undefined;
  const found = divided(body, boundary, most);
  return found.pieces.length === 0 && !found.isClosed ? undefined : found;
}

/** Where lines begin with that mark. It is looked for with the line end before it, which many dashes in a row are not. */
function* startsOf(data: Buffer, mark: string): Generator<number> {
  if (data.subarray(0, Buffer.byteLength(mark)).equals(Buffer.from(mark))) yield 0;
  const inside = Buffer.from(`\n${mark}`);
  for (let at = data.indexOf(inside); at !== -1; at = data.indexOf(inside, at + 1)) yield at + 1;
}

/** The line end before a boundary belongs to it. */
function beforeLineEnd(data: Buffer, at: number): number {
  if (data[at - 1] !== 0x0a) return at;
  return data[at - 2] === 0x0d ? at - 2 : at - 1;
}

/** The boundary that is used, where none is named. */
function guessed(body: Uint8Array): string | undefined {
  const start = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 65_536)).toString('latin1');
  const [, found] = /^--([^\s-][^\r\n]{0,69})[ \t]*\r?$(?=\n[A-Za-z-]{1,60}:|\n\r?\n)/m.exec(start) ?? [];
  return found?.trimEnd();
}
