import type { Remembered } from '../../core/brain.ts';
import { isTrustedOrigin } from '../../core/envelope.ts';
import { FOLDERS } from '../../core/states.ts';
import { clauseOf } from '../../core/system-error.ts';
import { wordsOf } from '../memory/note-index.ts';
import { type Candidate, choose } from '../memory/recall.ts';
import { whose } from '../memory/whose.ts';
import { wordsIn } from '../memory/words-in.ts';
import { mayBeShown } from './choose.ts';
import type { PlannerContext } from './context.ts';
import { bodyOf } from './origins.ts';
import type { TaskJournal } from './task-journal.ts';
import { taskNotePath } from './task-note.ts';

const CANDIDATES = 30;
const MOST_WORDS = 80;
const MOST_ADDRESSES = 5;
const ADDRESS = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}.-]{1,200}\.\p{L}{2,20}/gu;

/**
 * Looks once, when a task is first thought about, what stands in `Memory/` that may matter, and puts it on record, so
 * that going on means the same words. False while that goes on.
 */
export async function recall(task: TaskJournal, context: PlannerContext): Promise<boolean> {
  if (task.recalled !== undefined) return true;
  const name = `${task.id} recall ${task.revisions}`;
  const notes = await context.recalls
    .take(name, () => memoriesFor(task, context))
    .catch((why: unknown) => {
      context.log.trouble('index', `What is remembered cannot be searched; thinking goes on without: ${clauseOf(why)}`);
      return [];
    });
  if (notes === undefined) return false;
  task.record({ kind: 'RECALLED', notes: [...notes] });
  return true;
}

async function memoriesFor(
  task: TaskJournal,
  { vault, memory, ...context }: PlannerContext,
): Promise<readonly Remembered[]> {
  const { taken } = task;
  const note = vault.read(taskNotePath(task, { vault, memory, ...context }));
  const text = [taken.title, taken.sender ?? '', taken.file?.name ?? '', note.ok ? bodyOf(note.value.text) : ''].join(
    '\n',
  );
  const words = wordsOf(text.slice(0, 20_000), MOST_WORDS);
  const addresses = [...new Set(text.slice(0, 20_000).match(ADDRESS) ?? [])].slice(0, MOST_ADDRESSES);
  const meant = new Set<string>();
  for (const address of addresses) {
    for (const { path } of await memory.index.phrase(wordsOf(address), CANDIDATES, FOLDERS.memory)) meant.add(path);
  }
  const found = await memory.index.search(words, CANDIDATES, FOLDERS.memory);
  const paths = [...new Set([...meant, ...found.map(({ path }) => path)])];
  const candidates = paths.flatMap((path, rank): Candidate[] => {
    const read = path.endsWith('/README.md') ? undefined : vault.read(path);
    if (!read?.ok || !mayBeShown(read.value.text, task)) return [];
    const origin = whose(read.value, memory.journal.book);
    // A stranger’s address brings up what the person wrote of it, not what strangers made Steward note.
    const isMeant = meant.has(path) && isTrustedOrigin(origin);
    const title = path.split('/').at(-1)?.replace(/\.md$/, '') ?? path;
    return [{ path, title, origin, text: wordsIn(read.value.text), rank, isMeant }];
  });
  return choose(candidates, words, wordsOf);
}
