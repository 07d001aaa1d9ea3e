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
    const type = /^[^/]+\/[^/]+$/.test(value)
      ? value
      : value === 'text'
        ? 'text/plain'
        : value === ''
          ? fallback
          : 'application/octet-stream';
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
      return { ...known, type: 'application/octet-stream', body, parts: [] };
    }
    const boundary = parameters.get('boundary') ?? guessed(body);
    if (!parameters.has('boundary')) defects.add('no-boundary');
    // Nothing divides it: what is there is its text.
    if (boundary === undefined || boundary === '') return { ...known, type: 'text/plain', body, parts: [] };
    const { pieces, isClosed } = divided(body, boundary, MOST.parts - count);
    if (!isClosed) defects.add('open');
    if (pieces.length === 0) return { ...known, type: 'text/plain', body, parts: [] };
    if (pieces.length >= MOST.parts - count) defects.add('many');
    const inner = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    return { ...known, body: body.subarray(0, 0), parts: pieces.map(piece => read(piece, depth + 1, inner)) };
  };
  return { root: read(bytes, 0, 'text/plain'), defects };
}

const HYPHEN = 0x2d;

/** What stands between the lines of a boundary (RFC 2046, section 5.1.1), at most so many; the last holds the rest. */
function divided(
  body: Uint8Array,
  boundary: string,
  most: number,
): { pieces: readonly Uint8Array[]; isClosed: boolean } {
  const data = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const mark = Buffer.from(`--${boundary}`);
  const pieces: Uint8Array[] = [];
  let begun: number | undefined;
  let isClosed = false;
  for (let at = data.indexOf(mark); at !== -1 && pieces.length < most; at = data.indexOf(mark, at + 1)) {
    if (at > 0 && data[at - 1] !== 0x0a) continue;
    let end = at + mark.length;
    const closes = data[end] === HYPHEN && data[end + 1] === HYPHEN;
    if (closes) end += 2;
    while (data[end] === 0x20 || data[end] === 0x09 || data[end] === 0x0d) end += 1;
    if (end < data.length && data[end] !== 0x0a) continue;
    if (begun !== undefined) pieces.push(data.subarray(begun, Math.max(begun, beforeLineEnd(data, at))));
    begun = closes ? undefined : end + 1;
    isClosed = closes;
    if (closes) break;
  }
  if (begun !== undefined && pieces.length < most) pieces.push(data.subarray(Math.min(begun, data.length)));
  return { pieces, isClosed };
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
