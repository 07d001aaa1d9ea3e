import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { SharedClaims } from '../../core/claims.ts';
import { parseConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { ensureNodeKey, nodeKeyFile } from '../../core/node-key.ts';
import type { OpenVault } from '../../core/open-vault.ts';
import { Spool } from '../../core/spool.ts';
import { createIdentity, openStateFolder } from '../../core/state-folder.ts';
import { readSyncStatus } from '../../core/sync-status.ts';
import { type OpenSync, openSync } from '../../orchestrator/sync/open-sync.ts';
import { placeOf } from '../../orchestrator/sync/remote-place.ts';
import { pinHost } from '../../scripts/pair/host-keys.ts';
import { allowAtRemote, prepareRemote } from '../../scripts/pair/remote.ts';
import { fileKey } from '../helpers/ssh.ts';
import { Sshd } from '../helpers/sshd.ts';
import { TempFolder } from '../helpers/temp.ts';

const LONGEST = 60_000;
const VAULT = '0123456789abcdef';
/** So rarely is the remote looked at that whatever comes was called for. */
const NEVER = 86_000;

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + LONGEST;
  while (!holds()) {
    if (performance.now() > deadline) assert.fail(`not within ${LONGEST} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** One node as it runs, but for its planner and its executor. */
class RunningNode {
  readonly lines: string[] = [];
  readonly opened: Omit<OpenVault, 'config'>;
  readonly keyLine: string;
  readonly name: string;
  planner: SharedClaims | undefined;
  #open: OpenSync | undefined;

  constructor(base: string, name: string) {
    this.name = name;
    const root = path.join(base, name, 'vault');
    mkdirSync(path.join(root, 'Documents'), { recursive: true });
    createIdentity(root, VAULT);
    const state = openStateFolder(path.join(base, name), root, VAULT);
    if (!state.ok) assert.fail(state.failure.message);
    this.opened = { root, state: state.value };
    const key = ensureNodeKey(nodeKeyFile(state.value, undefined), name, state.value);
    this.keyLine = key.ok ? `${key.value.type} ${key.value.blob} ${name}` : assert.fail(key.failure.message);
  }

  async start(remote: string, peer: RunningNode): Promise<void> {
    const peers = { [peer.name]: { key: peer.keyLine, role: peer.name } };
    const text = JSON.stringify({
      ...{ node: this.name, peers, settle: { note: 0, tick: 0, drop: 0 } },
      sync: { remote, every: NEVER },
    });
    const config = parseConfig(text, 'config.yaml');
    if (!config.ok || config.value.sync === undefined) assert.fail(JSON.stringify(config));
    const log = createLog(line => this.lines.push(line), {});
    this.#open = await openSync({ ...this.opened, config: config.value }, config.value.sync, log);
    this.#open.loop.start();
    await this.#open.listen();
    this.planner = new SharedClaims(this.opened.state, config.value.sync.lease);
    await until(`${this.name} has synced`, () => readSyncStatus(this.opened.state)?.reached !== undefined);
  }

  ask(note: string): string {
    this.planner?.refresh();
    const may = this.planner?.ask(note, note.replace('.md', '')) ?? 'none';
    this.planner?.say(new Map());
    return may;
  }

  at(...parts: string[]): string {
    return path.join(this.opened.root, ...parts);
  }

  async stop(): Promise<void> {
    await this.#open?.close();
  }
}

test('two running nodes meet over SSH: what one writes is there when the remote calls, what it wants is claimed at once, a stop is said directly', async () => {
  using folder = new TempFolder();
  const login = fileKey(folder.path, 'login');
  const repository = path.join(folder.path, 'vault.git');
  using sshd = await Sshd.start(path.join(folder.path, 'sshd'));
  writeFileSync(sshd.authorized, login.line);
  const remote = `ssh://${sshd.login}:${sshd.port}${repository}`;
  const place = placeOf(remote);
  assert.ok(place.kind === 'ssh');
  const [local, cloud] = [new RunningNode(folder.path, 'local'), new RunningNode(folder.path, 'cloud')];
  const [, type = '', blob = ''] = /^(\S+) (\S+)/.exec(sshd.hostKey) ?? [];
  for (const { opened } of [local, cloud]) pinHost(opened.state, place, [{ type, blob }]);
  const known = path.join(local.opened.state.root, 'sync', 'known_hosts');
  const person = ['-i', login.file, '-o', 'IdentitiesOnly=yes', '-o', `UserKnownHostsFile=${known}`];
  assert.ok((await prepareRemote(place, person)).ok);
  for (const { name, keyLine } of [local, cloud]) {
    const [keyType = '', keyBlob = ''] = keyLine.split(' ');
    assert.ok((await allowAtRemote(place, person, name, { type: keyType, blob: keyBlob, comment: '' })).ok);
  }
  try {
    await local.start(remote, cloud);
    await cloud.start(remote, local);
    writeFileSync(local.at('Documents', 'letter.md'), 'Dear Anna\n');
    await until('the letter has come', () => existsSync(cloud.at('Documents', 'letter.md')));
    assert.equal(readFileSync(cloud.at('Documents', 'letter.md'), 'utf8'), 'Dear Anna\n');
    writeFileSync(cloud.at('Documents', 'answer.md'), 'Dear Ben\n');
    await until('the answer has come', () => existsSync(local.at('Documents', 'answer.md')));

    await until('the cloud holds the task', () => cloud.ask('offer.md') === 'yes');
    await until('the other knows', () => local.ask('offer.md') === 'no');
    assert.equal(local.planner?.holder('offer.md'), 'cloud');

    const spool = new Spool(cloud.opened.state.executorSpool, cloud.opened.state.tmp);
    writeFileSync(local.at('STOP.md'), 'Stop.\n');
    await until('the cloud is told to stop', () => spool.waiting(assert.fail).length > 0);
    assert.deepEqual(
      spool.waiting(assert.fail).map(({ message }) => message.kind),
      ['stop'],
    );
    await until('each knows of the other', () => {
      const [mine, theirs] = [local, cloud].map(({ opened }) => readSyncStatus(opened.state)?.nodes ?? []);
      return mine?.[0]?.node === 'cloud' && theirs?.[0]?.node === 'local';
    });
  } finally {
    await local.stop();
    await cloud.stop();
  }
});
