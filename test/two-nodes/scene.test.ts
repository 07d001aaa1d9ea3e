import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readEnvironment } from '../../core/config.ts';
import { makeKey } from '../../core/ssh-keygen.ts';
import { makeVault } from '../../scripts/commands/init.ts';
import { homeAt, LAUNCH } from '../helpers/cli.ts';
import { type Host, Lab } from '../helpers/lab.ts';
import { MAIL_PEOPLE } from '../helpers/mail-servers.ts';
import { mailAccount } from '../helpers/mail-watcher.ts';
import { TempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/vault.ts';

const LACKS = Lab.lacks;
/** The lines are slow, lose some, and are cut; in the long run more of all that. */
const LONG = process.env.STEWARD_TEST_LONG === '1';
const WEATHER = LONG ? { delay: 30, jitter: 20, loss: 2 } : { delay: 8, jitter: 6, loss: 0.5 };
/** Milliseconds that each part may take: on a machine that does much else, with frames sent again and again. */
const LONGEST = 150_000;

/** What the person has taught Steward: offers that come by mail are answered, in their own words. */
const SKILL = `---
name: answer-offers
description: Answer an offer that came by mail.
---
# Answer offers

## Rule

\`\`\`yaml
priority: 90
when:
  source: mail
  words: [offer]
  reads: mail
then:
  summary: "{mail_from_name} offers something."
  actions:
    - do: email.send
      say: Thank them, and say no
      with:
        to: ["{mail_reply_to}"]
        subject: "{mail_re}"
        text: "Thank you, but no."
\`\`\`
`;
const OFFER = [
  'From: Anna <anna@elsewhere.test>',
  'To: alice@example.test',
  'Subject: An offer',
  'Message-ID: <offer-1@elsewhere.test>',
  'Date: Fri, 20 Nov 2026 10:00:00 +0000',
  '',
  'We offer you a hundred chairs.',
  '',
].join('\r\n');

/** One of the two computers: a vault, a state folder, and Steward as a person starts it. */
class Node {
  readonly root: string;
  readonly state: string;
  readonly key: string;
  output = '';
  readonly #lab: Lab;
  readonly #host: Host;
  readonly #home: string;

  constructor(lab: Lab, host: Host, vaultId: string) {
    this.#lab = lab;
    this.#host = host;
    this.#home = path.join(lab.folder, host, 'home');
    this.root = path.join(lab.folder, host, 'vault');
    this.state = path.join(this.#home, 'state', vaultId);
    mkdirSync(path.join(this.root, '.steward'), { recursive: true });
    writeFileSync(path.join(this.root, '.steward', 'vault.json'), `{"format":1,"id":"${vaultId}"}\n`);
    const made = makeVault(
      readEnvironment({ STEWARD_HOME: path.dirname(this.state), STEWARD_VAULT: this.root }),
      false,
    );
    assert.ok(made.ok, JSON.stringify(made));
    const file = path.join(this.state, 'keys', 'node_ed25519');
    mkdirSync(path.dirname(file), { recursive: true });
    makeKey(file, `steward-${host}`);
    this.key = readFileSync(`${file}.pub`, 'utf8').trim();
    mkdirSync(path.join(this.state, 'sync'), { recursive: true, mode: 0o700 });
    writeFileSync(path.join(this.state, 'sync', 'known_hosts'), lab.knownHosts);
    lab.allow(this.key);
  }

  configure(other: Node, { smtp, imap }: { readonly smtp: number; readonly imap: number }): void {
    const [role, theirs, peer] =
      this.#host === 'laptop' ? ['local', 'cloud', 'cloud'] : (['cloud', 'local', 'laptop'] as const);
    const lines = [
      ...[`node: ${this.#host}`, `role: ${role}`, 'brain: rulebook', 'briefing: off'],
      'settle: { note: 0.4, tick: 0.2, drop: 0.2 }',
      `sync: { remote: "${this.#lab.remote}", every: 1, lease: 30 }`,
      `peers: { ${peer}: { key: "${other.key}", role: ${theirs} } }`,
      'runs: { watcher.mail: cloud }',
      `servers: { email: { from: "alice@example.test", host: "127.0.0.1", port: ${smtp}, security: none } }`,
      ...(this.#host === 'cloud' ? [`watchers: { mail: { accounts: { ${mailAccount({ imap })} } } }`] : []),
    ];
    writeFileSync(path.join(this.state, 'config.yaml'), `${lines.join('\n')}\n`);
  }

  async start(): Promise<void> {
    const env = homeAt(this.#home, {
      ...{ STEWARD_HOME: path.dirname(this.state), STEWARD_VAULT: this.root },
      ...(this.#host === 'cloud' ? { STEWARD_MAIL_ALICE_PASSWORD: MAIL_PEOPLE.alice } : {}),
    });
    const from = this.output.length;
    const child = this.#lab.spawn(this.#host, process.execPath, [LAUNCH, 'start'], env);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        this.output += String(data);
      });
    await until(
      () => this.output.slice(from).includes('Steward is ready'),
      () => `${this.#host} is not ready: ${this.output}`,
      LONGEST,
    );
  }

  /** The lid is shut, or the plug is pulled. */
  off(kept?: ChildProcess): void {
    this.#lab.off(this.#host, kept);
  }

  at(file: string): string {
    return path.join(this.root, file);
  }

  /** The notes in a folder, its manual left out. */
  files(folder: string): readonly string[] {
    if (!existsSync(this.at(folder))) return [];
    return readdirSync(this.at(folder), { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter(entry => entry.isFile() && entry.name !== 'README.md' && !entry.name.startsWith('.'))
      .map(entry => path.relative(this.root, path.join(entry.parentPath, entry.name)))
      .sort();
  }
}

/** A mail server on one of the hosts: prints its port first. */
function server(lab: Lab, host: Host, program: string) {
  const file = path.join(import.meta.dirname, '..', 'helpers', program);
  const child = lab.spawn(host, process.execPath, [file], { PATH: process.env.PATH, TMPDIR: tmpdir() }, 'pipe');
  let [out, err] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => {
    out += String(data);
  });
  child.stderr?.on('data', (data: Buffer) => {
    err += String(data);
  });
  return { child, lines: () => out.split('\n').slice(0, -1), said: () => out + err };
}

test('a mail arrives while the laptop is off: the cloud drafts, the person approves, the laptop sends, and it stands in Done on both', {
  skip: LACKS === undefined ? false : LACKS,
  timeout: 600_000,
}, async t => {
  if (LACKS !== undefined) return;
  const began = performance.now();
  // The path of the socket of a connection that is kept has to be short.
  using folder = new TempFolder('/tmp');
  await using lab = await Lab.start(folder.path);
  const vaultId = randomBytes(8).toString('hex');
  const laptop = new Node(lab, 'laptop', vaultId);
  const cloud = new Node(lab, 'cloud', vaultId);
  const sink = server(lab, 'laptop', 'mail-sink.ts');
  const post = server(lab, 'cloud', 'mail-host.ts');
  await until(
    () => [sink, post].every(({ lines }) => lines().length > 0),
    () => `The mail servers do not start: ${sink.said()}${post.said()}`,
    LONGEST,
  );
  const [smtp, imap] = [sink, post].map(({ lines }) => Number(lines()[0]));
  const mails = (): readonly string[] => sink.lines().slice(1);
  const ports = { smtp: smtp ?? 0, imap: imap ?? 0 };
  laptop.configure(cloud, ports);
  cloud.configure(laptop, ports);
  mkdirSync(laptop.at('Skills/answer-offers'), { recursive: true });
  writeFileSync(laptop.at('Skills/answer-offers/SKILL.md'), SKILL);
  const both = (): string => `laptop: ${laptop.output}\ncloud: ${cloud.output}\n${tree()}`;
  const tree = (): string => `${laptop.files('.').join(' ')}\n--\n${cloud.files('.').join(' ')}`;

  // Both know the same, over a line that is slow and loses some.
  for (const host of ['laptop', 'cloud'] as const) lab.link(host, WEATHER);
  await Promise.all([laptop.start(), cloud.start()]);
  await until(() => existsSync(cloud.at('Skills/answer-offers/SKILL.md')), both, LONGEST);
  t.diagnostic(`both are there (${Math.round(performance.now() - began)} ms)`);

  // The lid is shut. A mail arrives; while the cloud works, its line is cut for a while.
  laptop.off(sink.child);
  lab.link('cloud', { ...WEATHER, down: true });
  post.child.stdin?.write(`${JSON.stringify(OFFER)}\n`);
  await until(() => cloud.files('Needs_Action').length === 1, both, LONGEST);
  lab.link('cloud', WEATHER);
  await until(() => cloud.files('Pending_Approval').length === 1, both, LONGEST);
  const [note = ''] = cloud.files('Pending_Approval');
  assert.match(readFileSync(cloud.at(note), 'utf8'), /node_signature/);
  await until(() => cloud.files('Updates/cloud').some(file => file.endsWith('-handover.md')), both, LONGEST);
  t.diagnostic(`the cloud has drafted (${Math.round(performance.now() - began)} ms)`);

  // The laptop comes back, and shows what it would do itself.
  await laptop.start();
  await until(
    () => existsSync(laptop.at(note)) && !readFileSync(laptop.at(note), 'utf8').includes('node_signature'),
    both,
    LONGEST,
  );
  assert.match(readFileSync(laptop.at(note), 'utf8'), /prepared on “cloud”/);
  assert.equal(mails().length, 0);
  renameSync(laptop.at(note), laptop.at(`Approved/${path.basename(note)}`));

  // It is sent by the laptop, once, whatever its line does: in the long run that is cut too.
  lab.link('laptop', { ...WEATHER, down: LONG });
  await until(() => mails().length === 1, both, LONGEST);
  lab.link('laptop', WEATHER);
  assert.match(mails()[0] ?? '', /anna@elsewhere\.test/);
  t.diagnostic(`the laptop has sent (${Math.round(performance.now() - began)} ms)`);
  const isDone = (node: Node): boolean => node.files('Done').length === 4;
  await until(() => isDone(laptop) && isDone(cloud), both, LONGEST);
  assert.deepEqual(cloud.files('Done'), laptop.files('Done'));
  const log = laptop.files('Logs').find(file => file.endsWith('-laptop.md')) ?? '';
  assert.match(readFileSync(laptop.at(log), 'utf8'), /"action_type":"email\.send"/);
  assert.equal(mails().length, 1);
  assert.deepEqual(cloud.files('Quarantine'), []);
  assert.deepEqual(laptop.files('Quarantine'), []);
  const ended = once(post.child, 'exit');
  post.child.stdin?.end();
  await ended;
});
