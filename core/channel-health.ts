import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ensureFolder, lstatOf, overwriteFile } from './durable.ts';
import { localTime } from './names.ts';
import { forgetNotices, notice, watcherNotices } from './notices.ts';
import { type Failure, sentence } from './outcome.ts';
import type { StateFolder } from './state-folder.ts';

/** Milliseconds of the machine’s awake time. */
const MINUTE = 60_000;
/** How long something that passes by itself may go on before the person is told. */
const PATIENCE = 10 * MINUTE;
/** A channel looks at its source every ten minutes at the latest: longer without a word means that it hangs. */
const SILENCE = 45 * MINUTE;
/** How long a canary may be on its way. */
const CANARY = 15 * MINUTE;
/** How long a channel runs before the first canary: who only works once puts none down. */
const SETTLED = MINUTE;
/** How soon a canary is tried again that could not be put down, did not get through, or was left by a process that ended. */
const RETRY = 60 * MINUTE;
/** So many marks of earlier canaries are known again, should one turn up late or twice. */
const FORMER = 20;

const Mark = z.string().regex(/^[0-9a-f]{32}$/);

/** What is known of each channel across restarts: the canary that is on its way, and when one came back last. */
const Kept = z.strictObject({
  format: z.literal(1),
  channels: z.record(
    z.string(),
    z.strictObject({
      proved: z.iso.datetime().exactOptional(),
      canary: z.strictObject({ mark: Mark, placed: z.iso.datetime() }).exactOptional(),
      former: z.array(Mark).exactOptional(),
    }),
  ),
});
type Kept = z.infer<typeof Kept>['channels'];

type Where = Pick<StateFolder, 'root' | 'tmp'>;

const fileOf = ({ root }: Where, watcher: string): string => path.join(root, 'channels', `${watcher}.json`);

/** What is on record of a watcher’s channels; nothing where it cannot be read, so that each is proved anew. */
export function readChannels(state: Where, watcher: string): Kept {
  const file = fileOf(state, watcher);
  try {
    return lstatOf(file) === undefined ? {} : Kept.parse(JSON.parse(readFileSync(file, 'utf8'))).channels;
  } catch {
    return {};
  }
}

/**
 * How the channels of one watcher stand: whether each answers, whether it still says anything at all, and whether what is
 * put where its items arrive comes through to the end. What is wrong is a notice on the Dashboard until it is mended.
 */
export class ChannelHealth {
  readonly #state: Where;
  readonly #watcher: string;
  readonly #now: () => Date;
  readonly #clock: () => number;
  readonly #every: number;
  readonly #silence: number;
  #kept: Kept;
  readonly #begun: number;
  readonly #failing = new Map<string, number>();
  readonly #heard = new Map<string, number>();
  /** When the canary that is on its way was put down by this process. */
  readonly #placed = new Map<string, number>();
  /** Not before then is the next one put down, however the wall’s clock jumps. */
  readonly #next = new Map<string, number>();
  /** What stands on the Dashboard. */
  readonly #told = new Map<string, string | undefined>();
  /** What did not get through, in words. */
  readonly #lost = new Map<string, string>();

  /**
   * `every`: milliseconds between two canaries of a channel, 0 for none; `clock`: monotonic milliseconds; `quiet`:
   * milliseconds between two looks of a channel, where it looks more seldom than others.
   */
  constructor(
    state: Where,
    watcher: string,
    now: () => Date,
    every: number,
    clock = () => performance.now(),
    quiet = 0,
  ) {
    this.#state = state;
    this.#watcher = watcher;
    this.#now = now;
    this.#clock = clock;
    this.#every = every;
    this.#silence = SILENCE + quiet;
    this.#begun = clock();
    this.#kept = readChannels(state, watcher);
  }

