import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Brought } from '../../core/brought.ts';
import { sha256 } from '../../core/digest.ts';
import { sentence } from '../../core/outcome.ts';
import { Claims, type Want } from '../../orchestrator/sync/claims.ts';
import { firstToDo } from '../../orchestrator/sync/effects.ts';
import { Presence } from '../../orchestrator/sync/presence.ts';
import { type MemoryRefs, RefsOverWay, type Weather } from '../helpers/ref-store.ts';
import { git, SyncNode } from '../helpers/sync.ts';
import { Desk } from './desk.ts';
import { withoutUpkeep } from './phone.ts';

/** Seconds that a claim counts without being renewed. */
export const LEASE = 100;
/** Looks in a row at a vault in which something is still on its way. */
const MOST_ROUNDS = 3;

/** The process died at this step. */
export class Killed extends Error {}

/** What carries a vault, and arbitrates between nodes, as the agents of a history use it. */
export type Engine = {
  readonly name: 'local' | 'cloud';
  readonly root: string;
  readonly wants: Map<string, Want>;
  /** Called before each step of a round: may throw `Killed`, or change the vault meanwhile. */
  between: (step: string) => void;
  setWeather(weather: Weather): void;
  /** Asks for what is wanted and syncs. False where it did not come through. */
  turn(): Promise<boolean>;
  /** The process starts anew: `killed`, with what was on disk at that moment; otherwise as it ends by itself. */
  restart(how?: 'killed'): void;
  release(stem: string): void;
  /** The epoch in which this node may think about a task now; 0 without epochs, undefined where it may not. */
  mayThink(stem: string): number | undefined;
  /** Whether a file lies where it lies because it was brought there, and not by the hand of somebody here. */
  isBrought(place: string, text: string): boolean;
  /** Whether this node is the one that does an action which any node may do. */
  isFirst(digest: string): Promise<boolean>;
  files(): ReadonlyMap<string, string>;
  close(): void;
};

/** The way to the remote as git has it: a program that is git, where the weather allows. */
function gitInWeather(folder: string): { readonly program: string; readonly set: (weather: Weather) => void } {
  const program = path.join(folder, 'git-in-weather');
  const [cut, lost] = [path.join(folder, 'cut'), path.join(folder, 'lost')];
  const script = `#!/bin/sh
case " $* " in
*" fetch "*|*" push "*|*" ls-remote "*) if [ -e "${cut}" ]; then echo "fatal: unable to access the remote" >&2; exit 128; fi;;
esac
case " $* " in
*" push "*) if [ -e "${lost}" ]; then git "$@" >/dev/null 2>&1; echo "fatal: the remote end hung up unexpectedly" >&2; exit 128; fi;;
esac
exec git "$@"
`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(program, script);
  chmodSync(program, 0o755);
  return {
    program,
    set: weather => {
      for (const [flag, is] of [[cut, weather === 'cut'] as const, [lost, weather === 'reply lost'] as const]) {
        if (is) writeFileSync(flag, '');
        else rmSync(flag, { force: true });
      }
    },
  };
}

export type Place = {
  readonly base: string;
  readonly programs: string;
  readonly name: 'local' | 'cloud';
  readonly remote: string;
  readonly refs: MemoryRefs;
  /** Seconds of a clock of this node that nobody sets. */
  readonly uptime: () => number;
  /** Milliseconds by which this node’s calendar clock is wrong. */
  readonly skew: number;
};

/** Steward’s own sync and claims. */
export class StewardEngine implements Engine {
  readonly name: 'local' | 'cloud';
  readonly wants = new Map<string, Want>();
  between: (step: string) => void = () => undefined;
  readonly #node: SyncNode;
  readonly #way: RefsOverWay;
  readonly #set: (weather: Weather) => void;
  readonly #released = new Set<string>();
  readonly #uptime: () => number;
  #killed: Killed | undefined;
  /** The file of the remote’s head, and what it held when this node last looked. */
  readonly #head: string;
  #known: string | undefined;
  #rounds = 0;
  #brought: Brought;
  #presence: Presence;
  #claims: Claims;

