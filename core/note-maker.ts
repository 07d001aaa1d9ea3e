import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { Json, Sha256 } from './digest.ts';
import type { Arrived, NoteContext, RawItem } from './networked-watcher.ts';
import { fail, ok, type Result } from './outcome.ts';
import { clauseOf, systemFailure } from './system-error.ts';

/** What one item may take: milliseconds, and megabytes of the worker’s heap. */
export const BOUNDS = { patience: 60_000, heap: 768 };
/** Milliseconds that a worker may take to begin: that is no item’s fault. */
const BEGINNING = 60_000;
/** Milliseconds without work after which the worker ends, to give its memory back. */
const IDLE = 10 * 60_000;

const Made = z.strictObject({
  title: z.string(),
  note: z.string(),
  sender: z.string().optional(),
  thread: z.string().optional(),
  attachments: z.array(
    z.strictObject({ name: z.string(), sha256: Sha256, bytes: z.instanceof(Uint8Array), type: z.string() }),
  ),
  facts: z.record(z.string(), Json),
});
const Posted = z.union([
  z.strictObject({ ready: z.literal(true) }),
  z.strictObject({ number: z.int(), arrived: Made }),
  z.strictObject({ number: z.int(), why: z.string() }),
]);

type Waiting = {
  readonly number: number;
  readonly item: RawItem;
  readonly task: string;
  readonly done: (made: Result<Arrived>) => void;
};

/**
 * Has a worker make notes, so that an item which is broken or hostile can neither hang nor fell the watcher: it alone
 * cannot be read, and those behind it are made by the next worker.
 */
export class NoteMaker {
  readonly #where: { readonly folder: string; readonly name: string };
  readonly #bounds: typeof BOUNDS;
  #worker: Worker | undefined;
  #waiting: Waiting[] = [];
  #known: NoteContext['known'] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #number = 0;
  #isReady = false;

  /** `folder` and `name`: where the watcher is discovered. */
  constructor(folder: string, name: string, bounds = BOUNDS) {
    this.#where = { folder, name };
    this.#bounds = bounds;
  }

  /** The note of an item. They are made in the order in which they are asked for. */
  make(item: RawItem, { task, known }: NoteContext): Promise<Result<Arrived>> {
    return new Promise(done => {
      const isFirst = this.#waiting.length === 0;
      this.#number += 1;
      const one: Waiting = { number: this.#number, item, task, done };
      this.#waiting.push(one);
      const fresh = known === this.#known ? {} : { known };
      this.#known = known;
      if (this.#worker === undefined) this.#begin();
      else this.#worker.postMessage({ number: one.number, item, task, ...fresh });
      if (isFirst) this.#watch();
    });
  }

  /** Something is on its way: whoever makes its note may begin meanwhile. */
  expect(): void {
    if (this.#worker !== undefined) return;
    this.#begin();
    this.#watch();
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#leave();
    await worker?.terminate();
  }

  #begin(): void {
    const worker = new Worker(path.join(import.meta.dirname, 'note-worker.ts'), {
      workerData: this.#where,
      resourceLimits: { maxOldGenerationSizeMb: this.#bounds.heap },
      stdout: true,
      stderr: true,
    });
    this.#worker = worker;
    this.#isReady = false;
    const mine = (then: () => void) => () => {
      if (this.#worker === worker) then();
    };
    worker.on('message', message => mine(() => this.#heard(message))());
    worker.on('error', error => {
      mine(() => (this.#isReady ? this.#blame('it is damaged, or unpacks into too much') : this.#giveUp(error)))();
    });
    worker.on(
      'exit',
      mine(() => (this.#isReady ? this.#blame('it is damaged') : this.#giveUp(new Error('its worker ended')))),
    );
    this.#waiting.forEach(({ number, item, task }, index) => {
      worker.postMessage({ number, item, task, ...(index === 0 ? { known: this.#known } : {}) });
    });
  }

  #heard(message: unknown): void {
    const posted = Posted.safeParse(message);
    if (posted.success && 'ready' in posted.data) {
      this.#isReady = true;
      this.#watch();
      return;
    }
    const [first] = this.#waiting;
    if (!posted.success || first === undefined || !('number' in posted.data) || posted.data.number !== first.number) {
      this.#blame('it is damaged');
      return;
    }
    this.#waiting.shift();
    this.#watch();
    if ('why' in posted.data) first.done(fail('invalid', asSentence(posted.data.why)));
    else first.done(ok(arrivedOf(posted.data.arrived)));
  }

  /** The first in the row felled the worker; the others go on with the next one. */
  #blame(why: string): void {
    const worker = this.#worker;
    this.#leave();
    void worker?.terminate();
    const first = this.#waiting.shift();
    if (this.#waiting.length > 0) this.#begin();
    this.#watch();
    first?.done(fail('invalid', asSentence(why)));
  }

  /** It did not even begin: no item is to blame. */
  #giveUp(error: unknown): void {
    void this.#worker?.terminate();
    this.#leave();
    const waiting = this.#waiting;
    this.#waiting = [];
    const failed = systemFailure(`No note can be made: ${clauseOf(error)}`, error, 'Steward tries again.');
    for (const { done } of waiting) done(failed);
  }

  #leave(): void {
    clearTimeout(this.#timer);
    this.#worker = undefined;
  }

  #watch(): void {
    clearTimeout(this.#timer);
    const isAtWork = this.#waiting.length > 0;
    const isReady = this.#isReady;
    // An idle worker holds up no end.
    if (isAtWork) this.#worker?.ref();
    else this.#worker?.unref();
    this.#timer = setTimeout(
      () => {
        if (!isAtWork) void this.close();
        else if (isReady) this.#blame('it takes too long');
        else this.#giveUp(new Error('its worker does not begin'));
      },
      isAtWork ? (isReady ? this.#bounds.patience : BEGINNING) : IDLE,
    );
    this.#timer.unref();
  }
}

const arrivedOf = ({ sender, thread, ...made }: z.infer<typeof Made>): Arrived => ({ ...made, sender, thread });

const asSentence = (why: string): string => {
  const told = why.split('\n')[0]?.trim().slice(0, 300) ?? '';
  const begun = `${told.charAt(0).toUpperCase()}${told.slice(1)}`;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
};
