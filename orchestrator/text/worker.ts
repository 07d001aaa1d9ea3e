import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { fail, ok, type Result } from '../../core/outcome.ts';

/** What opening a file may take, in milliseconds, and in megabytes in all: 3 KB of PDF can unpack into gigabytes. */
export const BOUNDS = { patience: 15_000, megabytes: 512 };
const HEAP_MB = 256;

const Posted = z.union([z.string(), z.strictObject({ text: z.string() }), z.strictObject({ why: z.string() })]);

/** Who reads what, from here. */
const SCRIPTS = {
  pdf: ['..', 'think', 'pdf-worker.ts'],
  office: ['office-worker.ts'],
  mail: ['mail-worker.ts'],
} as const;

/** Has a worker read a file that may be broken or hostile, within bounds on memory and time. */
export function textByWorker(
  worker: keyof typeof SCRIPTS,
  data: { readonly file: string; readonly longest: number },
  signal: AbortSignal,
  { patience, megabytes }: typeof BOUNDS = BOUNDS,
): Promise<Result<string>> {
  if (signal.aborted) return Promise.resolve(fail('retryable', 'Steward is ending.'));
  return new Promise(resolve => {
    const thread = new Worker(path.join(import.meta.dirname, ...SCRIPTS[worker]), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      stdout: true,
      stderr: true,
    });
    // The first word counts: a worker that has posted its text ends right after, and that end says nothing new.
    let ended = false;
    const end = (text: Result<string>): void => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      clearInterval(gauge);
      signal.removeEventListener('abort', stop);
      thread.terminate().finally(() => resolve(text));
    };
    const give = (why: string): void => end(fail('invalid', `The file cannot be read: ${why}.`));
    const stop = (): void => give('it is damaged');
    const timer = setTimeout(() => give('it takes too long'), patience);
    // A worker’s own limit does not count its buffers, and those are what a hostile file fills.
    const most = process.memoryUsage.rss() + megabytes * 1024 * 1024;
    const gauge = setInterval(() => {
      if (process.memoryUsage.rss() > most) give('it unpacks into too much');
    }, 50);
    signal.addEventListener('abort', stop, { once: true });
    thread.once('message', (message: unknown) => {
      const posted = Posted.safeParse(message);
      if (!posted.success) stop();
      else if (typeof posted.data === 'string') end(ok(posted.data));
      else if ('text' in posted.data) end(ok(posted.data.text));
      else give(posted.data.why);
    });
    thread.on('error', stop);
    thread.once('exit', stop);
  });
}
