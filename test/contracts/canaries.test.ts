import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readChannels } from '../../core/channel-health.ts';
import { readEnvironment } from '../../core/config.ts';
import { discover } from '../../core/discover.ts';
import { createLog } from '../../core/log.ts';
import { channelNotices } from '../../core/notices.ts';
import { openVault } from '../../core/open-vault.ts';
import { Vault } from '../../core/vault.ts';
import { isWatcher } from '../../core/watcher.ts';
import { poll } from '../helpers/mail-watcher.ts';
import { TestVault } from '../helpers/vault.ts';
import { CANARIES } from './canary-samples.ts';

const LEFT = 'f'.repeat(32);
const FOLDER = path.resolve(import.meta.dirname, '..', '..', 'watchers');
const watchers = await discover(FOLDER, value => (isWatcher(value) ? value : undefined));

test('every watcher in the folder has a canary, and no other is tried', () =>
  assert.deepEqual([...watchers.keys()].sort(), Object.keys(CANARIES).sort()));

for (const { name, start } of watchers.values()) {
  test(`${name}: each way in is proved on a timer, and nothing is left behind, made a task of or taken from a stranger`, async () => {
    await using sample = await (CANARIES[name] ?? assert.fail('a watcher without a canary'))();
    await using vault = new TestVault();
    writeFileSync(path.join(vault.state, 'config.yaml'), sample.config);
    const opened = openVault(readEnvironment(vault.environment));
    assert.ok(opened.ok, JSON.stringify(opened));
    const { root, state, config } = opened.value;
    const told: string[] = [];
    let minutes = 0;
    const context = {
      ...{ vault: new Vault(root, 'watcher'), state, config, secrets: sample.secrets, look: () => undefined },
      log: createLog(line => told.push(line), {}),
      now: () => new Date(Date.now() + minutes * 60_000),
      monotonic: () => minutes * 2000,
    };
    const running = await start(context);
    assert.ok(running !== undefined && running.ways.length > 0, told.join('\n'));
    let tasks = 0;
    try {
      const names = running.ways.map(way => way.name);
      assert.equal(new Set(names).size, names.length);
      const proved = (): readonly string[] =>
        Object.entries(readChannels(state, name)).flatMap(([way, kept]) => (kept.proved === undefined ? [] : [way]));
      await poll(
        async () => (await running.sweep()).settlesIn === undefined,
        () => 'the first round does not end',
      );
      assert.deepEqual(proved(), [], 'who only just began puts none down');
      minutes = 61;
      tasks = await sample.forge(root);
      const often = names.filter(way => sample.seldom?.test(way) !== true);
      await poll(
        async () => {
          await running.sweep();
          return often.every(way => proved().includes(way));
        },
        () => `of ${names.join(', ')} only ${proved().join(', ')} came back: ${told.join(' | ')}`,
      );
      for (const way of running.ways.filter(one => !often.includes(one.name)))
        assert.deepEqual(await way.prove('1'.repeat(32), AbortSignal.timeout(30_000)), { ok: true, value: 'proved' });
      assert.equal(await sample.left(root), 1, 'what a stranger put there stays, and nothing else');
      await poll(
        async () => !(await running.sweep()).moved && vault.files('Needs_Action').length >= tasks,
        () => told.join(' | '),
      );
      assert.equal(vault.files('Needs_Action').length, tasks);
      assert.deepEqual(channelNotices(state), []);
      assert.deepEqual(
        told.filter(line => line.startsWith('!')),
        [],
      );
    } finally {
      await running.close();
    }
    // A kill between the putting and the taking away: the mark is on record, and nobody waits for it any more.
    const [way] = running.ways;
    const placed = await way?.prove(LEFT, AbortSignal.timeout(30_000));
    assert.ok(way !== undefined && placed?.ok === true, JSON.stringify(placed));
    if (placed.value === 'proved') return;
    const channels = { [way.name]: { canary: { mark: LEFT, placed: context.now().toISOString() } } };
    writeFileSync(path.join(state.root, 'channels', `${name}.json`), JSON.stringify({ format: 1, channels }));
    const next = await start(context);
    try {
      await poll(
        async () => {
          await next?.sweep();
          return (await sample.left(root)) === 1;
        },
        () => `it was left behind: ${told.join(' | ')}`,
      );
      assert.equal(vault.files('Needs_Action').length, tasks);
    } finally {
      await next?.close();
    }
  });
}
