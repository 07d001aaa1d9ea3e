import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ensureFolder, lstatOf, overwriteFile } from './durable.ts';
import { localTime } from './names.ts';
import { notice, watcherNotices } from './notices.ts';
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

/** What is known of each channel across restarts: the canary that is on its way, and when one came back last. */
const Kept = z.strictObject({
  format: z.literal(1),
  channels: z.record(
    z.string(),
    z.strictObject({
      proved: z.iso.datetime().exactOptional(),
      canary: z.strictObject({ mark: z.string(), placed: z.iso.datetime() }).exactOptional(),
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
  #kept: Kept;
  readonly #begun: number;
  readonly #failing = new Map<string, number>();
  readonly #heard = new Map<string, number>();
  /** When the canary that is on its way was put down by this process. */
  readonly #placed = new Map<string, number>();
  readonly #tried = new Map<string, number>();

  /** `every`: milliseconds between two canaries of a channel; `clock`: monotonic milliseconds. */
  constructor(state: Where, watcher: string, now: () => Date, every: number, clock = () => performance.now()) {
    this.#state = state;
    this.#watcher = watcher;
    this.#now = now;
    this.#clock = clock;
    this.#every = every;
    this.#begun = clock();
    this.#kept = readChannels(state, watcher);
    // What was told before says nothing of how it stands now.
    for (const channel of Object.keys(this.#kept)) this.#tell(channel, undefined);
  }

  begins(channel: string): void {
    this.#heard.set(channel, this.#clock());
    if (this.#kept[channel] === undefined) this.#keep(channel, {});
  }

  works(channel: string): void {
    this.#heard.set(channel, this.#clock());
    this.#failing.delete(channel);
    if (!this.#isLate(channel)) this.#tell(channel, undefined);
  }

  failed(channel: string, failure: Failure): void {
    const since = this.#failing.get(channel) ?? this.#clock();
    this.#failing.set(channel, since);
    this.#heard.set(channel, this.#clock());
    if (failure.fault !== 'authentication' && this.#clock() - since < PATIENCE) return;
    this.#tell(channel, `${channel}: ${sentence(failure)} Nothing that comes there meanwhile is lost.`);
  }

  /** The mark to put where items arrive, where it is time to. */
  due(channel: string): string | undefined {
    if (this.#every <= 0 || this.#failing.has(channel) || this.#clock() - this.#begun < SETTLED) return undefined;
    const { proved, canary } = this.#kept[channel] ?? {};
    const last = Math.max(Date.parse(proved ?? '') || 0, Date.parse(canary?.placed ?? '') || 0);
    const tried = this.#tried.get(channel);
    if (this.#now().getTime() - last < this.#every) return undefined;
    if (tried !== undefined && this.#clock() - tried < this.#every) return undefined;
    this.#tried.set(channel, this.#clock());
    const mark = crypto.randomUUID().replaceAll('-', '');
    // On record before it is there: what nobody put down is no canary, whatever it calls itself.
    this.#keep(channel, {
      ...(proved === undefined ? {} : { proved }),
      canary: { mark, placed: this.#now().toISOString() },
    });
    this.#placed.set(channel, this.#clock());
    return mark;
  }

  /** It could not be put down: that shows nothing of the way in. */
  notPlaced(channel: string): void {
    const { proved } = this.#kept[channel] ?? {};
    this.#placed.delete(channel);
    this.#keep(channel, proved === undefined ? {} : { proved });
  }

  isCanary(channel: string, mark: string): boolean {
    return this.#kept[channel]?.canary?.mark === mark;
  }

  came(channel: string): void {
    this.#placed.delete(channel);
    this.#keep(channel, { proved: this.#now().toISOString() });
    if (!this.#failing.has(channel)) this.#tell(channel, undefined);
  }

  /** Tells of what shows only by nothing happening. */
  look(): void {
    for (const [channel, heard] of this.#heard) {
      if (this.#failing.has(channel)) continue;
      if (this.#isLate(channel)) {
        const text = `${channel}: a test message that Steward put there ${this.#since(channel)} did not come through, so that new ones may not either. Look with  steward doctor , then start Steward again; what arrived is still there.`;
        this.#tell(channel, text);
      } else if (this.#clock() - heard > SILENCE) {
        this.#tell(
          channel,
          `${channel}: there was no word from it for a long time. Start Steward again; what arrived is still there.`,
        );
      }
    }
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
    ensureFolder(path.join(this.#state.root, 'channels'));
    notice(watcherNotices(this.#state, this.#watcher), `channel ${channel}`, text);
  }
}
