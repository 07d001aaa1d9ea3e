import type { Passing } from '../../core/approval-callout.ts';
import { type ParsedApproval, renderApproval } from '../../core/approval-note.ts';
import { sha256 } from '../../core/digest.ts';
import type { Envelope } from '../../core/envelope.ts';
import { type Judgement, judge } from './judge.ts';

/** SHA-256 of a text that shows an envelope as it is on record: written so here, or judged so before. */
const same = new WeakMap<Envelope, string>();

/** The text of an approval note as it is to be written. A note with these bytes need not be compared again. */
export function textOf(recorded: Envelope, passing: Passing): string {
  const text = renderApproval(recorded, passing);
  // What it waits for changes, and with it what the note is compared with.
  if (passing.waits === undefined) same.set(recorded, sha256(text));
  return text;
}

/**
 * Compares a note that was found with the envelope on record (`judge`). One with the bytes that are known to be the same
 * is not read again: that takes a millisecond, for each note that is held at each look, and on the way to an effect.
 */
export function judgeFound(
  recorded: Envelope,
  note: ParsedApproval,
  digest: string | undefined,
  waits?: Passing['waits'],
): Judgement {
  if (digest !== undefined && waits === undefined && same.get(recorded) === digest) return { kind: 'same' };
  const judged = judge(recorded, note, waits);
  if (digest !== undefined && waits === undefined && judged.kind === 'same') same.set(recorded, digest);
  return judged;
}
