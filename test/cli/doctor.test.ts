import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Json } from '../../core/digest.ts';
import { Journal } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { homeAt, type Said, steward, Temporary } from '../helpers/cli.ts';
import { TestVault } from '../helpers/vault.ts';

type Check = {
  readonly check: string;
  readonly state: string;
  readonly what: string;
  readonly risk?: string;
  readonly mend?: string;
};

function doctor(vault: TestVault, more: NodeJS.ProcessEnv = {}): Said & { checks: readonly Check[] } {
  const said = steward(['doctor', '--json', '--offline'], { ...vault.environment, ...more });
  assert.equal(said.out.trim().split('\n').length, 1, said.out + said.err);
  const parsed = JSON.parse(said.out);
  assert.equal(said.code, parsed.broken > 0 ? 1 : 0);
  return { ...said, checks: parsed.checks };
}

/** Whether a finding of this kind is there, with a mend. */
function assertFound(checks: readonly Check[], state: string, what: RegExp, mend = /./): void {
  const found = checks.find(one => one.state === state && what.test(one.what));
  assert.ok(found, `${what} in ${JSON.stringify(checks, null, 1)}`);
  assert.match(found.mend ?? '', mend);
}

/** Every file and folder with its size, mode and time of change. */
function snapshot(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => !name.endsWith('.lock'))
    .sort()
    .map(name => {
      const { size, mode, mtimeMs } = lstatSync(path.join(folder, name));
      const isPassing = path.basename(name) === 'tmp';
      return `${name} ${mode} ${size} ${isPassing ? '' : mtimeMs}`;
    });
}

test('on a sound vault doctor finds nothing broken, one line per check, and changes nothing', async () => {
  await using vault = new TestVault();
  assert.equal(vault.once().code, 0);
  const before = snapshot(vault.base);
  const said = vault.cli('doctor');
  assert.equal(said.code, 0, said.out);
  assert.equal(said.err, '');
  const lines = said.out.trim().split('\n');
  for (const line of lines.slice(0, -1)) assert.match(line, /^(ok|warn|BROKEN) +[a-z ]+ {2}/);
  assert.match(lines.at(-1) ?? '', /^(All is well|Nothing is broken; \d+ to look at)\.$/);
  // Rules for mail came with the vault, and no mailbox is connected.
  assert.match(said.out, /^ok +skills /m);
  for (const check of [
    ...[
      'node',
      'vault',
      'config',
      'places',
      'state',
      'file system',
      'server',
      'ledger',
      'running',
      'policy',
      'journals',
    ],
    ...['brain', 'budget', 'time zone'],
  ]) {
    assert.match(said.out, new RegExp(`^ok +${check} `, 'm'), check);
  }
  assert.deepEqual(snapshot(vault.base), before);
});

