import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { messageOf } from '../../core/outcome.ts';
import { mailText } from './mail.ts';

/** Runs in a worker: posts the text of one mail or mailbox, or why there is none. */
const { file, longest } = z.object({ file: z.string(), longest: z.int() }).parse(workerData);

try {
  parentPort?.postMessage({ text: mailText(readFileSync(file), longest) });
} catch (error) {
  parentPort?.postMessage({ why: messageOf(error) });
}
