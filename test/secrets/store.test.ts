import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { readEnvironment } from '../../core/config.ts';
import { keepOut } from '../../core/guarded.ts';
import { openVault } from '../../core/open-vault.ts';
import { keptSecrets } from '../../core/secret-store/index.ts';
import { findSecrets, holdSecrets } from '../../core/secrets.ts';
import { CANARIES, canariesIn, filesWithCanaries } from '../helpers/canaries.ts';
import { LAUNCH, type Said } from '../helpers/cli.ts';
import { TestVault } from '../helpers/vault.ts';

const NAME = 'STEWARD_EMAIL_PASSWORD';
const VALUE = CANARIES[NAME];
after(() => keepOut({}));

function steward(vault: TestVault, args: readonly string[], input = '', more: NodeJS.ProcessEnv = {}): Said {
  // Not the keychain of whoever runs the tests.
  const env = { ...vault.environment, DBUS_SESSION_BUS_ADDRESS: 'disabled:', ...more };
  const done = spawnSync(process.execPath, [LAUNCH, ...args], { env, input, encoding: 'utf8', timeout: 60_000 });
  return { code: done.status ?? -1, out: done.stdout, err: done.stderr };
}

function openedOf(vault: TestVault, more: NodeJS.ProcessEnv = {}) {
  const environment = readEnvironment({ STEWARD_HOME: vault.home, STEWARD_VAULT: vault.root, ...more });
  const opened = openVault(environment);
  assert.ok(opened.ok);
  return { environment, state: opened.value.state };
}

test('a secret is set from standard input, listed by name and place, and removed; its value is shown and stored nowhere', async () => {
  await using vault = new TestVault();
  const set = steward(vault, ['secret', 'set', NAME], `${VALUE}\n`);
  assert.equal(set.code, 0, set.err);
  assert.match(set.out, /^kept {2}STEWARD_EMAIL_PASSWORD {2}in /);
  const list = steward(vault, ['secret', 'list']);
  assert.equal(list.code, 0, list.err);
  assert.match(list.out, /^STEWARD_EMAIL_PASSWORD {2}(?:keychain|encrypted file in .+)\n$/);
  assert.deepEqual(canariesIn(set.out + set.err + list.out + list.err), []);
  assert.deepEqual(
    filesWithCanaries(vault.base, () => false),
    [],
  );
  const { environment, state } = openedOf(vault);
  const found = await findSecrets(environment, state);
  assert.deepEqual(
    found.secrets.map(({ name, value }) => [name, value]),
    [[NAME, VALUE]],
    'without the line end',
  );
  const again = steward(vault, ['secret', 'set', NAME], 'another value');
  assert.equal(again.code, 0, again.err);
  assert.equal((await findSecrets(environment, state)).secrets[0]?.value, 'another value');
  const removed = steward(vault, ['secret', 'remove', NAME]);
  assert.deepEqual([removed.code, removed.out], [0, `removed  ${NAME}\n`]);
  assert.deepEqual((await findSecrets(environment, state)).secrets, []);
  assert.equal(steward(vault, ['secret', 'remove', NAME]).code, 2);
});

test('a name that nothing reads, an empty value and a value as an argument are refused, and nothing is changed', async () => {
  await using vault = new TestVault();
  for (const name of ['PASSWORD', 'STEWARD_HOME', '../x', '__proto__']) {
    const said = steward(vault, ['secret', 'set', name], 'some value');
    assert.equal(said.code, 2, name);
    assert.match(said.err, /is no name of a secret\. A secret is called/, name);
  }
  for (const value of ['\r\n', 'a\0b', 'x'.repeat(40_000)])
    assert.equal(steward(vault, ['secret', 'set', NAME], value).code, 2, JSON.stringify(value.slice(0, 9)));
  const argument = steward(vault, ['secret', 'set', NAME, VALUE]);
  assert.equal(argument.code, 2);
  assert.deepEqual(canariesIn(argument.out + argument.err), []);
  assert.ok(!existsSync(path.join(vault.state, 'secrets')));
  const unknown = steward(vault, ['secret', 'set', 'STEWARD_EMIAL_PASSWORD'], 'a value that nothing reads');
  assert.match(unknown.err, /No server or watcher is called “emial”/);
});

