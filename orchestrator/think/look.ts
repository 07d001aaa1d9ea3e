import type { z } from 'zod';
import type { ToolCall, ToolResult } from '../../core/brain.ts';
import { isTrustedOrigin, type Origin } from '../../core/envelope.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { clauseOf } from '../../core/system-error.ts';
import type { Note } from '../../core/vault.ts';
import { plainPath } from '../../core/vault-paths.ts';
import { INDEXED } from '../memory/catch-up.ts';
import { lineThatFits } from '../memory/line-that-fits.ts';
import { wordsOf } from '../memory/note-index.ts';
import { remember } from '../memory/remember.ts';
import { whose } from '../memory/whose.ts';
import { mayBeShown } from './choose.ts';
import type { PlannerContext } from './context.ts';
import { isModel } from './exposure.ts';
import { wholeTextOf } from './file-text.ts';
import { findPerson } from './find-person.ts';
import { FindPerson, ReadAttachment, ReadSkill, Remember, VaultRead, VaultSearch } from './look-tools.ts';
import { noteName, planPath } from './plan-note.ts';
import { worst } from './provenance.ts';
import { questionPath } from './questions.ts';
import { readSkill } from './skill-files.ts';
import type { TaskJournal } from './task-journal.ts';
import { taskNotePath } from './task-note.ts';

/** Characters of one page. */
const PAGE = 20_000;
const MOST_HITS = 10;

export type Looked = Result<{ readonly text: string; readonly origin: Origin | undefined }>;
type Look = (task: TaskJournal, call: ToolCall, context: PlannerContext) => Looked | Promise<Looked>;

/** A tool whose arguments are checked before it is run. */
const tool =
  <T>(schema: z.ZodType<T>, run: (input: T, ...about: Parameters<Look>) => ReturnType<Look>): Look =>
  (task, call, context) => {
    const input = schema.safeParse(call.input);
    if (input.success) return run(input.data, task, call, context);
    const [issue] = input.error.issues;
    return fail('invalid', `${issue?.path.join('.') || 'the arguments'}: ${issue?.message ?? 'not understood'}`);
  };

const LOOKS: Readonly<Record<string, Look>> = {
  vault_search: tool(VaultSearch, async ({ query }, task, _call, context) => search(query, task, context)),
  vault_read: tool(VaultRead, ({ path, from }, task, _call, context) => readNote(path, from, task, context)),
  read_attachment: tool(ReadAttachment, ({ page, path }, task, _call, context) =>
    readAttachment(page, path, task, context),
  ),
  read_skill: tool(ReadSkill, ({ name, file }, _task, _call, { vault }) => readSkill(name, file, vault)),
  find_person: tool(FindPerson, ({ query }, task, _call, context) => findPerson(query, task, context)),
  remember: tool(Remember, (wanted, task, call, context) => {
    const { vault, memory, brains, now } = context;
    const { id, exposure } = task;
    const about = {
      task: id,
      call: call.id,
      note: noteName(task),
      by: brains.labelOf(callerOf(task, call, context)),
      exposure,
    };
    const written = remember(wanted, about, vault, memory.journal, now());
    return written.ok ? ok({ text: `remembered in ${written.value}`, origin: undefined }) : written;
  }),
};

/**
 * Looks something up for a model. `soon` while that goes on; undefined where it is no such tool, or no model that asks.
 */
export async function look(
  task: TaskJournal,
  call: ToolCall,
  context: PlannerContext,
): Promise<ToolResult | 'soon' | undefined> {
  const found = Object.hasOwn(LOOKS, call.tool) ? LOOKS[call.tool] : undefined;
  if (found === undefined || !isModel({ name: callerOf(task, call, context) })) return undefined;
  const looked = await context.looks
    .take(`${task.id} ${call.id}`, async () => found(task, call, context))
    .catch((why: unknown) => fail('permanent', `It could not be looked up: ${clauseOf(why)}`));
  if (looked === undefined) return 'soon';
  if (!looked.ok) return { call: call.id, ok: false, text: sentence(looked.failure) };
  const { text, origin } = looked.value;
  return { call: call.id, ok: true, text, ...(origin === undefined ? {} : { origin }) };
}

