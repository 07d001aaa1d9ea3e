import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { loadOne } from './discover.ts';
import { isNetworkedWatcher } from './networked.ts';
import type { NoteContext, RawItem } from './networked-watcher.ts';
import { messageOf } from './outcome.ts';

/** Runs in a worker: makes notes of items, one after the other, with the pure half of one watcher. */
type Work = {
  readonly number: number;
  readonly item: RawItem;
  readonly task: string;
  /** Only where it is another than before: it may be long. */
  readonly known?: NoteContext['known'];
};

const { folder, name } = z.object({ folder: z.string(), name: z.string() }).parse(workerData);
const watcher = await loadOne(folder, name, value => (isNetworkedWatcher(value) ? value : undefined));
let known: NoteContext['known'] = { own: new Set(), people: new Map(), compared: [] };
let before: Promise<void> = Promise.resolve();

parentPort?.on('message', (work: Work) => {
  before = before.then(async () => {
    known = work.known ?? known;
    try {
      const arrived = await watcher.toNote(work.item, { task: work.task, known });
      parentPort?.postMessage({ number: work.number, arrived });
    } catch (error) {
      parentPort?.postMessage({ number: work.number, why: messageOf(error) });
    }
  });
});
parentPort?.postMessage({ ready: true });