test('the environment wins, then systemd’s credentials, then what is kept, then plain text', async () => {
  await using vault = new TestVault();
  assert.equal(steward(vault, ['secret', 'set', NAME], 'from the store').code, 0);
  const credentials = path.join(vault.base, 'credentials');
  mkdirSync(credentials);
  writeFileSync(path.join(credentials, NAME), 'from systemd\n');
  writeFileSync(path.join(credentials, 'unrelated'), 'x');
  writeFileSync(path.join(vault.state, '.env'), `${NAME}="from a file"\nSTEWARD_HOME=/elsewhere\nPATH=/none\n`, {
    mode: 0o600,
  });
  const placeWith = async (more: NodeJS.ProcessEnv): Promise<string | undefined> => {
    const { environment, state } = openedOf(vault, more);
    const { secrets } = await findSecrets(environment, state);
    assert.deepEqual(
      secrets.map(({ name }) => name),
      [NAME],
      'no other name of these files counts',
    );
    return secrets[0]?.value;
  };
  const all = { [NAME]: 'from the environment', CREDENTIALS_DIRECTORY: credentials };
  assert.equal(await placeWith(all), 'from the environment');
  assert.equal(await placeWith({ CREDENTIALS_DIRECTORY: credentials }), 'from systemd');
  assert.equal(await placeWith({}), 'from the store');
  assert.equal(steward(vault, ['secret', 'remove', NAME]).code, 0);
  assert.equal(await placeWith({}), 'from a file');
});

test('a process keeps the values that are meant for it alone, and its environment loses the others', async () => {
  await using vault = new TestVault();
  writeFileSync(path.join(vault.state, '.env'), `STEWARD_FILES_TOKEN=files-token-1\n${NAME}=email-password\n`, {
    mode: 0o600,
  });
  const { environment, state } = openedOf(vault, { ANTHROPIC_API_KEY: 'key-of-the-brain' });
  const names = async (owners: readonly string[], thinks: boolean): Promise<readonly string[]> =>
    Object.keys((await holdSecrets(environment, state, { owners, thinks })).environment.secrets).sort();
  assert.deepEqual(await names([], true), ['ANTHROPIC_API_KEY']);
  assert.deepEqual(await names(['files'], false), ['STEWARD_FILES_TOKEN']);
  assert.deepEqual(await names(['email', 'files'], false), [NAME, 'STEWARD_FILES_TOKEN']);
  assert.deepEqual(await names(['filesystem'], false), []);
});

test('plain text and files that others can read are told, with the command that mends it', async () => {
  await using vault = new TestVault();
  const file = path.join(vault.state, '.env');
  writeFileSync(file, `${NAME}='${VALUE}'\n`);
  chmodSync(file, 0o644);
  const started = vault.once();
  assert.equal(started.code, 0, started.err);
  assert.match(started.out, new RegExp(`^! ${NAME} stands in plain text in .*steward secret set ${NAME}`, 'm'));
  const doctor = vault.cli('doctor');
  assert.equal(doctor.code, 1);
  assert.match(
    doctor.out,
    new RegExp(`^warn +secrets +${NAME} stands in plain text in .*→ {2}steward secret set ${NAME}`, 'm'),
  );
  assert.match(doctor.out, /^BROKEN secrets +Others on this computer can read .*\.env \(mode 644\).*→ {2}chmod 600/m);
  assert.deepEqual(canariesIn(started.out + started.err + doctor.out + doctor.err), []);
});

test('an encrypted secret without its identity, or with another one, is told and holds up nothing', async () => {
  await using vault = new TestVault();
  assert.equal(steward(vault, ['secret', 'set', NAME], VALUE).code, 0);
  const { environment, state } = openedOf(vault);
  const kept = keptSecrets(state);
  if (!kept.ok || kept.value[NAME] !== 'file') return;
  for (const name of readdirSync(path.join(vault.state, 'secrets')))
    assert.equal(lstatSync(path.join(vault.state, 'secrets', name)).mode & 0o777, 0o600, name);
  rmSync(path.join(state.keys, 'secrets.age-identity'));
  const { secrets, faults } = await findSecrets(environment, state);
  assert.deepEqual(secrets, []);
  assert.match(faults.join(), /cannot be opened: .* Set it again: steward secret set STEWARD_EMAIL_PASSWORD/);
  const once = vault.once();
  assert.equal(once.code, 0, once.err);
  const doctor = vault.cli('doctor');
  assert.match(doctor.out, /^BROKEN secrets +.*cannot be opened/m);
  assert.equal(steward(vault, ['secret', 'set', NAME], VALUE).code, 0, 'setting it again mends it');
  assert.equal((await findSecrets(environment, state)).secrets[0]?.value, VALUE);
  writeFileSync(path.join(vault.state, 'secrets', 'kept.json'), '{"format":1,"kept":{"X":"file"}}');
  assert.match((await findSecrets(environment, state)).faults.join(), /kept\.json cannot be read/);
});
