import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFile, lstatOf } from '../core/durable.ts';
import { ensureNodeKey, nodeKeyFile } from '../core/node-key.ts';
import { type Result, sentence } from '../core/outcome.ts';
import { createIdentity, openStateFolder, type StateFolder } from '../core/state-folder.ts';
import { placeOf } from '../orchestrator/sync/remote-place.ts';
import { pinHost } from '../scripts/pair/host-keys.ts';
import { allowAtRemote, prepareRemote } from '../scripts/pair/remote.ts';
import { portOf } from '../test/helpers/port.ts';
import { fileKey } from '../test/helpers/ssh.ts';
import { Sshd } from '../test/helpers/sshd.ts';
import { pass } from './measured.ts';

const SYNCER = path.resolve(import.meta.dirname, '..', 'orchestrator', 'syncer.ts');
const VAULT = '0123456789abcdef';
const FOLDER = 'Needs_Action';
/** Milliseconds after which something that has not come will not come. */
const LONGEST = 120_000;

const given = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(sentence(result.failure));
  return result.value;
};

/** Hands every byte on to a port of this computer, and counts them in both directions. */
class Meter {
  bytes = 0;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  private constructor(to: number) {
    this.#server = createServer(near => {
      const far = connect(to, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#open.add(one);
        one.setNoDelay(true);
        one.on('data', chunk => {
          this.bytes += chunk.length;
          other.write(chunk);
        });
        one.on('error', () => undefined);
        one.on('close', () => {
          this.#open.delete(one);
          other.destroy();
        });
      }
    });
  }

  static async start(to: number): Promise<Meter> {
    const meter = new Meter(to);
    await new Promise<void>(resolve => meter.#server.listen(0, '127.0.0.1', resolve));
    return meter;
  }

  get port(): number {
    return portOf(this.#server);
  }

  stop(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }
}

/** One node: a vault of its own, with the process that syncs it. */
class SyncedNode {
  readonly name: string;
  readonly root: string;
  readonly state: StateFolder;
  readonly keyLine: string;
  readonly #base: string;
  #child: ChildProcess | undefined;
  #said = '';

  constructor(base: string, name: string) {
    this.name = name;
    this.#base = path.join(base, name);
    this.root = path.join(this.#base, 'vault');
    mkdirSync(path.join(this.root, FOLDER), { recursive: true });
    createIdentity(this.root, VAULT);
    this.state = given(openStateFolder(this.#base, this.root, VAULT));
    const { type, blob } = given(ensureNodeKey(nodeKeyFile(this.state, undefined), name, this.state));
    this.keyLine = `${type} ${blob} ${name}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** What its process told, for an error. */
  get said(): string {
    return `${this.name}: ${this.#said}`;
  }

  async start(remote: string, peer: SyncedNode): Promise<void> {
    const peers = { [peer.name]: { key: peer.keyLine, role: peer.name } };
    writeFileSync(this.state.config, JSON.stringify({ node: this.name, peers, sync: { remote } }));
    const env = { PATH: process.env.PATH, HOME: this.#base, STEWARD_HOME: this.#base, STEWARD_VAULT: this.root };
    const child = spawn(process.execPath, [SYNCER], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#said += String(chunk);
      });
    await new Promise<void>((resolve, reject) => {
      child.on('message', () => resolve());
      child.on('close', () => reject(new Error(this.said)));
    });
  }

  at(name: string): string {
    return path.join(this.root, FOLDER, name);
  }

  /** Puts a note there by the file protocol, as Steward’s own processes do: nobody has to wait for it to be quiet. */
  put(name: string, text: string): void {
    createFile(this.state.tmp, this.at(name), text);
  }

  /** Puts so many notes there at once, each whole. */
  async putAll(names: readonly string[], textOf: (name: string) => string): Promise<void> {
    const passing = path.join(this.#base, 'passing');
    mkdirSync(passing, { recursive: true });
    for (const name of names) writeFileSync(path.join(passing, name), textOf(name));
    // Times have ticks: a move is told from a write by them.
    await pass(100);
    for (const name of names) renameSync(path.join(passing, name), this.at(name));
  }

  /** Waits until a note stands here. */
  async has(name: string): Promise<void> {
    const asked = Promise.withResolvers<void>();
    const look = (): void => {
      if (lstatOf(this.at(name)) !== undefined) asked.resolve();
    };
    const watcher = watch(path.dirname(this.at(name)), look);
    const timer = setTimeout(() => asked.reject(new Error(`“${name}” never came. ${this.said}`)), LONGEST);
    try {
      look();
      await asked.promise;
    } finally {
      watcher.close();
      clearTimeout(timer);
    }
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
  }
}

/**
 * Two nodes that were paired over SSH, each with its own process that syncs, and a repository behind a real sshd on
 * loopback. Every byte to and from sshd is counted.
 */
export class SyncedNodes {
  readonly base = mkdtempSync(path.join(tmpdir(), 'steward-bench-'));
  readonly repository = path.join(this.base, 'vault.git');
  readonly local = new SyncedNode(this.base, 'local');
  readonly cloud = new SyncedNode(this.base, 'cloud');
  /** Arguments of ssh(1) by which the person logs in. */
  person: readonly string[] = [];
  #sshd: Sshd | undefined;
  #meter: Meter | undefined;

  static async start(): Promise<SyncedNodes> {
    const nodes = new SyncedNodes();
    try {
      await nodes.#start();
      return nodes;
    } catch (error) {
      nodes[Symbol.dispose]();
      throw error;
    }
  }

  get bytes(): number {
    return this.#meter?.bytes ?? 0;
  }

  get login(): string {
    return this.#sshd?.login ?? '';
  }

  get port(): number {
    return this.#meter?.port ?? 0;
  }

  async #start(): Promise<void> {
    const sshd = await Sshd.start(path.join(this.base, 'sshd'));
    this.#sshd = sshd;
    this.#meter = await Meter.start(sshd.port);
    const login = fileKey(this.base, 'login');
    writeFileSync(sshd.authorized, login.line);
    const remote = `ssh://${sshd.login}:${this.port}${this.repository}`;
    const place = placeOf(remote);
    if (place.kind !== 'ssh') throw new Error(`${remote} is not behind SSH`);
    const [type = '', blob = ''] = sshd.hostKey.split(' ');
    for (const { state } of [this.local, this.cloud]) pinHost(state, place, [{ type, blob }]);
    const known = path.join(this.local.state.root, 'sync', 'known_hosts');
    this.person = ['-i', login.file, '-o', 'IdentitiesOnly=yes', '-o', `UserKnownHostsFile=${known}`];
    given(await prepareRemote(place, this.person));
    for (const { name, keyLine } of [this.local, this.cloud]) {
      const [keyType = '', keyBlob = ''] = keyLine.split(' ');
      given(await allowAtRemote(place, this.person, name, { type: keyType, blob: keyBlob, comment: '' }));
    }
    await this.local.start(remote, this.cloud);
    await this.cloud.start(remote, this.local);
  }

  [Symbol.dispose](): void {
    this.local.stop();
    this.cloud.stop();
    this.#sshd?.stop();
    this.#meter?.stop();
    rmSync(this.base, { recursive: true, force: true, maxRetries: 5 });
  }
}
