import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { lstatOf, readStart } from '../../core/durable.ts';
import type { Vault } from '../../core/vault.ts';
import type { PlannerContext } from './context.ts';
import type { TaskJournal } from './task-journal.ts';

/** Characters (bytes, of plain text) from its beginning that a brain is shown of a file. */
const LONGEST = 40_000;
/** Bytes of a PDF that is still opened. */
const LARGEST_PDF = 30 * 1024 * 1024;
/** What opening a PDF may take, in milliseconds, and in megabytes in all: 3 KB of PDF can unpack into gigabytes. */
const BOUNDS = { patience: 15_000, megabytes: 512 };
const HEAP_MB = 256;

/**
 * The text of a dropped file as far as it can be read; empty where not. A PDF is opened in a worker of its own, with
 * bounds on memory and time, since it may be broken or hostile.
 */
export async function fileText(
  vault: Vault,
  file: string,
  signal: AbortSignal,
  bounds: typeof BOUNDS = BOUNDS,
): Promise<string> {
  const resolved = path.isAbsolute(file) ? { ok: true as const, value: file } : vault.resolve(file);
  if (!resolved.ok) return '';
  try {
    if (/\.(txt|md|csv|tsv|log|json|eml|ics|vcf)$/i.test(file)) {
      return new TextDecoder().decode(readStart(resolved.value, LONGEST));
    }
    if (/\.pdf$/i.test(file)) return await pdfText(resolved.value, signal, bounds);
  } catch {
    // What cannot be read is filed by its name; the brain sees that there is no text.
  }
  return '';
}

/** The text of the file that a task is about, as it was when it could be read first; empty where there is none. */
export async function fileTextOf(task: TaskJournal, { vault, signal }: PlannerContext): Promise<string> {
  const { file } = task.taken;
  if (file === undefined) return '';
  if (task.fileText === '') task.fileText = await fileText(vault, file.path, signal);
  return task.fileText;
}

function pdfText(file: string, signal: AbortSignal, { patience, megabytes }: typeof BOUNDS): Promise<string> {
  if (signal.aborted || (lstatOf(file)?.size ?? 0) > LARGEST_PDF) return Promise.resolve('');
  return new Promise(resolve => {
    const worker = new Worker(path.join(import.meta.dirname, 'pdf-worker.ts'), {
      workerData: { file, longest: LONGEST },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      stdout: true,
      stderr: true,
    });
    // The first word counts: a worker that has posted its text ends right after, and that end says nothing new.
    let ended = false;
    const end = (text: string): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      clearInterval(gauge);
      signal.removeEventListener('abort', stop);
      worker.terminate().finally(() => resolve(text));
    };
    const stop = (): void => end('');
    const timer = setTimeout(stop, patience);
    // A worker’s own limit does not count its buffers, and those are what a hostile PDF fills.
    const most = process.memoryUsage.rss() + megabytes * 1024 * 1024;
    const gauge = setInterval(() => {
      if (process.memoryUsage.rss() > most) stop();
    }, 50);
    signal.addEventListener('abort', stop, { once: true });
    worker.once('message', (text: unknown) => end(typeof text === 'string' ? text : ''));
    worker.on('error', stop);
    worker.once('exit', stop);
  });
}
