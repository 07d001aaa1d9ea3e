import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readConfig } from '../../core/config.ts';
import { fingerprintOf, readPublicKey } from '../../core/ssh-key.ts';
import { homeAt, type Said, steward } from '../helpers/cli.ts';
import { fileKey } from '../helpers/ssh.ts';
import { Sshd } from '../helpers/sshd.ts';
import { TempFolder } from '../helpers/temp.ts';

/** One computer of the person’s, with a vault and a state folder of its own. */
class Computer {
  readonly base: string;
  readonly vault: string;
  readonly #home: string;

  constructor(base: string, name: string) {
    this.base = path.join(base, name);
    this.vault = path.join(this.base, 'vault');
    this.#home = path.join(this.base, 'state');
    mkdirSync(this.base, { recursive: true });
  }

  run(...args: string[]): Said {
    return steward([...args, '--vault', this.vault], homeAt(this.base, { STEWARD_HOME: this.#home }));
  }

  /** Runs what must go well, and returns what it said. */
  well(...args: string[]): string {
    const said = this.run(...args);
    assert.equal(said.code, 0, `${args.join(' ')}: ${said.err}${said.out}`);
    return said.out;
  }

  get state(): string {
    const [id = assert.fail('no state folder')] = readdirSync(this.#home);
    return path.join(this.#home, id);
  }

  get config(): string {
    return path.join(this.state, 'config.yaml');
  }

  get settings() {
    const read = readConfig(this.config);
    assert.ok(read.ok, JSON.stringify(read));
    return read.value;
  }
}

const wordIn = (text: string, prefix: string): string =>
  text.split(/\s+/).find(word => word.startsWith(prefix)) ?? assert.fail(`no ${prefix}… in ${text}`);
const printOf = (line: string): string => {
  const key = readPublicKey(line);
  return key.ok ? fingerprintOf(key.value.blob) : assert.fail(line);
};

describe('a second node is paired over SSH', () => {
  const folder = new TempFolder();
  const laptop = new Computer(folder.path, 'laptop');
  const server = new Computer(folder.path, 'server');
  const login = fileKey(folder.path, 'login');
  let sshd: Sshd;
  let remote: string;
  const repository = path.join(folder.path, 'srv', 'steward', 'vault.git');
  const comment = '# Mine: do not touch.\n\nbriefing: off # I sleep long\nsettle: { note: 0, tick: 0, drop: 0 }\n';

  before(async () => {
    sshd = await Sshd.start(path.join(folder.path, 'sshd'));
    writeFileSync(sshd.authorized, login.line.trimEnd());
    remote = `ssh://${sshd.login}:${sshd.port}${repository}`;
    laptop.well('init', laptop.vault);
    writeFileSync(laptop.config, comment);
  });
  after(() => {
    sshd[Symbol.dispose]();
    folder[Symbol.dispose]();
  });

  test('a host that nobody has met is shown by its fingerprint, and nothing is sent to it before the person named that', () => {
    const said = laptop.run('pair', 'invite', '--remote', remote, '--login-key', login.file);
    assert.equal(said.code, 2);
    assert.ok(said.err.includes(printOf(sshd.hostKey)), said.err);
    assert.match(said.err, /--host-key SHA256:…/);
    const wrong = laptop.run('pair', 'invite', '--remote', remote, '--host-key', `SHA256:${'a'.repeat(43)}`);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /has no key SHA256:a+: it shows .*Nothing was sent to it/);
    assert.ok(!existsSync(repository));
    assert.equal(readFileSync(laptop.config, 'utf8'), comment);
  });

  test('who may not log in is told how to, and who has no shell there too', () => {
    const key = fileKey(folder.path, 'stranger');
    const host = ['--host-key', printOf(sshd.hostKey)];
    const said = laptop.run('pair', 'invite', '--remote', remote, ...host, '--login-key', key.file);
    assert.equal(said.code, 2);
    assert.match(said.err, /does not let you in\. Try {2}ssh .*--login-key FILE/);
  });

  test('invite, join, accept and finish make two nodes of one vault, each time with the same result', () => {
    const host = ['--host-key', printOf(sshd.hostKey), '--login-key', login.file];
    const invited = laptop.well('pair', 'invite', '--remote', remote, ...host);
    const code = wordIn(invited, 'steward-invite-');
    assert.equal(wordIn(laptop.well('pair', 'invite', ...host), 'steward-invite-'), code);
    const joined = server.well('pair', 'join', code);
    const reply = wordIn(joined, 'steward-reply-');
    assert.equal(wordIn(server.well('pair', 'join', code), 'steward-reply-'), reply);
    const early = server.run('pair', 'finish');
    assert.equal(early.code, 2, early.out);
    assert.match(early.err, /does not know this node’s key yet\. On the first node: {2}steward pair accept/);
    const accepted = laptop.well('pair', 'accept', reply, '--login-key', login.file);
    laptop.well('pair', 'accept', reply, '--login-key', login.file);
    const [print = ''] = /SHA256:\S+/.exec(accepted) ?? [];
    assert.ok(joined.includes(print), 'both show the fingerprint of the second');

    const [mine, theirs] = [laptop.settings, server.settings];
    assert.deepEqual([mine.node, mine.role, theirs.node, theirs.role], ['local', 'local', 'cloud', 'cloud']);
    assert.deepEqual([mine.sync?.remote, theirs.sync?.remote], [remote, remote]);
    assert.equal(
      printOf(mine.peers.cloud?.key ?? ''),
      printOf(readFileSync(path.join(server.state, 'keys', 'node_ed25519.pub'), 'utf8')),
    );
    assert.equal(
      printOf(theirs.peers.local?.key ?? ''),
      printOf(readFileSync(path.join(laptop.state, 'keys', 'node_ed25519.pub'), 'utf8')),
    );
    assert.ok(readFileSync(laptop.config, 'utf8').startsWith(comment), readFileSync(laptop.config, 'utf8'));
    assert.equal(statSync(path.join(server.state, 'keys', 'node_ed25519')).mode & 0o777, 0o600);
    const lines = readFileSync(sshd.authorized, 'utf8').trim().split('\n');
    assert.equal(lines.length, 3, 'the person’s own key, and one line for each node');
    assert.equal(lines[0], login.line.trim());
    assert.equal(lines.filter(line => line.startsWith('restrict,command="')).length, 2);
  });

  test('the vault of the first stands on the second after finish, and both say that they are paired', () => {
    writeFileSync(path.join(laptop.vault, 'Documents', 'letter.md'), 'Dear Anna\n');
    const synced = laptop.run('start', '--once');
    assert.equal(synced.code, 0, synced.err + synced.out);
    const finished = server.well('pair', 'finish');
    assert.match(finished, /The vault is here\. Next: {2}steward start/);
    assert.equal(readFileSync(path.join(server.vault, 'Documents', 'letter.md'), 'utf8'), 'Dear Anna\n');
    assert.match(
      laptop.well('pair', 'list'),
      /^local \(local, this node\) {2}SHA256:\S+\ncloud \(cloud\) {2}SHA256:\S+\nThey meet at ssh:/,
    );
  });

  test('a node’s key opens no shell and no other repository, and what was sent cannot be taken back with it', () => {
    const key = path.join(server.state, 'keys', 'node_ed25519');
    const known = path.join(server.state, 'sync', 'known_hosts');
    const ssh = ['-i', key, '-o', 'IdentitiesOnly=yes', '-o', `UserKnownHostsFile=${known}`, '-o', 'BatchMode=yes'];
    for (const command of ['id', 'sh -c id', 'steward-wait; id', "git-upload-pack '/etc'; id", 'git archive']) {
      const said = spawnSync('ssh', [...ssh, '-p', String(sshd.port), sshd.login, command], {
        encoding: 'utf8',
        timeout: 20_000,
        input: '',
      });
      assert.ok(!/uid=/.test(said.stdout), `${command}: ${said.stdout}`);
    }
    const other = path.join(folder.path, 'other.git');
    spawnSync('git', ['init', '--quiet', '--bare', other]);
    const env = { ...process.env, GIT_SSH_COMMAND: ['ssh', ...ssh, '-p', String(sshd.port)].join(' ') };
    const listed = spawnSync('git', ['ls-remote', `${sshd.login}:${other}`], {
      env,
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.match(listed.stdout, /refs\/heads\/main/, 'whatever it asks for, it gets the one vault');
    const erased = spawnSync('git', ['push', `${sshd.login}:x`, '--delete', 'main'], {
      cwd: other,
      env,
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.notEqual(erased.status, 0, erased.stderr);
  });

  test('a node that was parted from is not let in any more', () => {
    const said = laptop.well('pair', 'remove', 'cloud', '--login-key', login.file);
    assert.match(said, /parted {5}cloud/);
    assert.deepEqual(laptop.settings.peers, {});
    const again = server.run('pair', 'finish');
    assert.equal(again.code, 2, again.out);
    assert.match(again.err, /does not know this node’s key yet/);
    assert.match(laptop.run('pair', 'remove', 'cloud').err, /No node “cloud” is paired with this one\. Paired: none\./);
  });
});

test('two nodes pair over a folder that both reach; wrong codes, names and folders are refused in words', () => {
  using folder = new TempFolder();
  const one = new Computer(folder.path, 'one');
  const two = new Computer(folder.path, 'two');
  one.well('init', one.vault);
  writeFileSync(one.config, 'settle: { note: 0, tick: 0, drop: 0 }\n');
  const remote = path.join(folder.path, 'shared', 'vault.git');
  const refused: readonly [Computer, readonly string[], RegExp][] = [
    [one, ['invite'], /none is named\. Name it/],
    [one, ['invite', '--remote', 'ext::sh -c id'], /cannot be a remote/],
    [one, ['invite', '--remote', remote, '--name', 'local'], /This node is called “local” itself/],
    [one, ['invite', '--remote', remote, '--name', 'My Mac'], /no name for a node/],
    [one, ['invite', '--remote', remote, '--role', 'boss'], /no role of a node\. There are: cloud, local/],
    [one, ['invite', '--remote', path.join(one.vault)], /is no bare repository of git’s/],
    [one, ['accept', 'steward-reply-abc'], /not whole/],
    [two, ['join', 'steward-invite-abc'], /not whole\. It is one word/],
    [two, ['finish'], /There is no vault at/],
  ];
  for (const [computer, args, why] of refused) {
    const said = computer.run('pair', ...args);
    assert.equal(said.code, 2, `${args.join(' ')}: ${said.out}`);
    assert.match(said.err, why);
    assert.ok(!/\n\s+at /.test(said.err), said.err);
  }
  const code = wordIn(
    one.well('pair', 'invite', '--remote', remote, '--name', 'study', '--role', 'local'),
    'steward-invite-',
  );
  assert.match(one.run('pair', 'accept', code).err, /the code for the other node/);
  assert.match(
    one.run('pair', 'join', code).err,
    /is the node “local” of this vault already\. Run this on the other one/,
  );
  mkdirSync(two.vault, { recursive: true });
  writeFileSync(path.join(two.vault, 'mine.md'), 'x');
  assert.match(two.run('pair', 'join', code).err, /is not empty \(it holds mine\.md\)/);
  assert.equal(one.settings.node, 'local');
  const three = new Computer(folder.path, 'three');
  // A terminal that breaks long lines is no reason to copy again.
  const reply = wordIn(three.well('pair', 'join', `${code.slice(0, 60)}\n  ${code.slice(60)}`), 'steward-reply-');
  one.well('pair', 'accept', reply);
  assert.equal(one.run('start', '--once').code, 0);
  three.well('pair', 'finish');
  assert.ok(existsSync(path.join(three.vault, 'Company_Handbook.md')));
  assert.equal(three.settings.peers.local?.role, 'local');
});
