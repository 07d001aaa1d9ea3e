import path from 'node:path';
import { LARGEST_TABLE, LONGEST_TEXT } from '../../core/brain.ts';
import { lstatOf, readStart } from '../../core/durable.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { clauseOf } from '../../core/system-error.ts';
import type { Vault } from '../../core/vault.ts';
import { decoded } from '../text/decode.ts';
import { BOUNDS, textByWorker } from '../text/worker.ts';
import type { PlannerContext } from './context.ts';
import type { TaskJournal } from './task-journal.ts';

/** Characters of a file that a brain can read of it when it asks. */
const WHOLE = 1_000_000;
/** Bytes of a file that is still opened; of an office file only its text is read, whatever pictures are in it. */
const LARGEST = { pdf: 30 * 1024 * 1024, office: 512 * 1024 * 1024, page: 8 * 1024 * 1024, mail: 64 * 1024 * 1024 };

/** The text of a file as far as it can be read, or why it cannot be. What may be hostile is opened in a worker. */
async function readText(
  vault: Vault,
  file: string,
  longest: number,
  signal: AbortSignal,
  bounds: typeof BOUNDS,
): Promise<Result<string>> {
  const resolved = path.isAbsolute(file) ? ok(file) : vault.resolve(file);
  if (!resolved.ok) return resolved;
  const given = { file: resolved.value, longest };
  try {
    const stats = lstatOf(resolved.value);
    if (!stats?.isFile()) return fail('invalid', 'The file is not there.');
    if (/\.(txt|md|csv|tsv|log|json|xml|ya?ml|ics|vcf|url|webloc)$/i.test(file)) {
      return ok(decoded(readStart(resolved.value, longest)));
    }
    if (/\.(eml|mbox)$/i.test(file)) return await mailOf(given, stats.size, signal, bounds);
    const kind = /\.pdf$/i.test(file) ? 'pdf' : /\.html?$/i.test(file) ? 'page' : 'office';
    if (kind === 'office' && !/\.(docx|xlsx|pptx|odt|ods|odp)$/i.test(file)) {
      return fail('invalid', 'Files of this kind have no text that can be read.');
    }
    if (stats.size > LARGEST[kind]) return fail('invalid', 'The file is too large to be read.');
    return await textByWorker(kind === 'pdf' ? 'pdf' : 'office', given, signal, bounds);
  } catch (error) {
    return fail('invalid', `The file cannot be read: ${clauseOf(error)}`);
  }
}

/** A mail as a person reads it; one that cannot be taken apart as it came, with a word on why. */
async function mailOf(
  given: { readonly file: string; readonly longest: number },
  size: number,
  signal: AbortSignal,
  bounds: typeof BOUNDS,
): Promise<Result<string>> {
  const read =
    size > LARGEST.mail
      ? fail('invalid', 'The file cannot be read: it is too large.')
      : await textByWorker('mail', given, signal, bounds);
  if (read.ok || signal.aborted) return read;
  const told = `${read.failure.message} Its beginning, as it came:\n\n`;
  const raw = decoded(readStart(given.file, given.longest)).replaceAll('\0', '');
  return ok(`${told}${raw}`.slice(0, given.longest));
}

/**
 * The beginning of a dropped file’s text; empty where there is none. What cannot be read is filed by its name; the brain
 * sees that there is no text.
 */
export async function fileText(vault: Vault, file: string, signal: AbortSignal, bounds = BOUNDS): Promise<string> {
  const longest = /\.(csv|tsv)$/i.test(file) ? LARGEST_TABLE : LONGEST_TEXT;
  const read = await readText(vault, file, longest, signal, bounds);
  return read.ok ? read.value : '';
}

/** The text of the file that a task is about, as it was when it could be read first; empty where there is none. */
export async function fileTextOf(task: TaskJournal, { vault, signal }: PlannerContext): Promise<string> {
  const { file } = task.taken;
  if (file === undefined) return '';
  if (task.fileText === '' && !unreadable.has(task)) {
    task.fileText = await fileText(vault, file.path, signal);
    // A file that takes all the time there is takes it once.
    if (task.fileText === '') unreadable.add(task);
  }
  return task.fileText;
}

const unreadable = new WeakSet<TaskJournal>();

/** Whole texts of files, as long as their tasks are open. */
const wholeTexts = new WeakMap<TaskJournal, Map<string, string>>();

/** The same, as far as it can be read at all, and why not where it cannot be. */
export async function wholeTextOf(
  task: TaskJournal,
  file: string,
  { vault, signal }: PlannerContext,
): Promise<Result<string>> {
  const texts = wholeTexts.get(task) ?? new Map<string, string>();
  wholeTexts.set(task, texts);
  const known = texts.get(file);
  if (known !== undefined) return ok(known);
  const read = await readText(vault, file, WHOLE, signal, BOUNDS);
  if (read.ok) texts.set(file, read.value);
  return read;
}
