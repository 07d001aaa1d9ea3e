import type { Passing } from '../../core/approval-callout.ts';
import { type ParsedApproval, parseApproval, renderApproval } from '../../core/approval-note.ts';
import { canonicalJson } from '../../core/digest.ts';
import type { Arguments, Envelope } from '../../core/envelope.ts';

export type Judgement =
  /** The note shows exactly what is on record. */
  | { readonly kind: 'same' }
  /** A person changed values; nothing else. */
  | { readonly kind: 'changed'; readonly names: readonly string[] }
  /** Something that no person needs to change is different: it does not count. */
  | { readonly kind: 'tampered'; readonly why: string };

/** Compares a note that asks to be accepted with the envelope on record, and what was shown beside it. Pure. */
export function judge(recorded: Envelope, note: ParsedApproval, waits?: Passing['waits']): Judgement {
  const original = parseApproval(renderApproval(recorded));
  if (!original.ok) return { kind: 'tampered', why: 'What is on record cannot be shown.' };
  const passing: readonly Passing[] = [{ wanted: true }, ...(waits === undefined ? [] : [{ waits }])];
  const isShown = (one: Passing): boolean => {
    const shown = parseApproval(renderApproval(recorded, one));
    return shown.ok && shown.value.skeleton === note.skeleton;
  };
  if (original.value.skeleton !== note.skeleton && !passing.some(isShown)) {
    return { kind: 'tampered', why: 'Something besides the values in the boxes was changed.' };
  }
  const before = recorded.arguments;
  const after = note.envelope.arguments;
  if (!hasOneForm(after)) return { kind: 'tampered', why: 'A value holds half of a character.' };
  const names = Object.keys({ ...before, ...after }).filter(
    name => canonicalJson(before[name] ?? null) !== canonicalJson(after[name] ?? null),
  );
  return names.length === 0 ? { kind: 'same' } : { kind: 'changed', names };
}

function hasOneForm(values: Arguments): boolean {
  try {
    return canonicalJson(values).length > 0;
  } catch {
    return false;
  }
}
