import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readChannels } from '../../core/channel-health.ts';
import { parseConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { channelNotices } from '../../core/notices.ts';
import { openStateFolder, type StateFolder, takeLock } from '../../core/state-folder.ts';
import { Vault } from '../../core/vault.ts';
import type { RunningWatcher } from '../../core/watcher.ts';
import { isSynced } from '../../orchestrator/sync/mine.ts';
import { checkChannels } from '../../scripts/doctor/channels.ts';
import { placeCanary } from '../../watchers/filesystem/canary.ts';
import { unheardBecause } from '../../watchers/filesystem/drop-folder.ts';
import filesystem from '../../watchers/filesystem/index.ts';
import { InProcess } from '../helpers/in-process.ts';
import { poll } from '../helpers/mail-watcher.ts';
import { inMemory, TempFolder } from '../helpers/temp.ts';

const MARK = 'c0ffee'.padEnd(32, '0');
const LONG_AGO = new Date(Date.now() - 600_000);

/** The watcher of drop folders over a vault and a drop folder of its own, with clocks that the test sets. */
class Dropping {
  readonly #base = new TempFolder(inMemory());
  readonly folder = path.join(this.#base.path, 'scans');
  readonly root = path.join(this.#base.path, 'vault');
  readonly state: StateFolder;
  readonly lines: string[] = [];
  minutes = 0;
  hours = 24;
  #running: RunningWatcher | undefined;

  constructor() {
    for (const folder of [this.folder, path.join(this.root, 'Inbox')]) mkdirSync(folder, { recursive: true });
    const opened = openStateFolder(path.join(this.#base.path, 'home'), this.root, 'a'.repeat(16));
    if (!opened.ok) throw new Error(opened.failure.message);
    this.state = opened.value;
  }

  async start(): Promise<RunningWatcher> {
    const text = `settle: { drop: 0 }\ndrop_folders: ["${this.folder}"]\ncanary_hours: ${this.hours}\n`;
    const config = parseConfig(text, 'config.yaml');
    assert.ok(config.ok);
    this.#running = await filesystem.start({
      ...{ vault: new Vault(this.root, 'watcher'), state: this.state, config: config.value, secrets: {} },
      log: createLog(line => this.lines.push(line), {}),
      now: () => new Date(Date.now() + this.minutes * 60_000),
      monotonic: () => this.minutes * 60_000,
      look: () => undefined,
    });
    return this.#running ?? assert.fail('it does not start');
  }

  async stop(): Promise<void> {
    await this.#running?.close();
    this.#running = undefined;
  }

  sweep = async (): Promise<void> => void (await this.#running?.sweep());

  /** What the person is told by now, after a look. */
  async told(): Promise<string> {
    await this.sweep();
    return channelNotices(this.state).join('\n');
  }

  /** Looks until what is told is as it should be. */
  async until(pattern: RegExp): Promise<void> {
    let told = '';
    await poll(
      async () => {
        told = await this.told();
        return pattern.test(told);
      },
      () => `not ${pattern}: ${told} ${this.lines.join(' | ')}`,
    );
  }

  /** Looks until the folder is proved again. */
  async proved(after = ''): Promise<void> {
    const at = (): string => readChannels(this.state, 'filesystem')[this.folder]?.proved ?? '';
    await poll(
      async () => {
        await this.sweep();
        return at() > after;
      },
      () => `no canary came back: ${JSON.stringify(readChannels(this.state, 'filesystem'))} ${this.lines.join(' | ')}`,
    );
  }

  canaries(folder = this.folder): string[] {
    return readdirSync(folder).filter(name => name.startsWith('.steward-canary-'));
  }

  get tasks(): number {
    return readdirSync(path.join(this.root, 'Needs_Action')).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    spawnSync('umount', ['-l', this.folder], { stdio: 'ignore' });
    this.#base[Symbol.dispose]();
  }
}

/** What is on record when a canary was put down, and its process ended. */
function onRecord(dropping: Dropping, mark: string): void {
  const folder = path.join(dropping.state.root, 'channels');
  mkdirSync(folder, { recursive: true });
  const channels = { [dropping.folder]: { canary: { mark, placed: new Date().toISOString() } } };
  writeFileSync(path.join(folder, 'filesystem.json'), JSON.stringify({ format: 1, channels }));
}

test('a canary that a killed process left is taken away at the next start, proves nothing, and one of nobody’s stays', async () => {
  await using dropping = new Dropping();
  placeCanary(dropping.folder, MARK);
  placeCanary(dropping.folder, '1'.repeat(32));
  utimesSync(path.join(dropping.folder, `.steward-canary-${'1'.repeat(32)}`), LONG_AGO, LONG_AGO);
  onRecord(dropping, MARK);
  assert.deepEqual(
    dropping.canaries().filter(name => isSynced(`Inbox/${name}`)),
    [],
    'no other node is told of it',
  );
  await dropping.start();
  await dropping.sweep();
  assert.deepEqual(dropping.canaries(), [`.steward-canary-${'1'.repeat(32)}`]);
  assert.equal(readChannels(dropping.state, 'filesystem')[dropping.folder]?.proved, undefined);
  assert.match(dropping.lines.join('\n'), /1{32} is hidden or unfinished by its name\. It is left alone/);
  assert.equal(dropping.tasks, 0);
});

test('what somebody else wrote, linked or made under the name of a canary is left as it is, and told of', async () => {
  await using dropping = new Dropping();
  onRecord(dropping, MARK);
  const file = path.join(dropping.folder, `.steward-canary-${MARK}`);
  for (const make of [
    () => writeFileSync(file, 'my own words'),
    () => mkdirSync(file),
    () => spawnSync('ln', ['-s', '/etc/hostname', file]),
  ]) {
    make();
    await dropping.start();
    await dropping.sweep();
    await dropping.stop();
    assert.match(dropping.lines.splice(0).join('\n'), /calls itself a test of Steward’s and is none any more/);
    assert.equal(dropping.canaries().length, 1);
    rmSync(file, { recursive: true });
  }
  assert.ok(existsSync('/etc/hostname'));
  assert.equal(dropping.tasks, 0);
});

test('without hours for it none is put down, and one that was left is taken away all the same', async () => {
  await using dropping = new Dropping();
  placeCanary(dropping.folder, MARK);
  onRecord(dropping, MARK);
  dropping.hours = 0;
  await dropping.start();
  for (let day = 0; day < 3; day += 1) {
    dropping.minutes += 24 * 60;
    assert.equal(await dropping.told(), '');
    assert.deepEqual([...dropping.canaries(), ...dropping.canaries(path.join(dropping.root, 'Inbox'))], []);
  }
});

test('a drop folder that goes away is on the Dashboard, told once, and off it when it is back, with everything known as before', async () => {
  await using dropping = new Dropping();
  writeFileSync(path.join(dropping.folder, 'a.txt'), 'a');
  await dropping.start();
  await dropping.sweep();
  assert.equal(dropping.tasks, 1);
  rmSync(path.join(dropping.root, 'Needs_Action'), { recursive: true });
  mkdirSync(path.join(dropping.root, 'Needs_Action'));
  renameSync(dropping.folder, `${dropping.folder}-away`);
  writeFileSync(path.join(dropping.root, 'Inbox', 'b.txt'), 'b');
  await dropping.sweep();
  assert.match(
    await dropping.told(),
    /scans: it is not there\. Make it again, or plug in the disk on which it lies.*Nothing that comes there meanwhile is lost\.$/,
  );
  assert.equal(dropping.tasks, 1, 'what is dropped elsewhere is taken meanwhile');
  assert.equal(dropping.lines.filter(line => line.includes('it is not there')).length, 1);
  renameSync(`${dropping.folder}-away`, dropping.folder);
  assert.equal(await dropping.told(), '');
  assert.equal(dropping.tasks, 1, 'what lay there before is no task a second time');
  dropping.minutes = 2;
  await dropping.proved();
  writeFileSync(path.join(dropping.folder, 'c.txt'), 'c');
  await dropping.sweep();
  assert.equal(dropping.tasks, 2);
});

test('a folder that the system tells nothing of is watched anew and told of, until it does', async () => {
  await using dropping = new Dropping();
  const running = await dropping.start();
  await dropping.sweep();
  // As where the system has no more watches to give: nothing is told of this folder.
  const [, folder] = running.ways;
  assert.ok(folder !== undefined && 'close' in folder && typeof folder.close === 'function');
  await folder.close();
  dropping.minutes = 2;
  await dropping.sweep();
  assert.equal(dropping.canaries().length, 1);
  await dropping.sweep();
  assert.equal(dropping.canaries().length, 1, 'the system has some seconds to tell of it');
  dropping.minutes = 3;
  await dropping.until(/scans: this computer does not tell Steward of new files, .*none is lost/);
  assert.deepEqual(dropping.canaries(), []);
  dropping.minutes = 64;
  await dropping.proved();
  assert.equal(await dropping.told(), '');
});

test('a disk that is full, read-only, or pulled out keeps nothing half there, is told as what it is, and is forgiven once it is back', async t => {
  await using dropping = new Dropping();
  const mount = (...options: readonly string[]): boolean =>
    spawnSync('mount', [...options, 'tmpfs', dropping.folder]).status === 0;
  if (!mount('-t', 'tmpfs', '-o', 'size=16k')) return t.skip('mounting is not allowed here');
  await dropping.start();
  await dropping.sweep();
  const fill = path.join(dropping.folder, 'big.part');
  spawnSync('dd', ['if=/dev/zero', `of=${fill}`, 'bs=4k', 'count=9'], { stdio: 'ignore' });
  dropping.minutes = 2;
  assert.equal(await dropping.told(), '');
  assert.deepEqual(dropping.canaries(), [], 'no half canary on a full disk');
  rmSync(fill);
  dropping.minutes = 63;
  await dropping.proved();
  mount('-o', 'remount,ro');
  assert.match(
    await dropping.told(),
    /scans: nothing can be written there: the disk is read-only\. What is dropped is taken/,
  );
  mount('-o', 'remount,rw');
  assert.equal(await dropping.told(), '');
  writeFileSync(path.join(dropping.folder, 'd.txt'), 'd');
  await dropping.sweep();
  assert.equal(dropping.tasks, 1);
  // It turns read-only between the putting and the taking away: that holds up no other folder.
  dropping.minutes += 25 * 60;
  await poll(
    async () => {
      await dropping.sweep();
      return dropping.canaries().length === 1;
    },
    () => 'no canary was put down',
  );
  mount('-o', 'remount,ro');
  writeFileSync(path.join(dropping.root, 'Inbox', 'meanwhile.txt'), 'm');
  await dropping.sweep();
  assert.deepEqual([dropping.tasks, dropping.canaries().length], [2, 1]);
  mount('-o', 'remount,rw');
  await poll(
    async () => {
      await dropping.sweep();
      return dropping.canaries().length === 0;
    },
    () => 'the canary stays',
  );
  assert.equal(spawnSync('umount', [dropping.folder]).status, 0);
  assert.match(
    await dropping.told(),
    /scans: the disk that was there is not; what stands in its place is an empty folder\./,
  );
  // Also after a restart, as when it is missing while the computer starts.
  await dropping.stop();
  await dropping.start();
  assert.match(await dropping.told(), /the disk that was there is not/);
  writeFileSync(path.join(dropping.folder, 'e.txt'), 'e');
  assert.equal(await dropping.told(), '', 'a file there makes it an ordinary folder');
});

test('the doctor says when each way in was tried, and what stands on the Dashboard while the watchers run', async () => {
  await using dropping = new Dropping();
  await dropping.start();
  dropping.minutes = 2;
  await dropping.proved();
  rmSync(dropping.folder, { recursive: true });
  await dropping.sweep();
  const { state } = dropping;
  const config = parseConfig('', 'config.yaml');
  assert.ok(config.ok);
  const said = (hours = 24): string =>
    checkChannels({ state, config: { ...config.value, canary_hours: hours } })
      .map(one => `${one.state} ${one.what}`)
      .join('\n');
  assert.match(said(), /^ok .*scans: open all the way in, tried \d{4}-\d\d-\d\d \d\d:\d\d$/m);
  assert.doesNotMatch(said(), /warn/);
  const lock = takeLock(state, 'watchers');
  assert.match(said(), /^warn .*scans: it is not there\./m);
  assert.match(said(0), /^ok not tried: canary_hours is 0$/m);
  lock?.release();
});

test('too many watches are told as what they are, not as a full disk', () => {
  const full = Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' });
  assert.match(unheardBecause(full), /^too many files are watched on this computer.*max_user_watches/);
  assert.doesNotMatch(unheardBecause(full), /disk is full/);
});

test('what is wrong with a drop folder stands on the Dashboard in plain words, and is gone from it once it is mended', async () => {
  using away = new TempFolder();
  const folder = path.join(away.path, 'Scans');
  await using vault = new InProcess(`settle: { note: 0, tick: 0, drop: 0 }\ndrop_folders: [${folder}]\n`);
  const section = (): string => {
    const dashboard = readFileSync(path.join(vault.root, 'Dashboard.md'), 'utf8');
    return /## Not \w+ it should be\n\n(.*?)\n(?=\n|%%)/s.exec(dashboard)?.[1]?.replace(folder, '…/Scans') ?? '';
  };
  await vault.drain();
  assert.equal(
    section(),
    '- …/Scans: it is not there. Make it again, or plug in the disk on which it lies; it is looked at from then on. Nothing that comes there meanwhile is lost.',
  );
  mkdirSync(folder);
  await vault.drain();
  assert.equal(section(), '');
});
