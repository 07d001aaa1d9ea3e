import { sha256 } from '../../core/digest.ts';
import { actionName } from '../../core/envelope.ts';
import type { Result } from '../../core/outcome.ts';
import { bounded } from '../../core/reading.ts';
import type { Message, Spool, Spooled } from '../../core/spool.ts';
import { reasonOf } from '../../core/system-error.ts';
import type { Brake } from './brake.ts';
import type { Channels } from './channels.ts';
import type { ExecutorContext } from './context.ts';
import { pause } from './pauses.ts';

type Read = Extract<Message, { kind: 'read' }>;

/** Readings at one time, of all tasks together. */
const MOST = 4;
/** Milliseconds before a server that could not be read from is asked again; doubled each time. */
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 300_000;
/** Calls of which it is remembered that they were answered. */
const REMEMBERED = 10_000;

/**
 * Performs the calls of plain reading tools, beside everything else: they need no decision and no grant. That something
 * was read is on record before its text goes to the planner. While Steward is stopped nothing is begun.
 */
export class Reads {
  readonly #context: ExecutorContext;
  readonly #brake: Brake;
  readonly #channels: Channels;
  readonly #asked: Spool;
  readonly #answers: Spool;
  readonly #look: () => void;
  readonly #working = new Map<string, Promise<void>>();
  /** Messages that were answered since this process started: what the planner puts down again is no new call. */
  readonly #answered = new Set<string>();
  /** Servers that could not be read from: until when, in monotonic milliseconds, and how often in a row. */
  readonly #down = new Map<string, { readonly until: number; readonly times: number }>();

  constructor(
    context: ExecutorContext,
    brake: Brake,
    channels: Channels,
    asked: Spool,
    answers: Spool,
    look: () => void,
  ) {
    this.#context = context;
    this.#brake = brake;
    this.#channels = channels;
    this.#asked = asked;
    this.#answers = answers;
    this.#look = look;
  }

  /** True where a message is answered and can go; otherwise it is begun, or waits. */
  take({ name }: Spooled, message: Read): boolean {
    const { book } = this.#context.ledger;
    if (this.#answered.has(name) || book.isTaskClosed(message.task)) return true;
    if (this.#working.has(name) || this.#working.size >= MOST || this.#brake.isOn) return false;
    if ((this.#down.get(message.server)?.until ?? 0) > performance.now()) return false;
    if (!this.#channels.mayBegin(message.server)) return false;
    this.#channels.begin(message.server);
    const done = this.#work(name, message)
      .catch((error: unknown) => this.#failed(message, `${reasonOf(error)}. It is tried again.`))
      .finally(() => {
        this.#working.delete(name);
        this.#channels.end(message.server);
        this.#look();
      });
    this.#working.set(name, done);
    return false;
  }

  /** Milliseconds until a look around may find something to do; undefined where nothing is under way. */
  get settlesIn(): number | undefined {
    return this.#working.size > 0 ? 25 : undefined;
  }

  /** Waits for what is being read now. True where anything was. */
  async finish(): Promise<boolean> {
    const working = [...this.#working.values()];
    await Promise.all(working);
    return working.length > 0;
  }

  async #work(name: string, message: Read): Promise<void> {
    const { servers, ledger, log } = this.#context;
    const { call, task, server, tool } = message;
    // A server that is not warm takes its time to start: a stop that came meanwhile still counts.
    const known = await servers.definitions(server);
    if (this.#brake.isOn) return;
    const found: Result<string> = known.ok ? await servers.read(server, tool, message.arguments) : known;
    // The account is refused: trying again locks it, and what is asked waits with everything else at this server.
    if (!found.ok && found.failure.fault === 'authentication')
      return pause(server, found.failure.message, 'steward', this.#context);
    if (!found.ok && found.failure.kind === 'retryable') return this.#failed(message, found.failure.message);
    this.#down.delete(server);
    this.#channels.wentWell(server);
    log.clear(`read ${server}`);
    const text = bounded(found.ok ? found.value : found.failure.message);
    // Also a refusal may carry words of the far end.
    await ledger.record({ kind: 'READ', call, task, action: actionName(message), sha256: sha256(text) });
    this.#answers.put(`answer-${name.replace(/\.json$/, '')}`, { kind: 'read_result', call, task, ok: found.ok, text });
    this.#answered.add(name);
    for (const first of this.#answered) if (this.#answered.size > REMEMBERED) this.#answered.delete(first);
    this.#asked.remove(name);
  }

  #failed({ server, tool }: Read, why: string): void {
    const times = (this.#down.get(server)?.times ?? 0) + 1;
    const pause = Math.min(FIRST_PAUSE * 2 ** (times - 1), LONGEST_PAUSE);
    this.#channels.failed(server, why);
    this.#down.set(server, { until: performance.now() + pause, times });
    this.#context.log.trouble(`read ${server}`, `${server}.${tool} could not be read: ${why}`);
  }
}
