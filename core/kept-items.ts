import type { Stats } from 'node:fs';
import { lstat, opendir, readdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import { codeOf } from './outcome.ts';
import type { StateFolder } from './state-folder.ts';

const DAY = 24 * 3_600_000;
/**
 * Milliseconds for which the bytes of an item are kept: after its task was closed, where it never came on record, and where
 * nothing is known of its task here, since another node had it.
 */
const KEPT = { closed: 30 * DAY, unrecorded: 30 * DAY, elsewhere: 365 * DAY };
/** Milliseconds until the first look, since starting has better things to do, and between two. */
const TIMES = { first: 10 * 60_000, every: DAY };

type Kept = {
  /** Where the bytes stand, as `<task>.<extension>`. */
  readonly folder: string;
  readonly extension: string;
  readonly state: Pick<StateFolder, 'tasks' | 'closedTasks'>;
  /** Whether a task is on record, and its note still has to be made of the bytes; undefined where it is not on record. */
  readonly standing: (task: string) => 'unwritten' | 'written' | undefined;
  readonly now: () => Date;
};

/** Lets go of the bytes of items that nobody needs any more: once a day, beside everything else. */
export class KeptItems {
  readonly #kept: Kept;
  readonly #ending = new AbortController();
  readonly #every: number;
  #due: number;
  #work: Promise<unknown> = Promise.resolve();

  constructor(kept: Kept, { first, every } = TIMES) {
    this.#kept = kept;
    this.#every = every;
    this.#due = performance.now() + first;
  }

  /** Looks where it is time to. What cannot be removed now is the next time: it harms nobody meanwhile. */
  look(): void {
    if (performance.now() < this.#due) return;
    this.#due = performance.now() + this.#every;
    this.#work = letGo(this.#kept, this.#ending.signal).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#work;
  }
}

async function letGo({ folder, extension, state, standing, now }: Kept, signal: AbortSignal): Promise<void> {
  // A task that came back has another round, such as `…-r2`.
  const open = new Set((await readdir(state.tasks)).map(name => name.replace(/(?:-r\d+)?\.journal$/, '')));
  const named = new RegExp(`^([a-z0-9]+-[0-9a-f]{12})\\.${extension}$`);
  for await (const { name } of await opendir(folder)) {
    if (signal.aborted) break;
    const task = named.exec(name)?.[1];
    if (task === undefined || open.has(task) || standing(task) === 'unwritten') continue;
    const file = path.join(folder, name);
    const arrived = await statsOf(file);
    // Nothing can be over for longer than it has been here.
    if (arrived === undefined || isWithin(arrived, Math.min(KEPT.closed, KEPT.unrecorded), now())) continue;
    const closed = await statsOf(path.join(state.closedTasks, `${task}.journal`));
    const keeps = standing(task) === undefined ? KEPT.unrecorded : closed === undefined ? KEPT.elsewhere : KEPT.closed;
    if (isWithin(closed ?? arrived, keeps, now())) continue;
    await unlink(file);
  }
}

const isWithin = ({ mtimeMs }: Stats, time: number, now: Date): boolean => now.getTime() - mtimeMs < time;

async function statsOf(file: string): Promise<Stats | undefined> {
  try {
    return await lstat(file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