test('doctor names everything that was broken on purpose, with its mend, and shows no secret', async () => {
  const secret = 'hunter2-hunter2';
  await using vault = new TestVault(
    [
      'drop_folders: [/nowhere/at/all]',
      `servers: { emial: {}, email: { from: me@example.test, host: h.example.test, port: ${secret} } }`,
      '',
    ].join('\n'),
  );
  vault.once();
  chmodSync(path.join(vault.state, 'keys'), 0o755);
  chmodSync(path.join(vault.root, 'Approved'), 0o777);
  vault.write('Skills/odd/SKILL.md', '---\nname: odd\n---\n## Rule\n\n```yaml\nwhen: {}\nthen: { actions: [] }\n```\n');
  vault.write('Skills/torn/SKILL.md', '---\nname: [\n---\n');
  vault.write(
    'Skills/late/SKILL.md',
    '---\nname: late\n---\n## Rule\n\n```yaml\nwhen: { words: x }\nthen: { actions: [{ do: fax.send, say: x, with: {} }] }\n```\n',
  );
  vault.write('Quarantine/odd.md', 'odd');
  vault.write('Approved/a.sync-conflict-20260101-000000-ABC.md', 'x');
  vault.write('.stfolder/x', '');
  vault.write('STOP.md', '');
  vault.write(
    '.obsidian/app.json',
    '{"alwaysUpdateLinks":true,"newLinkFormat":"relative","trashOption":"none","attachmentFolderPath":"./"}',
  );
  writeFileSync(path.join(vault.state, 'spool', 'executor', 'odd.json'), '{');
  const old = path.join(vault.state, 'spool', 'planner', 'person-answer-note-000000000000-q1.json');
  writeFileSync(old, '{"kind":"answer","question":"note-000000000000-q1","text":"x","by":"me"}');
  utimesSync(old, 1, 1);
  const { checks, out } = doctor(vault, { STEWARD_FAX_TOKEN: secret, STEWARD_ENABLED: 'false' });
  assertFound(checks, 'BROKEN', /\/nowhere\/at\/all is not there/, /drop_folders/);
  assertFound(checks, 'BROKEN', /servers\.emial: there is none\. Known: .*email/);
  assertFound(checks, 'BROKEN', /email: servers\.email in config\.yaml: .*port/, /servers\.email/);
  assertFound(checks, 'BROKEN', /Others on this computer can get at .*keys \(mode 755\)/, /chmod -R go-rwx/);
  assertFound(checks, 'warn', /can write into .*Approved/, /chmod -R go-w/);
  assertFound(checks, 'BROKEN', /Skills\/odd\/SKILL\.md: then\.actions/);
  assertFound(checks, 'BROKEN', /Skills\/torn\/SKILL\.md/);
  assertFound(checks, 'warn', /Skills\/late\/SKILL\.md proposes fax\.send/);
  assertFound(checks, 'warn', /1 set aside in Quarantine: odd\.md/);
  assertFound(checks, 'warn', /Copies that a sync tool made: Approved\/a\.sync-conflict/);
  assertFound(checks, 'warn', /Syncthing may bring files/, /steward approve ID/);
  assertFound(checks, 'warn', /STEWARD_ENABLED is false/, /steward resume/);
  assertFound(checks, 'warn', /Links are rewritten/);
  assertFound(checks, 'warn', /gone at once/);
  assertFound(checks, 'warn', /lands beside it/);
  assertFound(checks, 'warn', /odd\.json cannot be read/);
  assertFound(checks, 'ok', /1 wait for the next start: person-answer/, /^$/);
  assertFound(checks, 'warn', /nothing configured uses them: STEWARD_FAX_TOKEN/);
  assertFound(checks, 'BROKEN', /config\.yaml holds the value of STEWARD_FAX_TOKEN/);
  assert.ok(!out.includes(secret), 'a secret is shown');
});

test('doctor tells every mistake in the settings with its line, and goes on with the other checks', async () => {
  await using vault = new TestVault('settle:\n  note: -1\ncolour: red\n');
  const { checks, code } = doctor(vault);
  assert.equal(code, 1);
  assertFound(checks, 'BROKEN', /line 2: settle\.note.*line 3: colour/);
  assert.ok(checks.some(({ check }) => check === 'ledger'));
});

test('doctor tells of a damaged ledger and of a clock that is behind the newest record', async () => {
  await using vault = new TestVault();
  vault.once();
  const file = path.join(vault.state, 'ledger.journal');
  const later = new Date(Date.now() + 3_600_000);
  const journal = Journal.open(
    file,
    path.join(vault.state, 'tmp'),
    LedgerRecord.and(Json),
    () => later,
    () => undefined,
  );
  journal.appendNow({ kind: 'RESUMED', by: 'me' });
  journal.close();
  assertFound(doctor(vault).checks, 'BROKEN', /The newest record is of/, /Set the clock/);
  writeFileSync(file, readFileSync(file, 'utf8').replace('OPENED', '0PENED'));
  assertFound(doctor(vault).checks, 'BROKEN', /damaged/, /backup/);
});

test('doctor tells of a copy beside its vault, of a vault without state here, and of a folder that is no vault', async () => {
  await using vault = new TestVault();
  const copy = path.join(vault.base, 'copy');
  cpSync(vault.root, copy, { recursive: true });
  assertFound(doctor(vault, { STEWARD_VAULT: copy }).checks, 'BROKEN', /This is a copy of the vault/, /steward init/);
  const elsewhere = doctor(vault, { STEWARD_HOME: path.join(vault.base, 'other') });
  assertFound(elsewhere.checks, 'warn', /has no state for the vault/);
  assert.ok(!readdirSync(vault.base).includes('other'), 'doctor made a state folder');
  const inside = doctor(vault, { STEWARD_HOME: path.join(vault.root, 'state') });
  assertFound(inside.checks, 'BROKEN', /inside the vault/, /STEWARD_HOME/);
  rmSync(path.join(vault.root, 'Done'), { recursive: true });
  writeFileSync(path.join(vault.root, 'Done'), 'a file');
  assertFound(doctor(vault).checks, 'BROKEN', /Done is not a plain folder/);
  using home = new Temporary();
  const none = steward(['doctor'], homeAt(home.path));
  assert.equal(none.code, 1);
  assert.match(none.out, /BROKEN vault +There is nothing at .*Steward/);
  mkdirSync(path.join(home.path, 'Steward'));
  assert.match(steward(['doctor'], homeAt(home.path)).out, /is not a vault of Steward’s/);
});

