import { z } from 'zod';
import { canonicalJson, Json, sha256 } from '../../core/digest.ts';

/** What the next line of a log is chained to. */
export type LineLink = { readonly seq: number; readonly hash: string };
export const FIRST_LINE: LineLink = { seq: 0, hash: '0'.repeat(64) };

const LineJson = z.record(z.string(), Json);
const MARK = ',"hash":"';
const HASH = 64;

/** The number of the record that a line tells of, as the line has it; undefined where it is no line of a log. */
export function seqOf(line: Uint8Array): number | undefined {
  const seq = parsed(line)?.seq;
  return typeof seq === 'number' && Number.isSafeInteger(seq) ? seq : undefined;
}

/**
 * Whether a line is whole and stands behind `after`: by its own chain, without the ledger. Returns what the next one is
 * chained to, or undefined.
 */
export function followsLine(line: Uint8Array, after: LineLink): LineLink | undefined {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(line);
  const place = text.indexOf(MARK);
  const end = place + MARK.length + HASH;
  const hash = text.slice(place + MARK.length, end);
  // Before everything that takes longer: most of what was changed shows here.
  if (place === -1 || text[end] !== '"') return undefined;
  if (sha256(`${after.hash} ${text.slice(0, place)}${text.slice(end + 1)}`) !== hash) return undefined;
  const found = parsed(line);
  if (found?.seq !== after.seq + 1 || canonicalJson(found) !== text) return undefined;
  return { seq: after.seq + 1, hash };
}

function parsed(line: Uint8Array): Record<string, Json> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
    return LineJson.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