  constructor({ base, programs, name, remote, refs, uptime, skew }: Place) {
    this.name = name;
    this.#uptime = uptime;
    this.#head = path.join(remote, 'refs', 'heads', 'main');
    this.#way = new RefsOverWay(refs);
    const { program, set } = gitInWeather(path.join(programs, name));
    this.#set = set;
    this.#node = new SyncNode(base, name, remote, {
      role: name,
      program,
      at: step => this.#at(step),
      holder: stem => this.#claims.holder(stem),
    });
    this.#node.ahead = skew;
    this.#brought = new Brought(this.#node.state);
    [this.#presence, this.#claims] = this.#boot();
  }

  get root(): string {
    return this.#node.root;
  }

  /** Once the process is dead it does nothing more. */
  #at(step: string): void {
    if (this.#killed !== undefined) throw this.#killed;
    try {
      this.between(step);
    } catch (error) {
      if (error instanceof Killed) this.#killed = error;
      throw error;
    }
  }

  #boot(): [Presence, Claims] {
    const instance = this.name === 'local' ? '00000000000000a1' : '00000000000000c1';
    const presence = new Presence({ node: this.name, role: this.name, instance, lease: LEASE });
    const setup = { node: this.name, role: this.name, refs: this.#way, presence, uptime: this.#uptime };
    return [presence, new Claims(setup)];
  }

  setWeather(weather: Weather): void {
    this.#way.weather = weather;
    this.#set(weather);
  }

  async turn(): Promise<boolean> {
    const claimed = await this.#claims.turn(this.wants, this.#released);
    try {
      await this.#round();
    } catch (error) {
      const killed = this.#killed;
      this.#killed = undefined;
      if (killed !== undefined) throw killed;
      if (/unable to access|hung up|same time/.test(String(error))) return false;
      throw error;
    }
    if (claimed.ok) this.#claims.confirm();
    return claimed.ok;
  }

  /** Looks at everything here, and at the remote where a wake-up would have come. */
  async #round(): Promise<void> {
    const { sync } = this.#node;
    await sync.scan();
    const head = existsSync(this.#head) ? readFileSync(this.#head, 'utf8') : '';
    if (head !== this.#known || this.#way.weather !== 'clear') sync.remoteChanged();
    for (let again = true; again; ) {
      // What went counts as gone once a second has passed.
      this.#node.ahead += 2000;
      const done = await sync.round();
      if (!done.ok) throw new Error(sentence(done.failure));
      again = done.value.settlesIn !== undefined && this.#rounds < MOST_ROUNDS;
      this.#rounds = again ? this.#rounds + 1 : 0;
    }
    this.#known = head;
  }

  restart(how?: 'killed'): void {
    this.#known = undefined;
    if (how === 'killed') this.#node.crash();
    else this.#node.restart();
    this.#brought = new Brought(this.#node.state);
    [this.#presence, this.#claims] = this.#boot();
  }

  release(stem: string): void {
    this.wants.delete(stem);
    this.#released.add(stem);
  }

  mayThink(stem: string): number | undefined {
    const standing = this.#claims.standing.get(stem);
    return standing?.kind === 'mine' && this.#uptime() < this.#presence.until ? standing.epoch : undefined;
  }

  isBrought(place: string, text: string): boolean {
    return this.#brought.isHere(place, sha256(text));
  }

  async isFirst(digest: string): Promise<boolean> {
    const instance = this.name === 'local' ? '00000000000000a1' : '00000000000000c1';
    const first = await firstToDo(digest, this.#way, { node: this.name, instance });
    return first.ok && first.value === 'mine';
  }

  files(): ReadonlyMap<string, string> {
    return this.#node.files;
  }

  close(): void {
    this.#node.sync.close();
  }
}

/** What people do: commit all, pull, resolve by taking a side, push. Claims are moves of files, and nothing arbitrates. */
export class NaiveEngine implements Engine {
  readonly name: 'local' | 'cloud';
  readonly root: string;
  readonly wants = new Map<string, Want>();
  between: (step: string) => void = () => undefined;
  #weather: Weather = 'clear';
  #hasRemote = false;

  constructor({ base, name, remote }: Place) {
    this.name = name;
    this.root = path.join(base, name, 'vault');
    mkdirSync(path.dirname(this.root), { recursive: true });
    git(base, 'clone', '--quiet', remote, this.root);
    git(this.root, 'symbolic-ref', 'HEAD', 'refs/heads/main');
    withoutUpkeep(this.root);
  }

  setWeather(weather: Weather): void {
    this.#weather = weather;
  }

  #try(...args: string[]): boolean {
    try {
      git(this.root, ...args);
      return true;
    } catch {
      return false;
    }
  }

  turn(): Promise<boolean> {
    return Promise.resolve(this.#turn());
  }

  #turn(): boolean {
    rmSync(path.join(this.root, '.git', 'index.lock'), { force: true });
    this.between('write');
    this.#try('add', '--all');
    this.#try('commit', '--quiet', '--message', `vault of ${this.name}`);
    this.between('known');
    if (this.#weather === 'cut') return false;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      this.#try('fetch', '--quiet', 'origin');
      this.#hasRemote ||= this.#try('rev-parse', '--verify', '--quiet', 'origin/main');
      if (
        this.#hasRemote &&
        !this.#try('merge', '--quiet', '--no-edit', '--allow-unrelated-histories', 'origin/main')
      ) {
        this.#try('checkout', '--ours', '--', '.');
        this.#try('add', '--all');
        this.#try('commit', '--quiet', '--no-edit', '--message', 'resolved');
      }
      this.between('push');
      if (this.#try('push', '--quiet', 'origin', 'HEAD:main')) return this.#weather === 'clear';
    }
    return false;
  }

  restart(): void {}

  release(stem: string): void {
    this.wants.delete(stem);
  }

  mayThink(): number {
    return 0;
  }

  isBrought(): boolean {
    return false;
  }

  isFirst(): Promise<boolean> {
    return Promise.resolve(true);
  }

  files(): ReadonlyMap<string, string> {
    return new Desk(this.root).all();
  }

  close(): void {}
}
