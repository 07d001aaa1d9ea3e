import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { waitingVault } from '../helpers/prepared.ts';
import { fileKey } from '../helpers/ssh.ts';
import { atTerminal } from '../helpers/terminal.ts';
import { EXAMPLE, TestVault, until } from '../helpers/vault.ts';

/** Has what was said to Steward so far taken in, and returns the id of the approval that waits. */
function waitingId(vault: TestVault): string {
  const ran = vault.once();
  assert.equal(ran.code, 0, ran.out + ran.err);
  const { waiting } = JSON.parse(vault.cli('status', '--json').out);
  assert.equal(waiting.length, 1);
  return waiting[0].id;
}
const isFiled = (vault: TestVault): boolean =>
  existsSync(path.join(vault.root, 'Accounting/2026/2026-11-03 invoice.pdf'));

test('keys are allowed, listed and revoked by the command; a private one, a wrong name and a wrong day are refused with words', async () => {
  await using vault = new TestVault();
  const anna = fileKey(vault.base, 'anna');
  const ben = fileKey(vault.base, 'ben');
  const secret = readFileSync(anna.file, 'utf8').split('\n')[2] ?? assert.fail();
  const wrong: readonly [readonly string[], RegExp][] = [
    [[anna.file], /This is a private key.*\.pub/],
    [[`${anna.file}.missing`], /cannot be read/],
    [[vault.base], /no public key/],
    [[EXAMPLE], /exactly one key|no public key|private/],
    [[`${anna.file}.pub`, '--name', 'a*'], /“a\*” is no name for a key/],
    [[`${anna.file}.pub`, '--until', 'soon'], /“soon” is no day/],
  ];
  for (const [args, why] of wrong) {
    const said = vault.cli('key', 'allow', ...args);
    assert.equal(said.code, 2, args.join(' '));
    assert.match(said.err, why);
    assert.ok(!(said.out + said.err).includes(secret));
  }
  assert.equal(vault.cli('key', 'list').out, 'No key is allowed to sign decisions.\n');
  assert.match(vault.cli('key', 'allow', `${anna.file}.pub`).out, /^allowed {3}anna {2}ssh-ed25519 {2}SHA256:/);
  assert.equal(vault.cli('key', 'allow', `${ben.file}.pub`, '--name', 'Ben', '--until', '2020-01-31').code, 0);
  assert.equal(vault.cli('key', 'list').out.split('(once Steward has run)').length - 1, 2);
  assert.equal(vault.once().code, 0);
  const listed = vault.cli('key', 'list');
  assert.equal(listed.code, 0, listed.err);
  assert.match(listed.out, /^anna {2}ssh-ed25519 {2}SHA256:\S+\nBen .*\(does not count now: counted only until 20/);
  const fingerprint = /SHA256:\S+/.exec(listed.out)?.[0] ?? '';
  assert.match(vault.cli('key', 'revoke', 'nobody').err, /No key is called “nobody”\. Allowed: anna, Ben\./);
  assert.match(vault.cli('key', 'revoke', fingerprint).out, /^revoked {3}anna/);
  assert.equal(vault.once().code, 0);
  assert.ok(!vault.cli('key', 'list').out.includes('anna'));
  assert.equal(vault.cli('verify').code, 0, vault.cli('verify').out);
  const list = path.join(vault.state, 'allowed_signers');
  writeFileSync(list, readFileSync(list, 'utf8') + readFileSync(`${anna.file}.pub`, 'utf8'));
  const changed = vault.cli('key', 'list');
  assert.equal(changed.code, 1);
  assert.match(changed.err, /is not what is on record, so no signature counts/);
});

test('approve --sign shows what is signed, signs with the key, and the effect happens; a key that is not allowed decides nothing', async () => {
  await using vault = waitingVault();
  const anna = fileKey(vault.base, 'anna');
  const stranger = fileKey(vault.base, 'stranger');
  vault.cli('key', 'allow', `${anna.file}.pub`);
  const id = waitingId(vault);
  const refused = vault.cli('approve', id, '--sign', '--key', stranger.file);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /does not count here, so nothing was decided/);
  const none = vault.cli('approve', id, '--sign', '--key', `${anna.file}-away`);
  assert.match(none.err, /There is no key at/);
  vault.once();
  assert.ok(!isFiled(vault));
  const said = vault.cli('approve', id, '--key', anna.file);
  assert.equal(said.code, 0, said.err);
  assert.equal(said.out.split('\n').length, 2, 'one line, as scripts read it');
  assert.match(
    said.err,
    /You sign\napproved: "Move Inbox\/invoice\.pdf[\s\S]*to: "Accounting\/2026[\s\S]*digest [0-9a-f]{64}/,
  );
  vault.once();
  assert.ok(isFiled(vault));
  assert.match(vault.cli('why', id).out, /anna approved/);
});

