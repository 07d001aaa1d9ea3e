import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { publicHalf } from '../../core/grant.ts';
import { createLog } from '../../core/log.ts';
import { ok } from '../../core/outcome.ts';
import { ActionServers } from '../../orchestrator/execute/servers.ts';
import { TempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/vault.ts';

const children = (): number => process.getActiveResourcesInfo().filter(name => name === 'ProcessWrap').length;

test('a server that is only asked what it offers is ended again, and one that is used meanwhile stays', async () => {
  using folder = new TempFolder();
  writeFileSync(path.join(folder.path, 'a.txt'), 'a');
  const grantKey = publicHalf(generateKeyPairSync('ed25519').privateKey);
  const servers = new ActionServers(
    () => ({ vault: folder.path, dropFolders: [], state: '', settings: null, grantKey, secrets: {} }),
    () => Promise.resolve(ok('same')),
    createLog(() => undefined, {}),
  );
  try {
    const asked = await servers.offered('files');
    assert.ok(asked.ok && asked.value.has('move'));
    await until(
      () => children() === 0,
      () => `it still runs: ${children()}`,
    );
    const move = { from: 'a.txt', to: 'b.txt' };
    const [again, prepared] = await Promise.all([servers.offered('files'), servers.dryRun('files', 'move', move)]);
    assert.ok(again.ok && prepared.ok, JSON.stringify([again, prepared]));
    assert.ok((await servers.offered('files')).ok);
    assert.equal(children(), 1, 'what is in use was ended, or started twice');
    assert.ok((await servers.dryRun('files', 'move', move)).ok);
  } finally {
    await servers.close();
  }
});
