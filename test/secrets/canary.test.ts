import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { FakeSmtp } from '../fakes/smtp.ts';
import { CANARIES, canariesIn, filesWithCanaries, pasted } from '../helpers/canaries.ts';
import { LAUNCH } from '../helpers/cli.ts';
import { TestVault, until } from '../helpers/vault.ts';

const SKILL = `---
name: tell-anna
description: Tell Anna when a note says so.
---
# Tell Anna

## Rule

\`\`\`yaml
priority: 90
when:
  source: person
  words: [anna]
then:
  summary: "You asked to tell Anna {text}"
  actions:
    - do: email.send
      say: "Send it to Anna {title}"
      with:
        to: ["anna@example.test"]
        subject: "{title}"
        text: |
          Hello Anna,

          {text}
\`\`\`
`;

/** A vault with a secret in every slot: environment, `.env`, store, systemd’s credentials, and the brain’s. */
function slotted(port: number): TestVault {
  const vault = new TestVault(
    [
      'settle: { note: 0.3, tick: 0.2, drop: 0.2 }',
      'brain: rulebook',
      `servers: { email: { from: me@example.test, host: 127.0.0.1, port: ${port}, security: none, user: me } }`,
      '',
    ].join('\n'),
  );
  vault.write('Skills/tell-anna/SKILL.md', SKILL);
  writeFileSync(path.join(vault.state, '.env'), `OTHER=1\nSTEWARD_EMAIL_KEY='${CANARIES.STEWARD_EMAIL_KEY}'\n`);
  const credentials = path.join(vault.base, 'credentials');
  mkdirSync(credentials);
  writeFileSync(path.join(credentials, 'STEWARD_FILES_KEY'), `${CANARIES.STEWARD_FILES_KEY}\n`);
  const kept = spawnSync(process.execPath, [LAUNCH, 'secret', 'set', 'STEWARD_FILES_TOKEN'], {
    // Not the keychain of whoever runs the tests.
    env: { ...vault.environment, DBUS_SESSION_BUS_ADDRESS: 'disabled:' },
    input: `${CANARIES.STEWARD_FILES_TOKEN}\n`,
    encoding: 'utf8',
  });
  assert.equal(kept.status, 0, kept.stderr);
  assert.deepEqual(canariesIn(kept.stdout + kept.stderr), []);
  return vault;
}

const given = (vault: TestVault): NodeJS.ProcessEnv => ({
  STEWARD_EMAIL_PASSWORD: CANARIES.STEWARD_EMAIL_PASSWORD,
  ANTHROPIC_API_KEY: CANARIES.ANTHROPIC_API_KEY,
  CREDENTIALS_DIRECTORY: path.join(vault.base, 'credentials'),
});

