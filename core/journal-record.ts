import { isUtf8 } from 'node:buffer';
import { canonicalJson, Json, sha256 } from './digest.ts';
import { fail, messageOf, ok, type Result } from './outcome.ts';

/** What a record is chained to: the number and the hash of the one before it. */
export type Link = { readonly seq: number; readonly hash: string };

/** What the first record is chained to. */
export const GENESIS: Link = { seq: 0, hash: '0'.repeat(64) };

export type RawRecord = Link & { readonly at: string; readonly body: unknown };

const HEAD = /^([1-9]\d{0,8}) ([0-9a-f]{64}) $/;
/** Bytes of the hash with the space before and behind it. */
const HASH = 66;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** The line of a record, without its newline, and the hash that the next one is chained to. */
export function writeRecord(after: Link, at: string, body: Json): { line: string; hash: string } {
  const json = canonicalJson({ seq: after.seq + 1, at, body });
  const hash = sha256(`${after.hash} ${json}`);
  return { line: `${Buffer.byteLength(json)} ${hash} ${json}`, hash };
}

/**
 * Reads the line that must stand behind `after`: exactly the bytes that `writeRecord` gives, and no other. The failure
 * says, as a clause, what is wrong with it.
 */
export function readRecord(line: Buffer, after: Link): Result<RawRecord> {
  const broken = (why: string): Result<RawRecord> => fail('invalid', why);
  const start = line.indexOf(32) + HASH;
  const head = start > HASH && start < line.length ? HEAD.exec(line.toString('latin1', 0, start)) : null;
  if (head === null) return broken('it does not have the form of a record');
  const json = line.subarray(start);
  if (Number(head[1]) !== json.length) return broken('it is longer or shorter than it says');
  const hash = sha256(Buffer.concat([Buffer.from(`${after.hash} `), json]));
  if (hash !== head[2]) return broken('its hash does not follow from the record before it');
  if (!isUtf8(json)) return broken('it is not text');
  const text = json.toString('utf8');
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('seq' in parsed) || !('at' in parsed) || !('body' in parsed))
      return broken('it lacks a part');
    const { seq, at, body } = parsed;
    if (seq !== after.seq + 1 || Object.keys(parsed).length !== 3) return broken('its number is not the next one');
    if (typeof at !== 'string' || !INSTANT.test(at)) return broken('it does not say when it was made');
    // The quick look first: numbers as keys alone are sorted in another way.
    if (JSON.stringify(parsed) !== text && canonicalJson(Json.parse(parsed)) !== text)
      return broken('it is not written as Steward writes');
    return ok({ seq: after.seq + 1, at, body, hash });
  } catch (error) {
    return broken(`it is no JSON: ${messageOf(error)}`);
  }
}
