import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { attachmentPath } from '../../core/attachment-path.ts';
import { readEnvironment } from '../../core/config.ts';
import { sha256 } from '../../core/digest.ts';
import { discover } from '../../core/discover.ts';
import { readProperties } from '../../core/front-matter.ts';
import { createLog } from '../../core/log.ts';
import { isNetworkedWatcher } from '../../core/networked.ts';
import { openVault } from '../../core/open-vault.ts';
import { Vault } from '../../core/vault.ts';
import { isWatcher } from '../../core/watcher.ts';
import { shapeOf } from '../helpers/live-markdown.ts';
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

const far = [...watchers.values()].flatMap(watcher => (isNetworkedWatcher(watcher) ? [watcher] : []));

test('there are watchers of far sources to hold against their contract', () => assert.ok(far.length >= 1));

for (const { name, toNote, sample, ping } of far) {
  const context = { task: `${name}-0123456789ab`, known: { own: new Set<string>(), people: new Map(), compared: [] } };

  test(`${name}: the recorded sample becomes a note offline, the same each time, inert and whole`, async () => {
    const item = await sample();
    const arrived = await toNote(item, context);
    assert.deepEqual(await toNote(await sample(), context), arrived);
    assert.ok(arrived.title !== '' && arrived.title.length <= 200 && !arrived.title.includes('\n'), arrived.title);
    const split = readProperties(arrived.note);
    assert.ok(split.ok, JSON.stringify(split));
    const { type, id, source } = split.value.properties;
    assert.deepEqual([type, id, source], ['task', context.task, name]);
    const kept = arrived.attachments.map(one => attachmentPath(one.sha256, one.name));
    const isOwn = (link: string): boolean => kept.some(file => file === link || file.endsWith(`/${link}`));
    assert.deepEqual(shapeOf(arrived.note, isOwn).live, []);
    assert.ok(arrived.sender === undefined || /^[^\s<>]+$/.test(arrived.sender), arrived.sender);
    assert.ok(JSON.stringify(arrived.facts).length <= 32 * 1024);
    for (const { bytes, sha256: hash } of arrived.attachments) assert.equal(sha256(bytes), hash);
    for (const file of kept) assert.ok(arrived.note.includes(path.basename(file)), `the note links ${file}`);
  });

  test(`${name}: an item that is cut off anywhere still becomes a note`, async () => {
    const item = await sample();
    for (let at = 0; at < item.bytes.length; at += Math.ceil(item.bytes.length / 60)) {
      const arrived = await toNote({ ...item, bytes: item.bytes.subarray(0, at) }, context);
      assert.ok(readProperties(arrived.note).ok, `cut at ${at}`);
    }
  });

  test(`${name}: settings with a mistake are refused in words that name the place, before anything is reached`, async () => {
    await using vault = new TestVault();
    const opened = openVault(readEnvironment(vault.environment));
    assert.ok(opened.ok);
    const given = { secrets: {}, now: () => new Date(), state: opened.value.state };
    const said = await ping({ unheard_of: true }, given, AbortSignal.timeout(10_000));
    assert.ok(!said.ok && said.failure.kind === 'invalid', JSON.stringify(said));
    assert.ok(said.failure.message.includes(`watchers.${name}`) && /config\.yaml/.test(said.failure.mend ?? ''));
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
