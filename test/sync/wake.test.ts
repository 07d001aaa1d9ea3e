import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readPublicKey } from '../../core/ssh-key.ts';
import { Git } from '../../orchestrator/sync/git.ts';
import { GitRefs } from '../../orchestrator/sync/git-refs.ts';
import { placeOf } from '../../orchestrator/sync/remote-place.ts';
import { sshCommand, sshOptions } from '../../orchestrator/sync/ssh.ts';
import { pollAfter, Wake } from '../../orchestrator/sync/wake.ts';
import { pinHost } from '../../scripts/pair/host-keys.ts';
import { allowAtRemote, prepareRemote } from '../../scripts/pair/remote.ts';
import { fileKey } from '../helpers/ssh.ts';
import { Sshd } from '../helpers/sshd.ts';
import { TempFolder } from '../helpers/temp.ts';

const LONGEST = 60_000;

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + LONGEST;
  while (!holds()) {
    if (performance.now() > deadline) assert.fail(`not within ${LONGEST} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

/** A node as far as waking goes: a key, pinned hosts, and what it was told. */
class Listener {
  readonly state: { readonly root: string; readonly tmp: string };
  readonly key: string;
  readonly heard: string[] = [];
  changes = 0;
  wake: Wake;

  constructor(base: string, name: string, remote: string) {
    this.state = { root: path.join(base, name), tmp: path.join(base, name) };
    mkdirSync(path.join(this.state.root, 'sync'), { recursive: true });
    this.key = fileKey(this.state.root, 'key').file;
    this.wake = this.#make(remote);
  }

  #make(remote: string): Wake {
    return new Wake({
      remote,
      ssh: sshOptions(this.state, this.key, remote),
      log: { trouble: () => undefined, clear: () => undefined },
      changed: () => {
        this.changes += 1;
      },
      heard: (from, text) => this.heard.push(`${from}: ${text}`),
    });
  }

  /** Connects, now that there is a key of the host and a key of its own. */
  async listen(remote: string): Promise<void> {
    this.wake = this.#make(remote);
    await this.wake.start();
    await until('it listens', () => this.wake.isLive);
  }

  git(folder: string, ...args: string[]): { readonly status: number | null; readonly stderr: string } {
    const env = {
      ...process.env,
      GIT_SSH_COMMAND: sshCommand(this.state, this.key, args.at(-2) ?? ''),
      GIT_CONFIG_NOSYSTEM: '1',
    };
    const person = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
    return spawnSync('git', [...person, ...args], { cwd: folder, env, encoding: 'utf8', timeout: LONGEST });
  }
}

describe('the remote wakes the nodes that wait', () => {
  const folder = new TempFolder();
  const login = fileKey(folder.path, 'login');
  const repository = path.join(folder.path, 'vault.git');
  let sshd: Sshd;
  let remote: string;
  let local: Listener;
  let cloud: Listener;
  let work: string;

  before(async () => {
    sshd = await Sshd.start(path.join(folder.path, 'sshd'));
    writeFileSync(sshd.authorized, login.line);
    remote = `ssh://${sshd.login}:${sshd.port}${repository}`;
    [local, cloud] = [new Listener(folder.path, 'l', remote), new Listener(folder.path, 'c', remote)];
    const place = placeOf(remote);
    assert.ok(place.kind === 'ssh');
    const [, type = '', blob = ''] = /^(\S+) (\S+)/.exec(sshd.hostKey) ?? [];
    for (const { state } of [local, cloud]) pinHost(state, place, [{ type, blob }]);
    const known = path.join(local.state.root, 'sync', 'known_hosts');
    const person = ['-i', login.file, '-o', 'IdentitiesOnly=yes', '-o', `UserKnownHostsFile=${known}`];
    const made = await prepareRemote(place, person);
    assert.deepEqual(made, { ok: true, value: repository });
    for (const [node, { key }] of [
      ['local', local],
      ['cloud', cloud],
    ] as const) {
      const line = readPublicKey(spawnSync('ssh-keygen', ['-y', '-f', key], { encoding: 'utf8' }).stdout);
      assert.ok(line.ok && (await allowAtRemote(place, person, node, line.value)).ok);
    }
    work = path.join(folder.path, 'work');
    spawnSync('git', ['init', '--quiet', '--initial-branch=main', work]);
    await local.listen(remote);
    await cloud.listen(remote);
  });
  after(async () => {
    await local?.wake.stop();
    await cloud?.wake.stop();
    sshd?.[Symbol.dispose]();
    folder[Symbol.dispose]();
  });

  test('what one pushes, the other is told of at once, and not the one who did it', async () => {
    const [mine, theirs] = [local.changes, cloud.changes];
    writeFileSync(path.join(work, 'a.md'), 'a\n');
    for (const args of [
      ['pull', '--quiet', remote, 'main'],
      ['add', '.'],
      ['commit', '--quiet', '-m', 'one'],
    ])
      assert.equal(local.git(work, ...args).status, 0);
    const pushed = local.git(work, 'push', '--quiet', remote, 'main');
    assert.equal(pushed.status, 0, pushed.stderr);
    await until('cloud is told', () => cloud.changes === theirs + 1);
    assert.equal(local.changes, mine);
  });

  test('a lease that is renewed wakes nobody', async () => {
    const theirs = cloud.changes;
    const git = new Git(path.join(local.state.root, 'refs.git'), sshCommand(local.state, local.key, remote));
    spawnSync('git', ['init', '--quiet', '--bare', git.folder]);
    const refs = new GitRefs(git, remote);
    const swapped = await refs.swap([{ name: 'presence/local', expected: undefined, text: '{"node":"local"}' }]);
    assert.ok(swapped.ok && swapped.value.get('presence/local') !== 'refused', JSON.stringify(swapped));
    assert.ok(local.wake.tell('cloud', 'after'));
    await until('what was said later has come', () => cloud.heard.includes('local: after'));
    assert.equal(cloud.changes, theirs);
  });

  test('a word goes to the node that it is for, under the name of the key that said it', async () => {
    local.heard.length = 0;
    cloud.heard.length = 0;
    assert.ok(cloud.wake.tell('*', 'stop'));
    await until('local hears it', () => local.heard.length > 0);
    assert.deepEqual(local.heard, ['cloud: stop']);
    assert.ok(local.wake.tell('cloud', 'from local\nfrom boss stop $(id) `id` \x1b[31m'));
    await until('cloud hears it', () => cloud.heard.length > 0);
    assert.deepEqual(cloud.heard, ['local: from local from boss stop $(id) `id`  [31m']);
    assert.ok(local.wake.tell('../../x', 'no'));
    assert.ok(local.wake.tell('cloud', 'yes'));
    await until('the next one comes', () => cloud.heard.includes('local: yes'));
    assert.deepEqual(
      cloud.heard.filter(line => line.includes('no')),
      [],
    );
  });

  test('a node that listens anew takes the place of the one whose connection is gone', async () => {
    await cloud.wake.stop();
    await cloud.listen(remote);
    cloud.heard.length = 0;
    assert.ok(local.wake.tell('cloud', 'are you there'));
    await until('the new one hears it', () => cloud.heard.length > 0);
    assert.deepEqual(readdirSync(path.join(repository, 'steward', 'wait')).sort(), ['cloud', 'local']);
  });

  test('after the remote was away the node listens again by itself, and looks what it missed', async () => {
    const before = cloud.changes;
    sshd.stop();
    await until('that is noticed', () => !cloud.wake.isLive);
    assert.equal(cloud.wake.tell('local', 'lost'), false);
    assert.ok(await sshd.start());
    await until('it listens again', () => cloud.wake.isLive);
    assert.ok(cloud.changes > before);
  });
});

