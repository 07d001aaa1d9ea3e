import { fail, ok, type Result } from '../../core/outcome.ts';
import { reasonOf } from '../../core/system-error.ts';
import { type Git, lastLine, type Served } from './git.ts';
import { FLUSH, PktLines, pktLine } from './pkt-line.ts';
import type { RemotePlace } from './remote-place.ts';

/** A ref to be made (`from` nothing), swapped, or taken away (`to` nothing). */
export type Command = { readonly ref: string; readonly from: string | undefined; readonly to: string | undefined };

/** What became of a command: done, or why not, in git’s words. */
export type Became = 'done' | { readonly not: string };

/** Whether a command was too late: seen by us before, or by the remote under its lock. */
export const isTooLate = (why: string): boolean =>
  /stale info|fetch first|non-fast-forward|already exists|cannot lock ref|failed to update ref|incorrect old value|reference not found|remote ref updated/i.test(
    why,
  );

/** Milliseconds until the remote must have told its refs, and until its program must have ended after its report. */
const TO_ANSWER = 60_000;
const TO_END = 30_000;
/** No object. */
const NONE = '0'.repeat(40);

/**
 * One talk with `git receive-pack` at the remote (gitprotocol-pack(5), “Pushing data to a server”): it tells its refs,
 * then takes commands with a pack. `git push` does the same with three processes and a walk through what both have; what
 * is sent here is known already.
 */
export class ReceivePack {
  /** Every ref of the remote as it stood when the talk began. */
  readonly refs: ReadonlyMap<string, string>;
  readonly #served: Served;
  readonly #lists: Lists;
  readonly #canDelete: boolean;

  private constructor(served: Served, lists: Lists, refs: ReadonlyMap<string, string>, canDelete: boolean) {
    this.#served = served;
    this.#lists = lists;
    this.refs = refs;
    this.#canDelete = canDelete;
  }

  /** Begins a talk; undefined where the remote is none to talk with in this way. */
  static async open(git: Git, place: RemotePlace): Promise<Result<ReceivePack> | undefined> {
    if (place.kind === 'other') return undefined;
    let served: Served;
    try {
      served = git.serve('receive-pack', place);
    } catch (error) {
      return fail('retryable', `git could not be started: ${reasonOf(error)}.`);
    }
    const lists = new Lists(served);
    const told = await lists.next(TO_ANSWER);
    if (!told.ok) {
      served.child.kill('SIGKILL');
      return told;
    }
    const [first = '', ...others] = told.value;
    const [head = '', said = ''] = first.split('\0');
    const can = said.split(' ');
    const isOurs = can.includes('report-status') && !can.some(one => /^object-format=(?!sha1$)/.test(one));
    if (!isOurs) {
      served.child.kill('SIGKILL');
      return undefined;
    }
    const refs = new Map<string, string>();
    for (const line of [head, ...others]) {
      const [, oid = '', ref = ''] = /^([0-9a-f]{40}) (refs\/.+)$/.exec(line) ?? [];
      if (ref !== '') refs.set(ref, oid);
    }
    return ok(new ReceivePack(served, lists, refs, can.includes('delete-refs')));
  }

  get isOpen(): boolean {
    return this.#served.child.exitCode === null && this.#served.child.signalCode === null && !this.#lists.isOver;
  }

  /**
   * Has the refs swapped, each on its own, after every object of `pack` is there. A ref that stands otherwise than
   * `from` is left, and told as stale. A failure says nothing about what happened. `longest`: milliseconds.
   */
  async send(
    commands: readonly Command[],
    pack: Uint8Array,
    longest: number,
  ): Promise<Result<ReadonlyMap<string, Became>>> {
    const became = new Map<string, Became>();
    const asked: Command[] = [];
    for (const command of commands) {
      const { ref, from, to } = command;
      if (this.refs.get(ref) !== from) became.set(ref, { not: 'stale info' });
      else if (to === undefined && !this.#canDelete) became.set(ref, { not: 'the remote takes no refs away' });
      else if (from !== to) asked.push(command);
      else became.set(ref, 'done');
    }
    if (asked.length === 0) {
      this.close();
      return ok(became);
    }
    const lines = asked.map(({ ref, from = NONE, to = NONE }, index) =>
      pktLine(`${from} ${to} ${ref}${index === 0 ? '\0report-status agent=steward' : ''}\n`),
    );
    const isPacked = asked.some(({ to }) => to !== undefined);
    const { stdin } = this.#served.child;
    stdin.write(Buffer.concat([...lines, FLUSH, ...(isPacked ? [pack] : [])]));
    const told = await this.#lists.next(longest);
    if (!told.ok) {
      this.#served.child.kill('SIGKILL');
      return told;
    }
    stdin.end();
    this.#letEnd();
    const [unpacked = '', ...lists] = told.value;
    for (const line of lists) {
      const [, ref = '', not] = /^(?:ok|ng) (\S+)(?: (.*))?$/.exec(line) ?? [];
      if (line.startsWith('ok ')) became.set(ref, 'done');
      else if (line.startsWith('ng ')) became.set(ref, { not: not ?? 'no reason given' });
    }
    if (unpacked !== 'unpack ok') return fail('retryable', `The remote did not take it: ${unpacked.slice(0, 300)}.`);
    return ok(became);
  }

  /** Ends the talk with nothing asked. */
  close(): void {
    if (!this.isOpen) return;
    this.#served.child.stdin.end(FLUSH);
    this.#letEnd();
  }

  /** The program ends by itself: what its hooks do comes after its report, and nobody here has to wait for it. */
  #letEnd(): void {
    const timer = setTimeout(() => this.#served.child.kill('SIGKILL'), TO_END);
    timer.unref();
    this.#served.child.once('close', () => clearTimeout(timer));
  }
}

/** The lists of lines that a service sends, one after the other. */
class Lists {
  readonly #served: Served;
  readonly #come: (readonly string[])[] = [];
  isOver = false;
  #waiting: (() => void) | undefined;
  #why = '';

  constructor(served: Served) {
    this.#served = served;
    const lines = new PktLines();
    served.child.stdout.on('data', (chunk: Buffer) => {
      try {
        this.#come.push(...lines.take(chunk));
      } catch (error) {
        this.#why = reasonOf(error);
        served.child.kill('SIGKILL');
      }
      this.#waiting?.();
    });
    const end = (): void => {
      this.isOver = true;
      this.#waiting?.();
    };
    served.child.on('error', error => {
      this.#why = reasonOf(error);
      end();
    });
    served.child.on('close', end);
  }

  /** The next list, or why there is none within so many milliseconds. */
  async next(longest: number): Promise<Result<readonly string[]>> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#waiting?.();
    }, longest);
    while (this.#come.length === 0 && !this.isOver && !isLate)
      await new Promise<void>(resolve => {
        this.#waiting = resolve;
      });
    this.#waiting = undefined;
    clearTimeout(timer);
    const list = this.#come.shift();
    if (list !== undefined) return ok(list);
    const silence = `it did not answer for ${Math.round(longest / 1000)} seconds`;
    const why = isLate ? silence : this.#why || lastLine(this.#served.said());
    return fail('retryable', `The remote cannot be reached: ${why}.`);
  }
}
