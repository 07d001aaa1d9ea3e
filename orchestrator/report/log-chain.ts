import { z } from 'zod';
import { canonicalJson, Json, sha256 } from '../../core/digest.ts';

/** The number of the record that a line tells of, as the line has it; undefined where it is no line of a log. */
export function seqOf(line: Uint8Array): number | undefined {
  const found = parsed(line);
  return typeof found?.seq === 'number' && Number.isSafeInteger(found.seq) ? found.seq : undefined;
}

/** What the next line of a log is chained to. */
export type LineLink = { readonly seq: number; readonly hash: string };
export const FIRST_LINE: LineLink = { seq: 0, hash: '0'.repeat(64) };

/** Whether a line is whole and stands behind `after`: by its own chain, without the ledger. The next link, or undefined. */
export function followsLine(line: Uint8Array, after: LineLink): LineLink | undefined {
  const found = parsed(line);
  if (found === undefined || found.seq !== after.seq + 1 || typeof found.hash !== 'string') return undefined;
  const { hash, ...rest } = found;
  const text = new TextDecoder().decode(line);
  if (canonicalJson(found) !== text || sha256(`${after.hash} ${canonicalJson(rest)}`) !== hash) return undefined;
  return { seq: after.seq + 1, hash: found.hash };
}

const LineJson = z.record(z.string(), Json);

function parsed(line: Uint8Array): Record<string, Json> | undefined {
  try {
    return LineJson.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line)));
  } catch {
    return undefined;
  }
}
