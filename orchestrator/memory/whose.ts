import type { Origin } from '../../core/envelope.ts';
import { readProperties } from '../../core/front-matter.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Note } from '../../core/vault.ts';
import type { MemoryBook } from './memory-journal.ts';
import { wordsDigest } from './words-in.ts';

/** `type` of the notes that Steward writes into `Memory/`. */
export const MEMORY_TYPE = 'memory';

/**
 * Whose words a note of the vault holds. `Memory/` is the person’s: no action writes there, and what Steward wrote is on
 * record with what it was written from; once a person changed its words, it is theirs, and not where only its properties changed. Elsewhere anything may have
 * been filed. A note that says it is Steward’s and is on no record here came from somewhere else.
 */
export function whose({ path, text, sha256 }: Pick<Note, 'path' | 'text' | 'sha256'>, book: MemoryBook): Origin {
  const top = path.split('/')[0] ?? '';
  if (top !== FOLDERS.memory) {
    const isFiled = top === FOLDERS.done || top === FOLDERS.rejected || top === FOLDERS.inProgress;
    return isFiled ? { kind: 'incoming', source: top } : { kind: 'unknown' };
  }
  const known = book.ofContent(sha256) ?? book.ofWords(wordsDigest(text));
  if (known !== undefined) return known;
  const split = readProperties(text);
  if (!split.ok) return { kind: 'unknown' };
  const { type, id } = split.value.properties;
  return type === MEMORY_TYPE && !book.knows(id) ? { kind: 'unknown' } : { kind: 'person' };
}
