import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ConfigFile, parseConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { openStateFolder, type StateFolder } from '../../core/state-folder.ts';
import { Vault } from '../../core/vault.ts';
import type { RunningWatcher } from '../../core/watcher.ts';
import mail from '../../watchers/mail/index.ts';
import type { MailServers } from './mail-servers.ts';
import { MAIL_PEOPLE } from './mail-servers.ts';
import { inMemory, TempFolder } from './temp.ts';

/** Then it is too much for a memory of 64 MB, as containers have it. */
const LONG = process.env.STEWARD_TEST_LONG === '1';

type Secrets = Readonly<Record<string, string>>;

/** What an account of the test servers is told in `watchers.mail`, as YAML in one line. */
export const mailAccount = ({ imap }: Pick<MailServers, 'imap'>, more = '', person = 'alice'): string =>
  `${person}: { address: ${person}@example.test, host: 127.0.0.1, port: ${imap}, security: none${more === '' ? '' : `, ${more}`} }`;

/** The mail watcher over a vault and a state folder of its own, started and ended as often as a test likes. */
export class WatchedMail {
  readonly #base: TempFolder;
  readonly vault: Vault;
  readonly state: StateFolder;
  readonly lines: string[] = [];
  secrets: Secrets = { STEWARD_MAIL_ALICE_PASSWORD: MAIL_PEOPLE.alice, STEWARD_MAIL_BOB_PASSWORD: MAIL_PEOPLE.bob };
  #accounts: readonly string[];
  #running: RunningWatcher | undefined;

  /** In memory where there is such a folder: none of the tests is about the disk. `parent`: elsewhere. */
  constructor(accounts: string | readonly string[], parent = LONG ? tmpdir() : inMemory()) {
    this.#base = new TempFolder(parent);
    this.#accounts = typeof accounts === 'string' ? [accounts] : accounts;
    this.vault = new Vault(this.#base.path, 'watcher');
    const opened = openStateFolder(
      path.join(this.#base.path, '.home'),
      path.join(this.#base.path, 'none'),
      'a'.repeat(16),
    );
    if (!opened.ok) throw new Error(opened.failure.message);
    this.state = opened.value;
  }

  get config(): ConfigFile {
    const parsed = parseConfig(`watchers: { mail: { accounts: { ${this.#accounts.join(', ')} } } }\n`, 'config.yaml');
    if (!parsed.ok) throw new Error(parsed.failure.message);
    return parsed.value;
  }

  /** Other settings from the next start on. */
  configure(...accounts: readonly string[]): void {
    this.#accounts = accounts;
  }

  async start(vault = this.vault): Promise<RunningWatcher> {
    const log = createLog(line => this.lines.push(line), this.secrets);
    const { state, config, secrets } = this;
    const running = await mail.start({
      vault,
      state,
      config,
      secrets,
      log,
      now: () => new Date(),
      look: () => undefined,
    });
    if (running === undefined) throw new Error(`it does not start: ${this.lines.join('\n')}`);
    this.#running = running;
    return running;
  }

  async stop(): Promise<void> {
    await this.#running?.close();
    this.#running = undefined;
  }

  /** Starts, and returns once every channel has had its first round. */
  async begin(ms = 90_000): Promise<void> {
    const running = await this.start();
    await poll(
      async () => (await running.sweep()).settlesIn === undefined,
      () => 'the first round does not end',
      ms,
    );
  }

  /** Starts, works until the first round of every channel is over, and ends: what `--once` does. */
  async once(ms?: number): Promise<void> {
    await this.begin(ms);
    await this.stop();
  }

  /** The notes of tasks, by name. */
  get tasks(): readonly string[] {
    return this.vault
      .list('Needs_Action')
      .map(({ name }) => name)
      .sort();
  }

  read(name: string): string {
    return readFileSync(path.join(this.vault.root, 'Needs_Action', name), 'utf8');
  }

  /** Waits until there are so many tasks; fails where there are more. */
  async until(count: number): Promise<void> {
    await poll(
      () => this.tasks.length >= count,
      () => `${this.tasks.length} of ${count} tasks: ${this.lines.join(' | ')}`,
    );
    if (this.tasks.length > count) throw new Error(`${this.tasks.length} tasks, not ${count}: ${this.tasks.join(' ')}`);
  }

  async told(pattern: RegExp): Promise<string> {
    await poll(
      () => this.lines.some(line => pattern.test(line)),
      () => `nobody said ${pattern}: ${this.lines.join(' | ')}`,
    );
    return this.lines.find(line => pattern.test(line)) ?? '';
  }

  /** Files in a folder of the vault or, with `this.state.root`, of the state. */
  files(folder: string): string[] {
    try {
      return readdirSync(path.resolve(this.vault.root, folder)).sort();
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#base[Symbol.dispose]();
  }
}

/** Polls with a deadline. */
export async function poll(
  condition: () => boolean | Promise<boolean>,
  what: () => string,
  ms = 45_000,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Not within ${ms} ms: ${what()}`);
    await new Promise(resolve => setTimeout(resolve, 15));
  }
}
