import { sha256 } from '../../core/digest.ts';
import type { Origin } from '../../core/envelope.ts';
import type { Exposure } from '../../core/exposure.ts';
import { guarded } from '../../core/guarded.ts';
import { slug } from '../../core/names.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';
import type { MemoryJournal, Wrote } from './memory-journal.ts';
import { KINDS, memoryNote } from './memory-note.ts';
import { wordsDigest } from './words-in.ts';

type Wanted = { readonly kind: keyof typeof KINDS; readonly title: string; readonly text: string };
/** Which call of which task remembers, and who thinks. */
type For = {
  readonly task: string;
  readonly call: string;
  readonly note: string;
  readonly by: string;
  readonly exposure: Exposure;
};

/** Whose the words of a brain are: its own, or those of whoever else it had been shown. */
const originFor = ({ untrusted }: Exposure): Origin =>
  untrusted.length === 0
    ? { kind: 'model' }
    : { kind: 'incoming', source: untrusted.join(', ').slice(0, 150).toWellFormed() };

/**
 * Writes one note into `Memory/`, once for each call, and puts on record what it was written from. A note of the same
 * kind and title is replaced only while it stands as Steward wrote it, and never by what others had a hand in. Returns
 * the note’s path.
 */
export function remember(wanted: Wanted, about: For, vault: Vault, journal: MemoryJournal, now: Date): Result<string> {
  const { kind, title } = wanted;
  const call = `${about.task} ${about.call}`;
  const known = journal.book.ofCall(call);
  const origin = originFor(about.exposure);
  const path = `${FOLDERS.memory}/${KINDS[kind]}/${slug(title)}-${sha256(`${kind} ${title}`).slice(0, 6)}.md`;
  const id = `memory-${sha256(call).slice(0, 12)}`;
  const note = memoryNote({ id, ...wanted, origin, task: about.note, by: about.by, created: now });
  // As it will stand there: what is on record must be what is on disk.
  const text = guarded(note, path);
  const before = vault.read(path);
  if (!before.ok) {
    if (before.failure.kind !== 'retryable') return before;
    if (known === undefined) journal.record(recordOf(id, call, path, text, origin));
    else if (known.sha256 !== sha256(text)) journal.record(recordOf(id, call, path, text, known.origin));
    const made = vault.create(path, text);
    return made.ok ? ok(path) : made;
  }
  if (known !== undefined && before.value.sha256 === known.sha256) return ok(path);
  const stands = journal.book.ofContent(before.value.sha256);
  if (stands === undefined) {
    return fail(
      'denied',
      `“${path}” is the person’s by now and stays as it is.`,
      'Read it; use another title if needed.',
    );
  }
  if (stands.kind === 'model' && origin.kind !== 'model') {
    return fail('denied', `“${path}” holds what no stranger had a hand in.`, 'Use another title.');
  }
  journal.record(recordOf(id, call, path, text, origin));
  const replaced = vault.replace(path, before.value.sha256, text);
  if (!replaced.ok) return replaced;
  return replaced.value === 'replaced' ? ok(path) : fail('retryable', `“${path}” was changed meanwhile.`);
}

const recordOf = (id: string, call: string, path: string, text: string, origin: Origin): Wrote => ({
  ...{ kind: 'WROTE', id, call, path, sha256: sha256(text), words: wordsDigest(text), origin },
});