  /** What was told before says nothing of how it stands now. */
  starts(): void {
    forgetNotices(watcherNotices(this.#state, this.#watcher));
  }

  begins(channel: string): void {
    this.#heard.set(channel, this.#clock());
  }

  works(channel: string): void {
    this.#heard.set(channel, this.#clock());
    this.#failing.delete(channel);
    if (!this.#isLate(channel)) this.#tell(channel, this.#lost.get(channel));
  }

  /** What only the person can mend is told at once, what may pass by itself once it has lasted. */
  failed(channel: string, failure: Failure): void {
    const since = this.#failing.get(channel) ?? this.#clock();
    this.#failing.set(channel, since);
    this.#heard.set(channel, this.#clock());
    if (failure.kind === 'retryable' && failure.fault !== 'authentication' && this.#clock() - since < PATIENCE) return;
    this.#tell(channel, `${channel}: ${sentence(failure)} Nothing that comes there meanwhile is lost.`);
  }

  /** The mark to put where items arrive, where it is time to. */
  due(channel: string): string | undefined {
    if (this.#every <= 0 || this.#failing.has(channel) || this.#clock() - this.#begun < SETTLED) return undefined;
    if (this.#clock() < (this.#next.get(channel) ?? 0)) return undefined;
    if (!this.#lost.has(channel) && !this.#isOld(channel)) return undefined;
    this.#next.set(channel, this.#clock() + Math.min(this.#every, RETRY));
    const mark = crypto.randomUUID().replaceAll('-', '');
    // On record before it is there: what nobody put down is no canary, whatever it calls itself.
    this.#keep(channel, { ...this.#ended(channel), canary: { mark, placed: this.#now().toISOString() } });
    this.#placed.set(channel, this.#clock());
    return mark;
  }

  /** It could not be put down: that shows nothing of the way in. */
  notPlaced(channel: string): void {
    this.#again(channel);
  }

  /** It did not get through, and it is known why: told until one does. */
  lost(channel: string, why: string): void {
    this.#again(channel);
    this.#lost.set(channel, `${channel}: ${why}`);
    if (!this.#failing.has(channel)) this.#tell(channel, this.#lost.get(channel));
  }

  /** Whether Steward put it down itself, now or before. */
  isCanary(channel: string, mark: string): boolean {
    const { canary, former = [] } = this.#kept[channel] ?? {};
    return canary?.mark === mark || former.includes(mark);
  }

  /** The one that is on its way and was put down by this process. */
  isAwaited(channel: string, mark: string): boolean {
    return this.#placed.has(channel) && this.#kept[channel]?.canary?.mark === mark;
  }

  /** A canary came through. One that was given up before proves nothing any more. */
  came(channel: string, mark: string): void {
    if (this.#kept[channel]?.canary?.mark !== mark) return;
    this.#placed.delete(channel);
    this.#lost.delete(channel);
    this.#keep(channel, { ...this.#ended(channel), proved: this.#now().toISOString() });
    if (!this.#failing.has(channel)) this.#tell(channel, undefined);
  }

  /** Tells of what shows only by nothing happening, and of what did not get through. */
  look(): ReadonlyMap<string, string> {
    const told = new Map<string, string>();
    for (const [channel, heard] of this.#heard) {
      if (this.#failing.has(channel)) continue;
      const lost = this.#lost.get(channel);
      if (lost !== undefined) told.set(channel, lost);
      else if (this.#isLate(channel))
        told.set(
          channel,
          `${channel}: a test that Steward put there ${this.#since(channel)} did not come through, so that what is new may not either. Look with  steward doctor , then start Steward again; what arrived is still there.`,
        );
      else if (this.#clock() - heard > this.#silence)
        told.set(
          channel,
          `${channel}: there was no word from it for a long time. Start Steward again; what arrived is still there.`,
        );
    }
    for (const [channel, text] of told) this.#tell(channel, text);
    return told;
  }

  /** Whether it is time for the next canary by what is on record. A clock that was set back leaves more than there can be. */
  #isOld(channel: string): boolean {
    const { proved, canary } = this.#kept[channel] ?? {};
    const age = this.#now().getTime() - Date.parse((canary?.placed ?? proved) || '');
    // What became of one that another process put down, nobody knows.
    const wait = canary === undefined || this.#placed.has(channel) ? this.#every : Math.min(this.#every, RETRY);
    return !(age >= 0 && age < wait);
  }

  #again(channel: string): void {
    this.#placed.delete(channel);
    this.#next.set(channel, this.#clock() + Math.min(this.#every, RETRY));
    this.#keep(channel, this.#ended(channel));
  }

  /** What stays on record of a channel once the canary that was on its way is none any more. */
  #ended(channel: string): Kept[string] {
    const { canary, ...rest } = this.#kept[channel] ?? {};
    return canary === undefined ? rest : { ...rest, former: [canary.mark, ...(rest.former ?? [])].slice(0, FORMER) };
  }

  #isLate(channel: string): boolean {
    const placed = this.#placed.get(channel);
    return placed !== undefined && this.#clock() - placed > CANARY;
  }

  #since(channel: string): string {
    const placed = this.#kept[channel]?.canary?.placed;
    return placed === undefined ? '' : `at ${localTime(new Date(placed)).slice(0, 16).replace('T', ' ')}`;
  }

  #keep(channel: string, one: Kept[string]): void {
    this.#kept = { ...this.#kept, [channel]: one };
    const file = fileOf(this.#state, this.#watcher);
    ensureFolder(path.dirname(file));
    overwriteFile(this.#state.tmp, file, `${JSON.stringify({ format: 1, channels: this.#kept })}\n`);
  }

  #tell(channel: string, text: string | undefined): void {
    if (this.#told.get(channel) === text) return;
    ensureFolder(path.join(this.#state.root, 'channels'));
    notice(watcherNotices(this.#state, this.#watcher), `channel ${channel}`, text);
    this.#told.set(channel, text);
  }
}