test('on a computer that has only the vault, the note is signed and moved, nothing else is made, and it counts once it comes back', async () => {
  await using vault = waitingVault();
  const anna = fileKey(vault.base, 'anna');
  vault.cli('key', 'allow', `${anna.file}.pub`);
  vault.write('.stfolder', '');
  const id = waitingId(vault);
  const copy = path.join(vault.base, 'copy');
  cpSync(vault.root, copy, { recursive: true });
  rmSync(path.join(copy, '.steward'), { recursive: true });
  const there = (...args: string[]): ReturnType<TestVault['cli']> => {
    const { environment } = vault;
    const env = { ...environment, STEWARD_HOME: path.join(vault.base, 'elsewhere'), HOME: vault.base };
    const done = spawnSync(process.execPath, [path.resolve('scripts/launch.mjs'), ...args, '--vault', copy], {
      ...{ env, encoding: 'utf8', timeout: 60_000 },
    });
    return { code: done.status ?? -1, out: done.stdout, err: done.stderr };
  };
  const [name = ''] = readdirSync(path.join(copy, 'Pending_Approval')).filter(file => file.startsWith('invoice'));
  const pending = path.join(copy, 'Pending_Approval', name);
  const text = readFileSync(pending, 'utf8');
  writeFileSync(pending, text.replace(/(```text\n.*)2026-11-03 invoice/, '$12026-11-03 other'));
  const bent = there('approve', id, '--sign', '--key', anna.file);
  assert.equal(bent.code, 0, 'its values may differ for all this computer knows; the executor will say so');
  rmSync(path.join(copy, 'Approved', name));
  writeFileSync(pending, text.replace('Waiting for you', 'Waiting for nobody'));
  assert.match(there('approve', id, '--sign', '--key', anna.file).err, /so it was not signed/);
  writeFileSync(pending, text);
  assert.match(there('approve', 'file-0', '--sign', '--key', anna.file).err, /No approval waits under/);
  assert.match(there('approve', id, '--sign').err, /There is no key in ~\/\.ssh/);
  const said = there('approve', id.slice(0, 8), '--sign', '--key', anna.file);
  assert.equal(said.code, 0, said.err);
  assert.ok(said.out.startsWith(`approved  ${id}  `));
  assert.ok(!existsSync(path.join(vault.base, 'elsewhere')), 'no state was made there');
  const signed = readFileSync(path.join(copy, 'Approved', name), 'utf8');
  assert.match(signed, /^signature: U1NIU0lH[A-Za-z0-9+/]+=*$/m);
  assert.equal(signed.replace(/^signature: .*\n/m, ''), text, 'nothing else was changed');
  rmSync(path.join(vault.root, 'Pending_Approval', name));
  renameSync(path.join(copy, 'Approved', name), path.join(vault.root, 'Approved', name));
  assert.equal(vault.once().code, 0);
  assert.ok(isFiled(vault), vault.cli('why', id).out);
  assert.match(vault.cli('why', id).out, /anna approved/);
});

test('a passphrase is asked for at the person’s terminal, and without one nothing is signed and nothing hangs', async () => {
  await using vault = waitingVault();
  const anna = fileKey(vault.base, 'anna');
  spawnSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', anna.file]);
  vault.cli('key', 'allow', `${anna.file}.pub`);
  const id = waitingId(vault);
  const wrong = await atTerminal(['approve', id, '--sign', '--key', anna.file], vault.environment, [
    { prompt: /passphrase/, type: 'wrong' },
  ]);
  assert.equal(wrong.code, 2, wrong.screen);
  assert.match(wrong.screen, /could not sign: nothing was decided/);
  const right = await atTerminal(['approve', id, '--sign', '--key', anna.file], vault.environment, [
    { prompt: /passphrase/, type: 'open sesame' },
  ]);
  assert.equal(right.code, 0, right.screen);
  assert.ok(!right.screen.includes('open sesame'));
  vault.once();
  assert.ok(isFiled(vault));
});

test('a key in the agent signs, with only its public half on disk', async () => {
  await using vault = waitingVault();
  const anna = fileKey(vault.base, 'anna');
  vault.cli('key', 'allow', `${anna.file}.pub`);
  const id = waitingId(vault);
  const socket = path.join(vault.base, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  try {
    await until(
      () => existsSync(socket),
      () => 'the agent did not start',
    );
    const env = { ...vault.environment, SSH_AUTH_SOCK: socket };
    assert.equal(spawnSync('ssh-add', ['-q', anna.file], { env }).status, 0);
    rmSync(anna.file);
    const args = [path.resolve('scripts/launch.mjs'), 'approve', id, '--sign', '--key', `${anna.file}.pub`];
    const done = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 60_000 });
    assert.equal(done.status, 0, done.stderr);
  } finally {
    agent.kill();
  }
  vault.once();
  assert.ok(isFiled(vault));
});

test('doctor tells of an open private key that may sign, of a changed list, and of nothing where all is well', async () => {
  await using vault = new TestVault();
  const home = path.join(vault.base, 'home');
  mkdirSync(path.join(home, '.ssh'), { recursive: true });
  const anna = fileKey(path.join(home, '.ssh'), 'id_ed25519');
  const signing = (): { state: string; what: string; mend?: string }[] => {
    const env = { ...vault.environment, HOME: home };
    const args = [path.resolve('scripts/launch.mjs'), 'doctor', '--json'];
    const { stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 60_000 });
    return JSON.parse(stdout).checks.filter(({ check }: { check: string }) => check === 'signing');
  };
  vault.once();
  assert.deepEqual(signing(), [], 'nobody signs here');
  vault.cli('key', 'allow', `${anna.file}.pub`, '--name', 'anna');
  vault.once();
  const [open, ...others] = signing();
  assert.deepEqual(others, []);
  assert.equal(open?.state, 'warn');
  assert.match(open?.what ?? '', /id_ed25519 has no passphrase, and SHA256:\S+ of anna may sign decisions/);
  assert.match(open?.mend ?? '', /token .*agent that asks .*other computer/);
  spawnSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', anna.file]);
  assert.deepEqual(
    signing().map(({ state }) => state),
    ['ok'],
  );
  writeFileSync(path.join(vault.state, 'allowed_signers'), '');
  assert.match(signing()[0]?.what ?? '', /is not the list of keys that is on record/);
});
