import { type ChildProcessByStdio, spawn } from 'node:child_process';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Log } from '../../core/log.ts';
import { NodeName } from '../../core/sync-settings.ts';
import { clauseOf } from '../../core/system-error.ts';
import { watchFolders } from '../../core/watch.ts';
import { placeOf, sshArguments } from './remote-place.ts';

/** Milliseconds until a lost connection is tried again, at first and at most; and where the remote knows no waiting. */
const FIRST_TRY = 1000;
const LONGEST_TRY = 60_000;
const UNKNOWN_THERE = 60 * 60_000;
/** The longest line that is read or sent, in characters. */
const LONGEST_LINE = 500;
/** How much rarer a node polls at most where it is told, or where nothing has happened for long. */
const RARER = 10;

export type WakeSetup = {
  readonly remote: string;
  /** Arguments of ssh(1) by which the remote is reached. */
  readonly ssh: readonly string[];
  readonly log: Pick<Log, 'trouble' | 'clear'>;
  /** Something changed at the remote, or may have while nobody listened. */
  readonly changed: () => void;
  /** Another node said something. Who it was is known from its key. */
  readonly heard: (from: NodeName, text: string) => void;
  readonly program?: string;
};

type Waiting = ChildProcessByStdio<Writable, Readable, null>;

/**
 * Has the remote tell this node at once when another one changed something, and carries a few words from node to node
 * that files are too slow for. Over SSH a command waits at the remote (scripts/pair/gate.sh) on the connection that is
 * kept anyway; a remote on this computer is watched; any other is looked at now and then. Nothing depends on it: what it
 * does not tell, the next look finds.
 */
export class Wake {
  readonly #setup: WakeSetup;
  #child: Waiting | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unwatch: (() => Promise<void>) | undefined;
  #isOn = false;
  #isLive = false;
  #failures = 0;

  constructor(setup: WakeSetup) {
    this.#setup = setup;
  }

  /** Whether the remote would tell now. */
  get isLive(): boolean {
    return this.#isLive;
  }

  async start(): Promise<void> {
    this.#isOn = true;
    const place = placeOf(this.#setup.remote);
    if (place.kind === 'ssh') this.#listen();
    else if (place.kind === 'path') await this.#watch(place.path);
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    this.#isLive = false;
    clearTimeout(this.#timer);
    this.#child?.kill('SIGKILL');
    await this.#unwatch?.();
  }

  /** Says something to another node, or to all (`*`). False where it cannot be said now: it is not kept. */
  tell(to: NodeName | '*', text: string): boolean {
    const line = `${to} ${text.replaceAll(/[\0-\x1f\x7f]+/g, ' ')}`.slice(0, LONGEST_LINE);
    if (!this.#isLive || this.#child === undefined) return false;
    return this.#child.stdin.write(`${line}\n`);
  }

  async #watch(repository: string): Promise<void> {
    const { changed, log } = this.#setup;
    const failed = (error: unknown): void =>
      log.trouble('wake', `The remote cannot be watched, so that it is looked at now and then: ${clauseOf(error)}`);
    try {
      const heads = path.join(repository, 'refs', 'heads');
      // A folder that several computers share tells only of what this one did: it is looked at all the same.
      this.#unwatch = await watchFolders([heads], { deep: false, look: changed, failed });
    } catch (error) {
      failed(error);
    }
  }

  #listen(): void {
    const place = placeOf(this.#setup.remote);
    if (!this.#isOn || place.kind !== 'ssh') return;
    const args = [...this.#setup.ssh, ...sshArguments(place, 'steward-wait')];
    const child = spawn(this.#setup.program ?? 'ssh', args, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child = child;
    let rest = '';
    child.stdin.on('error', () => undefined);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
      for (const line of lines) this.#take(line);
    });
    let isOver = false;
    const over = (code: number | null): void => {
      if (isOver) return;
      isOver = true;
      if (this.#child === child) this.#ended(code);
    };
    child.on('error', () => over(null));
    child.on('close', over);
  }

  #take(line: string): void {
    const { changed, heard, log } = this.#setup;
    if (line === 'ready') {
      this.#isLive = true;
      this.#failures = 0;
      log.clear('wake');
      // Whatever was changed while nobody listened.
      changed();
    } else if (line === 'changed') changed();
    else {
      const [, from = '', text = ''] = /^from (\S+) (.*)$/.exec(line) ?? [];
      const node = NodeName.safeParse(from);
      if (node.success) heard(node.data, text.slice(0, LONGEST_LINE));
    }
  }

  #ended(code: number | null): void {
    const wasLive = this.#isLive;
    this.#isLive = false;
    this.#child = undefined;
    if (!this.#isOn) return;
    // 255 is ssh’s own; any other says that what answers there knows no such command, as with a public host.
    const isUnknown = !wasLive && code !== null && code !== 255;
    const wait = isUnknown ? UNKNOWN_THERE : Math.min(FIRST_TRY * 2 ** this.#failures, LONGEST_TRY);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#listen(), wait * (0.75 + Math.random() / 2));
  }
}

/**
 * Seconds until the remote is looked at again where nothing calls: `every`, and the more rarely the longer nothing came,
 * as well as where the remote tells. A lease is renewed in any case.
 */
export function pollAfter(every: number, isLive: boolean, quietFor: number): number {
  const longest = Math.max(every, Math.min(every * RARER, 900));
  return isLive ? longest : Math.min(longest, Math.max(every, quietFor / RARER));
}
