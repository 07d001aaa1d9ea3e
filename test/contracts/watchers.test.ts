import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readEnvironment } from '../../core/config.ts';
import { discover } from '../../core/discover.ts';
import { createLog } from '../../core/log.ts';
import { openVault } from '../../core/open-vault.ts';
import { Vault } from '../../core/vault.ts';
import { isWatcher } from '../../core/watcher.ts';
import { TestVault } from '../helpers/vault.ts';

const FOLDER = path.resolve(import.meta.dirname, '..', '..', 'watchers');
const watchers = await discover(FOLDER, value => (isWatcher(value) ? value : undefined));

test('there are watchers to hold against the contract', () => assert.ok(watchers.size >= 1));

for (const watcher of watchers.values()) {
  test(`${watcher.name}: starts where nothing has arrived, moves nothing, and closes`, async () => {
    await using vault = new TestVault();
    const opened = openVault(readEnvironment(vault.environment));
    assert.ok(opened.ok);
    const { root, state, config } = opened.value;
    const told: string[] = [];
    const context = {
      ...{ vault: new Vault(root, 'watcher'), state, config },
      secrets: {},
      log: createLog(line => told.push(line), {}),
      now: () => new Date(),
      look: () => undefined,
    };
    const running = await watcher.start(context);
    if (running === undefined) return;
    assert.deepEqual(await running.sweep(), { moved: false, settlesIn: undefined });
    await running.close();
    assert.deepEqual(told, []);
  });
}

test('filesystem: one arrival makes one task, however often it is looked at and across a restart', async () => {
  await using vault = new TestVault();
  const watcher = watchers.get('filesystem');
  const opened = openVault(readEnvironment(vault.environment));
  assert.ok(opened.ok && watcher !== undefined);
  const { root, state, config } = opened.value;
  vault.write('Inbox/a.txt', 'hello');
  for (let round = 0; round < 2; round += 1) {
    const running = await watcher.start({
      ...{ vault: new Vault(root, 'watcher'), state, config },
      secrets: {},
      log: createLog(() => undefined, {}),
      now: () => new Date(),
      look: () => undefined,
    });
    assert.ok(running);
    let wait: number | undefined = 1;
    for (let look = 0; look < 100 && wait !== undefined; look += 1) {
      ({ settlesIn: wait } = await running.sweep());
      if (wait !== undefined) await new Promise(resolve => setTimeout(resolve, wait));
    }
    await running.sweep();
    await running.close();
    assert.equal(readdirSync(path.join(root, 'Needs_Action')).filter(name => name !== 'README.md').length, 1);
  }
  assert.equal(vault.read('Inbox/a.txt'), 'hello');
});
