import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { messageOf } from '../../core/outcome.ts';
import { decoded } from './decode.ts';
import { officeText } from './office.ts';
import { pageWords } from './words.ts';

/** Runs in a worker: posts the text of one office file or web page, or why there is none. */
const { file, longest } = z.object({ file: z.string(), longest: z.int() }).parse(workerData);

function text(): string {
  return /\.html?$/i.test(file) ? pageWords(decoded(readFileSync(file)), longest) : officeText(file, longest);
}

try {
  parentPort?.postMessage({ text: text() });
} catch (error) {
  parentPort?.postMessage({ why: messageOf(error) });
}
