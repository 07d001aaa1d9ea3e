import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { LAUNCH } from '../helpers/cli.ts';
import { TestVault } from '../helpers/vault.ts';

test('a cloud node with a secret that must not leave the person’s computer does not start, and says so, as the doctor does', async () => {
  await using vault = new TestVault('node: cloud\n');
  const env = { ...vault.environment, STEWARD_WHATSAPP_TOKEN: 'not-a-real-token-1' };
  const run = (...args: readonly string[]): { readonly status: number | null; readonly said: string } => {
    const done = spawnSync(process.execPath, [LAUNCH, ...args], { env, encoding: 'utf8', timeout: 60_000 });
    return { status: done.status, said: `${done.stdout}${done.stderr}` };
  };
  const started = run('start', '--once');
  assert.equal(started.status, 2, started.said);
  assert.match(started.said, /“cloud” holds STEWARD_WHATSAPP_TOKEN, which must never leave your own computer/);
  assert.doesNotMatch(started.said, /not-a-real-token/);
  assert.match(run('doctor', '--offline').said, /BROKEN node .*STEWARD_WHATSAPP_TOKEN/);
});