/** What each process below one was started with, by the script that it runs. */
function environments(pid: number): ReadonlyMap<string, string> {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter(one => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (one: number): boolean => one === pid || (parents.has(one) && isBelow(parents.get(one) ?? 0));
  const found = new Map<string, string>();
  for (const one of [...parents.keys()].filter(isBelow)) {
    try {
      const command = readFileSync(`/proc/${one}/cmdline`, 'utf8').split('\0');
      const at = command.findIndex(part => /\.(ts|mjs)$/.test(part));
      const script = path.basename(command[at] ?? '');
      const environment = readFileSync(`/proc/${one}/environ`, 'utf8');
      found.set(script === 'main.ts' ? `server ${command[at + 1]}` : script, environment);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

const namesIn = (environment: string | undefined): readonly string[] =>
  Object.entries(CANARIES).flatMap(([name, value]) => ((environment ?? '').includes(value) ? [name] : []));

test('each process is started with the secrets it needs and no other', {
  skip: process.platform !== 'linux',
}, async () => {
  await using far = await FakeSmtp.start({ user: 'me', password: CANARIES.STEWARD_EMAIL_PASSWORD });
  await using vault = slotted(far.port);
  const { pid } = await vault.start(given(vault));
  vault.write('Needs_Action/Greeting.md', 'Tell Anna this.\n');
  vault.write('Inbox/notes.txt', 'Invoice 2026-11-03\n');
  await until(
    () => environments(pid ?? 0).has('server email') && environments(pid ?? 0).has('server files'),
    () => [...environments(pid ?? 0).keys()].join(' '),
  );
  const found = environments(pid ?? 0);
  assert.deepEqual(namesIn(found.get('steward.ts')), ['ANTHROPIC_API_KEY'], 'what thinks');
  assert.deepEqual(namesIn(found.get('executor.ts')), ['STEWARD_EMAIL_PASSWORD'], 'the executor');
  assert.deepEqual(namesIn(found.get('server email')), ['STEWARD_EMAIL_PASSWORD', 'STEWARD_EMAIL_KEY']);
  assert.deepEqual(namesIn(found.get('server files')), ['STEWARD_FILES_TOKEN', 'STEWARD_FILES_KEY']);
});

test('no secret of any slot stands in vault, git objects, state, messages, journals or log after a run that tried to put it there', async () => {
  await using far = await FakeSmtp.start({ user: 'me', password: CANARIES.STEWARD_EMAIL_PASSWORD });
  await using vault = slotted(far.port);
  const mine = new Map<string, string>();
  const write = (file: string, text: string): void => {
    mine.set(path.basename(file), text);
    vault.write(file, text);
  };
  const { STEWARD_EMAIL_PASSWORD: password } = CANARIES;
  const echo = `${password} ${Buffer.from(`\0me\0${password}`).toString('base64')} ${Buffer.from(password).toString('hex')}`;
  far.fault = { at: 'rcpt', reply: `550 5.1.1 ${echo}` };
  await vault.start(given(vault));
  write('Needs_Action/Greeting.md', `Tell Anna this.\n\n${pasted(Object.values(CANARIES))}\n`);
  write('Needs_Action/Odd.md', `What is this?\n\n${pasted(Object.values(CANARIES))}\n`);
  write('Inbox/notes.txt', `Invoice 2026-11-03\n${pasted(Object.values(CANARIES))}\n`);
  await until(
    () => vault.files('Pending_Approval').length === 2 && vault.files('Questions').length === 1,
    () => `${vault.files()} ${vault.output}`,
  );
  const approvals = vault.files('Pending_Approval');
  const mail = approvals.find(file => vault.read(file).includes('action: email.send'));
  const move = approvals.find(file => file !== mail);
  assert.ok(mail !== undefined && move !== undefined, approvals.join(' '));
  assert.match(vault.read(mail), /\[secret STEWARD_FILES_TOKEN\]/, 'the proposal goes on without it');
  vault.move(mail, 'Approved');
  const id = /^id: (\S+)$/m.exec(vault.read(move))?.[1] ?? '';
  assert.equal(vault.cli('reject', id, '--why', `because ${CANARIES.STEWARD_FILES_TOKEN} is not for you`).code, 0);
  const question = /^id: (\S+)$/m.exec(vault.read(vault.only('Questions')))?.[1] ?? '';
  assert.equal(vault.cli('answer', question, `Drop it: ${pasted([CANARIES.STEWARD_EMAIL_KEY])}`).code, 0);
  await until(
    () =>
      ['Pending_Approval', 'Approved', 'Questions', 'Needs_Action', 'Plans'].every(
        one => vault.files(one).length === 0,
      ),
    () => `${vault.files()} ${vault.output}`,
  );
  assert.ok(
    vault.files('Failed').some(file => /\[secret STEWARD_EMAIL_PASSWORD\]|•••/.test(vault.read(file))),
    'what failed says why, without the password',
  );
  await vault.stop();
  assert.equal(vault.cli('verify').code, 0);

  assert.deepEqual(canariesIn(vault.output), [], 'the log');
  for (const command of [['status'], ['doctor'], ['why', 'note-'], ['secret', 'list']]) {
    const said = vault.cli(...command);
    assert.deepEqual(canariesIn(said.out + said.err), [], command.join(' '));
  }
  const isOwn = (file: string): boolean => mine.get(path.basename(file)) === readFileSync(file, 'utf8');
  const isStore = (file: string): boolean =>
    [path.join(vault.state, '.env'), path.join(vault.state, 'keys', 'secrets.age-identity')].includes(file) ||
    file.startsWith(path.join(vault.state, 'secrets'));
  assert.deepEqual(filesWithCanaries(vault.home, isStore), [], 'the state folder, but for the store itself');
  assert.deepEqual(
    filesWithCanaries(path.join(vault.state, 'secrets'), () => false),
    [],
    'the store is encrypted',
  );
  assert.deepEqual(filesWithCanaries(vault.root, isOwn), [], 'the vault, but for what the person wrote');
  assert.equal(
    vault.files().filter(file => isOwn(path.join(vault.root, file))).length,
    3,
    'whose bytes stay as they were',
  );

  for (const file of vault.files()) if (isOwn(path.join(vault.root, file))) rmSync(path.join(vault.root, file));
  const git = (...args: string[]): Buffer =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], {
      cwd: vault.root,
      maxBuffer: 1 << 28,
    });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'all of it');
  const objects = git('cat-file', '--batch', '--batch-all-objects').toString('utf8');
  assert.ok(objects.length > 10_000);
  assert.deepEqual(canariesIn(objects), [], 'git objects');
});
