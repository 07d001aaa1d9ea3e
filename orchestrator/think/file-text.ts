import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { lstatOf, readEnd } from '../../core/durable.ts';
import type { Vault } from '../../core/vault.ts';

/** Characters of a file’s text that a brain is shown. */
const LONGEST = 40_000;
/** Bytes of a PDF that is still opened. */
const LARGEST_PDF = 30 * 1024 * 1024;
const PATIENCE = 15_000;

/**
 * The text of a dropped file as far as it can be read; empty where not. A PDF is opened in a worker of its own, with
 * bounds on memory and time, since it may be broken or hostile.
 */
export async function fileText(vault: Vault, file: string, signal: AbortSignal): Promise<string> {
  const resolved = path.isAbsolute(file) ? { ok: true as const, value: file } : vault.resolve(file);
  if (!resolved.ok) return '';
  try {
    if (/\.(txt|md|csv|tsv|log|json|eml|ics|vcf)$/i.test(file)) {
      return new TextDecoder().decode(readEnd(resolved.value, LONGEST).data);
    }
    if (/\.pdf$/i.test(file)) return await pdfText(resolved.value, signal);
  } catch {
    // What cannot be read is filed by its name; the brain sees that there is no text.
  }
  return '';
}

function pdfText(file: string, signal: AbortSignal): Promise<string> {
  if ((lstatOf(file)?.size ?? 0) > LARGEST_PDF) return Promise.resolve('');
  return new Promise(resolve => {
    const worker = new Worker(path.join(import.meta.dirname, 'pdf-worker.ts'), {
      workerData: { file, longest: LONGEST },
      resourceLimits: { maxOldGenerationSizeMb: 256 },
      stdout: true,
      stderr: true,
    });
    const end = (text: string): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      worker.terminate().finally(() => resolve(text));
    };
    const stop = (): void => end('');
    const timer = setTimeout(stop, PATIENCE);
    signal.addEventListener('abort', stop, { once: true });
    worker.once('message', (text: unknown) => end(typeof text === 'string' ? text : ''));
    worker.once('error', stop);
    worker.once('exit', stop);
  });
}
