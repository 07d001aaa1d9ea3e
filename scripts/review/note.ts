import { withValue } from '../../core/approval-edit.ts';
import { parseApproval } from '../../core/approval-note.ts';
import type { Json } from '../../core/digest.ts';
import type { Envelope } from '../../core/envelope.ts';
import { setProperty } from '../../core/front-matter.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import type { Note, Vault } from '../../core/vault.ts';
import { judge } from '../../orchestrator/approve/judge.ts';
import type { Action } from '../../orchestrator/execute/book.ts';

/** An approval as it lies in the vault: what it shows, and whether that is what is on record. */
export type Shown =
  | { readonly kind: 'as recorded' | 'changed'; readonly note: Note; readonly values: Envelope['arguments'] }
  | { readonly kind: 'decided' | 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Reads the note of an action and compares it with the record. */
export function readShown(vault: Vault, place: string, { proposed, capped }: Action): Shown {
  const note = vault.read(place);
  if (!note.ok) return { kind: 'missing' };
  const parsed = parseApproval(note.value.text);
  if (!parsed.ok) return { kind: 'unreadable', why: parsed.failure.message };
  if (parsed.value.decision !== undefined) return { kind: 'decided' };
  const judged = judge(proposed, parsed.value, capped);
  if (judged.kind === 'tampered') return { kind: 'unreadable', why: judged.why };
  const kind = judged.kind === 'same' ? 'as recorded' : 'changed';
  return { kind, note: note.value, values: parsed.value.envelope.arguments };
}

/**
 * Puts values that a person changed, and the yes to them, into the note in one write: the executor judges it as it
 * judges what is changed by hand.
 */
export function approveChanged(
  vault: Vault,
  place: string,
  note: Note,
  values: ReadonlyMap<string, Json>,
): Result<'approved'> {
  let text = note.text;
  for (const [name, value] of values) {
    const changed = withValue(text, name, value);
    if (!changed.ok) return changed;
    text = changed.value;
  }
  const decided = setProperty(text, 'decision', 'approved');
  if (!decided.ok) return decided;
  const replaced = vault.replace(place, note.sha256, decided.value);
  if (!replaced.ok) return replaced;
  return replaced.value === 'changed'
    ? fail('retryable', `${place} was changed meanwhile, so nothing was decided.`, 'Look at it again.')
    : ok('approved');
}