const callerOf = (task: TaskJournal, call: ToolCall, { brains }: PlannerContext): string =>
  task.callerOf(call.id) ?? brains.standard.name;

async function search(query: string, task: TaskJournal, { vault, memory }: PlannerContext): Promise<Looked> {
  const words = wordsOf(query);
  const hits = await memory.index.search(words, MOST_HITS);
  const { book } = memory.journal;
  const told = hits.flatMap(({ path }) => {
    const read = vault.read(path);
    if (!read.ok || !mayBeShown(read.value.text, task)) return [];
    return [{ line: `- ${path}: ${lineThatFits(read.value.text, new Set(words))}`, origin: whose(read.value, book) }];
  });
  if (told.length === 0) return ok({ text: 'Nothing was found.', origin: undefined });
  return ok({ text: told.map(({ line }) => line).join('\n'), origin: worst(told.map(({ origin }) => origin)) });
}

function readNote(path: string, from: number, task: TaskJournal, context: PlannerContext): Looked {
  const plain = plainPath(path);
  if (!plain.ok) return plain;
  const origin = originOfOwn(plain.value, task, context);
  if (origin === undefined && !isIndexed(plain.value)) {
    return fail(
      'denied',
      `“${path}” is not for you to read.`,
      'What a search finds can be read, and the notes of this task.',
    );
  }
  const read = context.vault.read(plain.value);
  if (!read.ok) return read;
  if (origin === undefined && !mayBeShown(read.value.text, task))
    return fail('denied', `“${path}” is private: it is for tasks that are private themselves.`);
  return page(read.value.text, from, plain.value, origin ?? whoseNote(read.value, context));
}

const whoseNote = (note: Note, { memory }: PlannerContext): Origin => whose(note, memory.journal.book);

const isIndexed = (path: string): boolean => {
  const parts = path.split('/');
  const isPlain = parts.length > 1 && path.endsWith('.md') && !parts.some(part => part.startsWith('.'));
  return isPlain && INDEXED.includes(parts[0] ?? '');
};

/** Whose the words of the task’s own notes are; undefined for any other note. */
function originOfOwn(path: string, task: TaskJournal, context: PlannerContext): Origin | undefined {
  const { own, origin, source } = task.taken;
  if (path === taskNotePath(task, context)) {
    if (own) return { kind: 'person' };
    return isTrustedOrigin(origin) ? { kind: 'incoming', source } : origin;
  }
  return [planPath(task), ...task.asked.map(questionPath)].includes(path) ? { kind: 'unknown' } : undefined;
}

async function readAttachment(
  number: number,
  path: string | undefined,
  task: TaskJournal,
  context: PlannerContext,
): Promise<Looked> {
  const { origin, files = [] } = task.taken;
  const all = [...(task.taken.file === undefined ? [] : [task.taken.file]), ...files];
  const file = path === undefined ? all[0] : all.find(one => one.path === path);
  if (file === undefined) {
    const known = all.map(one => one.path).join(', ');
    return fail(
      'invalid',
      all.length === 0 ? 'This task is about no file.' : `It is about no such file, but: ${known}.`,
    );
  }
  const text = await wholeTextOf(task, file.path, context);
  if (!text.ok) return text;
  const theirs: Origin = isTrustedOrigin(origin) ? { kind: 'dropped', path: file.path } : origin;
  return page(text.value, (number - 1) * PAGE, file.path, theirs);
}

/** One page of a text, with words on how to go on. */
function page(text: string, from: number, name: string, origin: Origin): Looked {
  if (from > 0 && from >= text.length)
    return fail(
      'invalid',
      `“${name}” ends at character ${text.length}, which is page ${Math.ceil(text.length / PAGE)}.`,
    );
  const upTo = Math.min(text.length, from + PAGE);
  const more = upTo === text.length ? '' : `, from: ${upTo} or page ${Math.floor(upTo / PAGE) + 1} goes on`;
  const head = `${name}, characters ${from} to ${upTo} of ${text.length}${more}`;
  return ok({ text: `${head}\n\n${text.slice(from, upTo).toWellFormed()}`, origin });
}
