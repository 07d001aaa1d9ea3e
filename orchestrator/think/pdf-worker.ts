import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { extractText } from 'unpdf';
import { z } from 'zod';

/** Runs in a worker: posts the text of one PDF. Whatever goes wrong ends the worker, and that means “no text”. */
const { file, longest } = z.object({ file: z.string(), longest: z.int() }).parse(workerData);
const { text } = await extractText(new Uint8Array(readFileSync(file)), { mergePages: true });
parentPort?.postMessage(text.slice(0, longest));