test('while Steward runs doctor says so, and disturbs nothing', async () => {
  await using vault = new TestVault();
  await vault.start();
  const running = doctor(vault).checks.find(({ check }) => check === 'running');
  // While somebody works on the code, what runs is rightly older than it.
  assert.match(running?.what ?? '', /^yes$|its code has changed since/);
  assert.equal(vault.cli('status', '--json').out.includes('"ready":true'), true);
});

test('what is worst comes first, and every finding that is not well says what is at risk', async () => {
  await using vault = new TestVault();
  vault.once();
  vault.write('.obsidian/app.json', '{"trashOption":"none","newFileLocation":"current","newLinkFormat":"absolute"}');
  vault.write('.obsidian/community-plugins.json', '["obsidian-linter","remotely-save"]');
  vault.write('Policies.md', vault.read('Policies.md').replace('per_hour: 300', 'per_hour: many'));
  chmodSync(path.join(vault.root, 'Approved'), 0o777);
  chmodSync(path.join(vault.state, 'keys', 'executor.pem'), 0o644);
  chmodSync(path.join(vault.root, 'Plans'), 0o500);
  const { checks } = doctor(vault);
  chmodSync(path.join(vault.root, 'Plans'), 0o700);
  assertFound(checks, 'warn', /break when Steward files it/, /shortest path/);
  assertFound(checks, 'warn', /beside the open one/, /Needs_Action/);
  assertFound(checks, 'warn', /obsidian-linter rewrites or moves/, /Pending_Approval/);
  assertFound(checks, 'warn', /the plugin Remotely Save may bring files/, /steward approve ID/);
  assertFound(checks, 'BROKEN', /Policies\.md has a mistake: line \d+: /, /policy check/);
  // The administrator may write everywhere.
  if (process.getuid?.() !== 0) assertFound(checks, 'BROKEN', /may not work in .*Plans/, /chmod -R u\+rwX/);
  const states = checks.map(({ state }) => state);
  const rank = (state: string): number => ['BROKEN', 'warn', 'ok'].indexOf(state);
  assert.deepEqual(
    states,
    states.toSorted((a, b) => rank(a) - rank(b)),
  );
  assert.equal(checks.find(({ state }) => state === 'warn')?.check, 'vault', 'who may decide is worse than comfort');
  for (const one of checks) assert.equal(one.risk === undefined, one.state === 'ok', JSON.stringify(one));
  assert.match(vault.cli('doctor', '--offline').out, /Somebody else could decide in your place\. {2}→ {2}chmod/);
});

test('doctor tells of a broken index, a journal that was changed, what crashes left and a clock that was set back', async () => {
  await using vault = new TestVault();
  vault.once();
  const at = (...parts: string[]): string => path.join(vault.state, ...parts);
  writeFileSync(at('memory', 'notes.sqlite'), 'no database at all, but long enough to be read as if it were one');
  let now = new Date();
  const file = at('ledger.journal');
  const journal = Journal.open(
    file,
    at('tmp'),
    LedgerRecord.and(Json),
    () => now,
    () => undefined,
  );
  journal.appendNow({ kind: 'RESUMED', by: 'me' });
  now = new Date(now.getTime() - 3_600_000);
  journal.appendNow({ kind: 'RESUMED', by: 'me' });
  journal.close();
  writeFileSync(at('tasks', 'note-000000000000.journal'), '12 not a record at all\n13 neither is this\n');
  writeFileSync(at('tasks', 'note-000000000000.journal.torn-0123456789ab'), '12 half');
  const passing = path.join(vault.root, '.steward', 'tmp', '0123456789abcdef01234567');
  writeFileSync(passing, 'x');
  utimesSync(passing, 1, 1);
  const { checks } = doctor(vault);
  assertFound(checks, 'warn', /index over the notes cannot be read/, /steward index/);
  assertFound(checks, 'warn', /clock was set back once/, /set-ntp/);
  assertFound(checks, 'BROKEN', /note-000000000000\.journal: record 1 is damaged/, /backup/);
  assertFound(checks, 'warn', /A crash cut 1 records/, /can be deleted/);
  assertFound(checks, 'warn', /1 passing files of a crash/, /steward start/);
});
