import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { createFile } from '../../core/durable.ts';
import { SyncPair } from '../helpers/sync.ts';
import { inMemory, TempFolder } from '../helpers/temp.ts';

test('two vaults and a bare repository come to the same files, whoever wrote them', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  local.write('Needs_Action/one.md', 'One\n');
  local.write('Projects/Deep/er/note.md', 'Deep\n');
  cloud.write('Needs_Action/two.md', 'Two\n');
  await local.round();
  await cloud.round();
  await local.round();
  assert.deepEqual([...local.files.keys()], ['Needs_Action/one.md', 'Needs_Action/two.md', 'Projects/Deep/er/note.md']);
  assert.deepEqual(local.files, cloud.files);
  assert.equal(bare.commits, 2);
  bare.git('fsck', '--strict');

  cloud.write('Needs_Action/one.md', 'One, changed\n');
  cloud.remove('Projects');
  await cloud.round();
  await local.round();
  assert.deepEqual(
    [...local.files],
    [
      ['Needs_Action/one.md', 'One, changed\n'],
      ['Needs_Action/two.md', 'Two\n'],
    ],
  );
  assert.deepEqual(local.files, cloud.files);
  const head = bare.commits;
  await local.round();
  await cloud.round();
  assert.equal(bare.commits, head, 'nothing changed, so that there is nothing to commit');
});

test('a note that both changed in other lines holds both changes afterwards, on both', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { local, cloud } = nodes;
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  local.write('Projects/plan.md', `${lines.join('\n')}\n`);
  await local.round();
  await cloud.round();
  local.write('Projects/plan.md', `${lines.with(2, 'by the laptop').join('\n')}\n`);
  cloud.write('Projects/plan.md', `${lines.with(15, 'by the cloud').join('\n')}\n`);
  await local.round();
  await cloud.round();
  await local.round();
  assert.equal(
    local.read('Projects/plan.md'),
    `${lines.with(2, 'by the laptop').with(15, 'by the cloud').join('\n')}\n`,
  );
  assert.deepEqual(local.files, cloud.files);

  local.write('Projects/plan.md', 'mine\n');
  cloud.write('Projects/plan.md', 'theirs\n');
  await local.round();
  await cloud.round();
  await local.round();
  assert.deepEqual(local.files, cloud.files);
  const all = [...local.files.values()].join('');
  assert.ok(all.includes('mine') && all.includes('theirs'), all);
  assert.equal(local.files.size, 2);
});

test('a note that Steward writes whole is sent at once, however quick the disk, and never waits like one that is typed', async () => {
  using folder = new TempFolder(inMemory());
  using nodes = new SyncPair(folder.path, { settle: { note: 600_000, tick: 600_000 } });
  const { bare, local } = nodes;
  local.write('Needs_Action/typed.md', 'typed');
  const names = Array.from({ length: 20 }, (_, index) => `Needs_Action/whole-${index}.md`);
  for (const name of names) createFile(local.state.tmp, path.join(local.root, name), `${name}\n`);
  await local.round();
  assert.deepEqual([...bare.tree.keys()], names.toSorted());
});