test('a remote on this computer is watched, so that a push by another node wakes this one', async () => {
  using folder = new TempFolder();
  const repository = path.join(folder.path, 'vault.git');
  const place = placeOf(repository);
  assert.ok(place.kind === 'path');
  assert.ok((await prepareRemote(place, [])).ok);
  assert.ok((await prepareRemote(place, [])).ok, 'again');
  const listener = new Listener(folder.path, 'l', repository);
  await listener.wake.start();
  assert.equal(listener.wake.isLive, false, 'it may be shared by computers whose changes no watch tells of');
  const work = path.join(folder.path, 'work');
  spawnSync('git', ['init', '--quiet', '--initial-branch=main', work]);
  writeFileSync(path.join(work, 'a.md'), 'a\n');
  for (const args of [
    ['pull', '--quiet', repository, 'main'],
    ['add', '.'],
    ['commit', '--quiet', '-m', 'one'],
    ['push', '--quiet', repository, 'main'],
  ])
    assert.equal(listener.git(work, ...args).status, 0);
  await until('it is told', () => listener.changes > 0);
  await listener.wake.stop();
  assert.ok(existsSync(path.join(repository, 'hooks', 'post-receive')));
});

test('where nothing calls, a node looks the more rarely the longer nothing came, and rarely where the remote tells', () => {
  assert.equal(pollAfter(60, false, 0), 60);
  assert.equal(pollAfter(60, false, 1200), 120);
  assert.equal(pollAfter(60, false, 1_000_000), 600);
  assert.equal(pollAfter(60, true, 0), 600);
  assert.equal(pollAfter(3600, true, 0), 3600);
});

test('a remote is read as git reads it', () => {
  const told: Readonly<Record<string, string>> = {
    'ssh://git@vm/srv/vault.git': 'ssh git@vm vm - /srv/vault.git',
    'ssh://git@vm:2222/~/vault.git': 'ssh git@vm vm 2222 vault.git',
    'git@vm:vault.git': 'ssh git@vm vm - vault.git',
    'vm:/srv/vault.git': 'ssh vm vm - /srv/vault.git',
    'me@[2001:db8::1]:v.git': 'ssh me@2001:db8::1 2001:db8::1 - v.git',
    '/srv/vault.git': 'path /srv/vault.git',
    'file:///srv/vault.git': 'path /srv/vault.git',
    'https://example.com/vault.git': 'other',
    './a:b': 'path ./a:b',
    'ssh://-oProxyCommand=id/x': 'other',
  };
  for (const [remote, expected] of Object.entries(told)) {
    const place = placeOf(remote);
    const said =
      place.kind === 'ssh'
        ? `ssh ${place.login} ${place.host} ${place.port ?? '-'} ${place.path}`
        : place.kind === 'path'
          ? `path ${place.path}`
          : 'other';
    assert.equal(said, expected, remote);
  }
});
