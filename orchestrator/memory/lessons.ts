import { type Json, sha256 } from '../../core/digest.ts';
import { actionName, type Envelope } from '../../core/envelope.ts';
import { guarded } from '../../core/guarded.ts';
import { codeSpan, proseLine } from '../../core/inert.ts';
import type { Recorded } from '../../core/journal.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import type { Log } from '../../core/log.ts';
import { slug } from '../../core/names.ts';
import { ok, type Result, sentence } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';
import type { MemoryJournal } from './memory-journal.ts';
import { KINDS, lessonLine, lessonNote } from './memory-note.ts';

/** Lines that one note of lessons has at most: what is older stands in the log. */
const MOST_LINES = 40;

type Learned = {
  readonly name: string;
  readonly envelope: Envelope;
  readonly words: string;
  /** By what the same lesson is known again in a note. */
  readonly gist: string;
  readonly at: string;
};

/** What a person’s decisions teach, without any brain: why they said no, and what they changed before they said yes. */
export class Lessons {
  readonly #vault: Vault;
  readonly #journal: MemoryJournal;
  readonly #log: Log;
  /** The actions that are not decided yet. */
  readonly #open = new Map<string, Envelope>();

  constructor(vault: Vault, journal: MemoryJournal, log: Log) {
    this.#vault = vault;
    this.#journal = journal;
    this.#log = log;
  }

  /** Takes in what is new in the ledger. What was learned before is not learned again. */
  hear(news: readonly Recorded<LedgerRecord>[]): void {
    for (const { body, at } of news) {
      const learned = this.#lessonIn(body, at);
      if (learned === undefined || this.#journal.book.hasLearned(learned.name)) continue;
      const written = this.#write(learned);
      // What could not be written is learned when the ledger is read again.
      if (written.ok && written.value !== 'changed') this.#journal.record({ kind: 'LEARNED', lesson: learned.name });
      else if (!written.ok) this.#log.trouble('lesson', sentence(written.failure));
    }
  }

  #lessonIn(body: LedgerRecord, at: string): Learned | undefined {
    switch (body.kind) {
      case 'PROPOSED':
        this.#open.set(body.envelope.id, body.envelope);
        return undefined;
      case 'CLOSED':
        for (const [id, { task }] of this.#open) if (task === body.task) this.#open.delete(id);
        return undefined;
      case 'REJECTED': {
        const envelope = this.#open.get(body.id);
        const reason = body.reason.trim();
        if (envelope === undefined || reason === '' || body.way === 'policy') return undefined;
        const words = `you said no: ${proseLine(reason.slice(0, 300).toWellFormed())}`;
        return { name: `${body.id} rejected`, envelope, words, gist: words, at };
      }
      case 'APPROVED': {
        const before = this.#open.get(body.id);
        if (before === undefined || body.envelope === undefined || body.changed.length === 0) return undefined;
        const after = body.envelope;
        const changes = body.changed.map(name => changeOf(name, before.arguments[name], after.arguments[name]));
        const words = `before you said yes, you changed ${changes.join(' and ')}`;
        return { name: `${body.id} changed`, envelope: after, words, gist: words, at };
      }
      default:
        return undefined;
    }
  }

  /** One note for each kind of action. What a person made of it stays; the same lesson stands in it once. */
  #write({ envelope, words, gist, at }: Learned): Result<'created' | 'exists' | 'replaced' | 'changed'> {
    const action = actionName(envelope);
    const path = `${FOLDERS.memory}/${KINDS.lesson}/${slug(`${action} lessons`)}.md`;
    const line = guarded(lessonLine({ at: new Date(at), note: envelope.note, words }), path);
    const id = `lesson-${slug(action)}-${sha256(`${action} ${at}`).slice(0, 8)}`;
    const read = this.#vault.read(path);
    if (!read.ok && read.failure.kind !== 'retryable') return read;
    if (!read.ok) {
      const text = guarded(lessonNote(id, action, new Date(at), line));
      this.#record(id, path, text);
      return this.#vault.create(path, text);
    }
    const { text, sha256: before } = read.value;
    const lines = text.split('\n').filter(one => one.startsWith('- '));
    if (text.includes(gist) || lines.length >= MOST_LINES) return ok('exists');
    const added = `${text.trimEnd()}\n${line}\n`;
    // Where the person had a hand in it, all of it is theirs, and it stays so.
    if (this.#journal.book.ofContent(before) !== undefined) this.#record(id, path, added);
    return this.#vault.replace(path, before, added);
  }

  #record(id: string, path: string, text: string): void {
    const call = `lesson ${sha256(text).slice(0, 16)}`;
    this.#journal.record({ kind: 'WROTE', id, call, path, sha256: sha256(text), origin: { kind: 'person' } });
  }
}

/** What of a value the person wrote themselves: the rest may be anybody’s. */
function changeOf(name: string, before: Json | undefined, after: Json | undefined): string {
  const [one, other] = [textOf(before), textOf(after)];
  let from = 0;
  while (from < one.length && from < other.length && one[from] === other[from]) from += 1;
  let end = 0;
  while (end < one.length - from && end < other.length - from && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const theirs = other.slice(from, other.length - end).trim();
  return theirs === '' ? `${codeSpan(name)}, taking something out` : `${codeSpan(name)} to ${codeSpan(theirs, 200)}`;
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? ''));
