import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Environment, readConfig, readEnvironment } from '../../core/config.ts';
import { fingerprintOf, readPublicKey } from '../../core/ssh-key.ts';
import { makeVault } from '../../scripts/commands/init.ts';
import { accept, type Inviting, invite, listNodes, remove, type Talk } from '../../scripts/commands/pair.ts';
import { finish, join } from '../../scripts/commands/pair-join.ts';
import { homeAt, steward } from '../helpers/cli.ts';
import { fileKey } from '../helpers/ssh.ts';
import { Sshd } from '../helpers/sshd.ts';
import { TempFolder } from '../helpers/temp.ts';

type Said = { readonly code: number; readonly out: string; readonly err: string };

/** One computer of the person’s, with a vault and a state folder of its own. */
class Computer {
  readonly base: string;
  readonly vault: string;
  readonly #environment: Environment;

  constructor(base: string, name: string) {
    this.base = path.join(base, name);
    this.vault = path.join(this.base, 'vault');
    mkdirSync(this.base, { recursive: true });
    this.#environment = readEnvironment({
      STEWARD_HOME: path.join(this.base, 'state'),
      STEWARD_VAULT: this.vault,
    });
  }

  /** Makes a vault as `steward init` does. */
  init(settings: string): void {
    const made = makeVault(this.#environment, false);
    assert.ok(made.ok);
    writeFileSync(this.config, settings);
  }

  async run(command: (environment: Environment, talk: Talk) => Promise<number> | number): Promise<Said> {
    let [out, err] = ['', ''];
    const code = await command(this.#environment, {
      say: text => {
        out += `${text}\n`;
      },
      complain: text => {
        err += `${text}\n`;
      },
    });
    return { code, out, err };
  }

  invite(options: Partial<Inviting> = {}): Promise<Said> {
    return this.run((environment, talk) => invite(environment, { name: 'cloud', role: 'cloud', ...options }, talk));
  }

  join(code: string): Promise<Said> {
    return this.run((environment, talk) => join(environment, code, talk));
  }

  accept(code: string, loginKey?: string): Promise<Said> {
    const options = loginKey === undefined ? {} : { loginKey };
    return this.run((environment, talk) => accept(environment, code, options, talk));
  }

  finish(): Promise<Said> {
    return this.run((environment, talk) => finish(environment, talk));
  }

  get state(): string {
    const [id = assert.fail('no state folder')] = readdirSync(path.join(this.base, 'state'));
    return path.join(this.base, 'state', id);
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

/** What a command said that went well. */
async function well(said: Promise<Said>): Promise<string> {
  const { code, out, err } = await said;
  assert.equal(code, 0, err + out);
  return out;
}

/** That a command was refused in words, and nothing but words. */
async function refused(said: Promise<Said>, why: RegExp): Promise<void> {
  const { code, out, err } = await said;
  assert.equal(code, 2, out + err);
  assert.match(err, why);
  assert.ok(!/\n\s+at /.test(err), err);
}

const wordIn = (text: string, prefix: string): string =>
  text.split(/\s+/).find(word => word.startsWith(prefix)) ?? assert.fail(`no ${prefix}… in ${text}`);
const printOf = (line: string): string => {
  const key = readPublicKey(line);
  return key.ok ? fingerprintOf(key.value.blob) : assert.fail(line);
};

describe('a second node is paired over SSH', () => {
  // The path of the socket of a connection that is kept has to be short.
  const folder = new TempFolder('/tmp');
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
    laptop.init(comment);
  });
  after(() => {
    sshd[Symbol.dispose]();
    folder[Symbol.dispose]();
  });

  test('a host that nobody has met is shown by its fingerprint, and nothing is sent to it before the person named that', async () => {
    const met = await laptop.invite({ remote, loginKey: login.file });
    assert.equal(met.code, 2);
    assert.ok(met.err.includes(printOf(sshd.hostKey)), met.err);
    assert.match(met.err, /--host-key SHA256:…/);
    const wrong = laptop.invite({ remote, hostKey: `SHA256:${'a'.repeat(43)}` });
    await refused(wrong, /has no key SHA256:a+: it shows .*Nothing was sent to it/);
    assert.ok(!existsSync(repository));
    assert.equal(readFileSync(laptop.config, 'utf8'), comment);
  });

  test('who may not log in is told how to', async () => {
    const key = fileKey(folder.path, 'stranger');
    const said = laptop.invite({ remote, hostKey: printOf(sshd.hostKey), loginKey: key.file });
    await refused(said, /does not let you in\. Try {2}ssh -p \d+ .*--login-key FILE/);
  });

  test('invite, join, accept and finish make two nodes of one vault, each time with the same result', async () => {
    const host = { hostKey: printOf(sshd.hostKey), loginKey: login.file };
    const code = wordIn(await well(laptop.invite({ remote, ...host })), 'steward-invite-');
    assert.equal(wordIn(await well(laptop.invite(host)), 'steward-invite-'), code);
    const joined = await well(server.join(code));
    const reply = wordIn(joined, 'steward-reply-');
    assert.equal(wordIn(await well(server.join(code)), 'steward-reply-'), reply);
    await refused(server.finish(), /does not know this node’s key yet\. On the first node: {2}steward pair accept/);
    writeFileSync(path.join(laptop.vault, 'Documents', 'letter.md'), 'Dear Anna\n');
    const accepted = await well(laptop.accept(reply, login.file));
    await well(laptop.accept(reply, login.file));
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

  test('once the first has let the second in, its vault stands there after finish, and both say that they are paired', async () => {
    assert.match(await well(server.finish()), /The vault is here\. Next: {2}steward start/);
    assert.equal(readFileSync(path.join(server.vault, 'Documents', 'letter.md'), 'utf8'), 'Dear Anna\n');
    const listed = await well(laptop.run(listNodes));
    const ignored = spawnSync('git', ['-C', repository, 'show', 'main:.gitignore'], { encoding: 'utf8' }).stdout;
    assert.match(ignored, /^\.obsidian\/workspace\*\.json\n/, 'a phone does not commit each look at a note');
    assert.equal(existsSync(path.join(server.vault, '.gitignore')), false);
    assert.match(listed, /^local \(local, this node\) {2}SHA256:\S+\ncloud \(cloud\) {2}SHA256:\S+\nThey meet at ssh:/);
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

  test('at a host without a shell nothing is set up: the key to add there is printed, and the host is pinned all the same', async () => {
    const other = new Computer(folder.path, 'other');
    other.init(comment);
    const before = readFileSync(sshd.authorized, 'utf8');
    const said = await well(other.invite({ remote, hostKey: printOf(sshd.hostKey), hosted: true }));
    assert.match(said, /Add this key at the host, so that it may write.*\nssh-ed25519 \S+ steward-local\n/);
    wordIn(said, 'steward-invite-');
    assert.equal(readFileSync(sshd.authorized, 'utf8'), before);
    assert.ok(existsSync(path.join(other.state, 'sync', 'known_hosts')));
  });

  test('a node that was parted from is not let in any more, also over a connection that it keeps open', async () => {
    const parting = (environment: Environment, talk: Talk): Promise<number> =>
      remove(environment, 'cloud', { loginKey: login.file }, talk);
    assert.match(await well(laptop.run(parting)), /parted {5}cloud/);
    assert.deepEqual(laptop.settings.peers, {});
    assert.ok(
      readdirSync(server.state).some(name => name.startsWith('s-')),
      'the connection of before is kept',
    );
    await refused(server.finish(), /does not know this node’s key yet/);
    await refused(laptop.run(parting), /No node “cloud” is paired with this one\. Paired: none\./);
  });
});

test('two nodes pair over a folder that both reach; wrong codes, names and folders are refused in words', async () => {
  using folder = new TempFolder();
  const one = new Computer(folder.path, 'one');
  const two = new Computer(folder.path, 'two');
  one.init('settle: { note: 0, tick: 0, drop: 0 }\n');
  const remote = path.join(folder.path, 'shared', 'vault.git');
  await refused(one.invite(), /none is named\. Name it/);
  await refused(one.invite({ remote: 'ext::sh -c id' }), /cannot be a remote/);
  await refused(one.invite({ remote: '-oProxyCommand=id' }), /cannot be a remote/);
  await refused(one.invite({ remote, name: 'local' }), /This node is called “local” itself/);
  await refused(one.invite({ remote, name: 'My Mac' }), /no name for a node/);
  await refused(one.invite({ remote, name: 'either' }), /No node can be called “either”/);
  await refused(one.invite({ remote, role: 'boss' }), /no role of a node\. There are: cloud, local/);
  await refused(one.invite({ remote: one.vault }), /is no bare repository of git’s/);
  await refused(one.accept('steward-reply-abc'), /not whole/);
  await refused(two.join('steward-invite-abc'), /not whole\. It is one word/);
  await refused(two.finish(), /There is no vault at/);
  const code = wordIn(await well(one.invite({ remote, name: 'study', role: 'local' })), 'steward-invite-');
  await refused(one.accept(code), /the code for the other node/);
  await refused(one.join(code), /is the node “local” of this vault already\. Run this on the other one/);
  assert.equal(one.settings.node, 'local');
  mkdirSync(two.vault, { recursive: true });
  writeFileSync(path.join(two.vault, 'mine.md'), 'x');
  await refused(two.join(code), /is not empty \(it holds mine\.md\)/);
  const three = new Computer(folder.path, 'three');
  // A terminal that breaks long lines is no reason to copy again.
  const reply = wordIn(await well(three.join(`${code.slice(0, 60)}\n  ${code.slice(60)}`)), 'steward-reply-');
  await well(one.accept(reply));
  await well(one.finish());
  await well(three.finish());
  assert.ok(existsSync(path.join(three.vault, 'Company_Handbook.md')));
  assert.equal(three.settings.peers.local?.role, 'local');
  const helped = steward(['pair', '--help'], homeAt(folder.path));
  for (const word of ['invite', 'join', 'accept', 'finish', 'list', 'remove'])
    assert.ok(helped.out.includes(`  ${word} `));
});
