import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../../core/digest.ts';
import { git, Phone, SyncPair } from '../helpers/sync.ts';
import { TempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/vault.ts';

test('a remote that was set back by force loses nothing: what it lost is sent again, and nothing is removed here', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  local.write('Projects/one.md', 'One\n');
  await local.round();
  const early = bare.git('rev-parse', 'main');
  local.write('Projects/two.md', 'Two\n');
  await local.round();
  await cloud.round();
  bare.git('update-ref', 'refs/heads/main', early);
  await cloud.round();
  await local.round();
  for (const node of [local, cloud]) assert.equal(node.read('Projects/two.md'), 'Two\n', node.name);
  assert.ok(bare.tree.has('Projects/two.md'));
  assert.ok(
    local.lines.concat(cloud.lines).some(line => line.includes('rewritten')),
    'it is said',
  );
});

test('a remote whose history was begun anew is taken as the other side, and both keep everything', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  local.write('Projects/one.md', 'One\n');
  await local.round();
  await cloud.round();
  const other = path.join(folder.path, 'other');
  git(folder.path, 'init', '--quiet', '--initial-branch=main', other);
  writeFileSync(path.join(other, 'new.md'), 'Begun anew\n');
  git(other, 'add', '-A');
  git(other, 'commit', '--quiet', '-m', 'begun anew');
  git(other, 'push', '--quiet', '--force', bare.path, 'main');
  await cloud.round();
  await local.round();
  await cloud.round();
  assert.deepEqual(local.files, cloud.files);
  assert.deepEqual([...local.files.keys()], ['Projects/one.md', 'new.md']);
});

test('an empty remote in place of the old one gets everything again', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  local.write('Projects/one.md', 'One\n');
  await local.round();
  await cloud.round();
  rmSync(bare.path, { recursive: true });
  git(folder.path, 'init', '--quiet', '--bare', '--initial-branch=main', bare.path);
  await cloud.round();
  await local.round();
  assert.equal(local.read('Projects/one.md'), 'One\n');
  assert.ok(bare.tree.has('Projects/one.md'));
});

test('a damaged or lost git directory is fetched again, and what was not sent yet is sent', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local } = nodes;
  local.write('Projects/one.md', 'One\n');
  await local.round();
  const objects = path.join(local.state.root, 'sync', 'git', 'objects');
  for (const entry of readdirSync(objects, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) writeFileSync(path.join(entry.parentPath, entry.name), 'rubbish');
  local.restart();
  local.write('Projects/two.md', 'Two\n');
  await local.round();
  assert.deepEqual([...bare.tree.keys()], ['Projects/one.md', 'Projects/two.md']);
  local.sync.close();
  rmSync(path.join(local.state.root, 'sync', 'git'), { recursive: true });
  local.restart();
  local.write('Projects/three.md', 'Three\n');
  await local.round();
  assert.deepEqual([...bare.tree.keys()], ['Projects/one.md', 'Projects/three.md', 'Projects/two.md']);
  bare.git('fsck', '--strict');
});

test('what is known of the files may be lost: nothing is taken for removed or sent twice', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local } = nodes;
  for (let index = 0; index < 30; index += 1) local.write(`Projects/${index}.md`, `${index}\n`);
  await local.round();
  local.sync.close();
  for (const name of ['known.sqlite', 'known.sqlite-wal', 'known.sqlite-shm'])
    rmSync(path.join(local.state.root, 'sync', name), { force: true });
  local.remove('Projects/7.md');
  const before = bare.commits;
  local.restart();
  await local.round();
  assert.equal(bare.commits, before + 1);
  assert.equal(bare.tree.size, 29);
});

test('a state folder from last week’s backup catches up without a conflict and without undoing anything', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { local, cloud } = nodes;
  local.write('Projects/plan.md', 'First\n');
  local.write('Projects/old.md', 'Old\n');
  await local.round();
  await cloud.round();
  local.sync.close();
  cpSync(local.state.root, path.join(folder.path, 'backup'), { recursive: true });
  local.restart();
  local.write('Projects/plan.md', 'Second\n');
  local.remove('Projects/old.md');
  cloud.write('Projects/cloud.md', 'Cloud\n');
  for (const node of [local, cloud, local]) await node.round();
  local.sync.close();
  rmSync(local.state.root, { recursive: true });
  cpSync(path.join(folder.path, 'backup'), local.state.root, { recursive: true });
  local.restart();
  for (const node of [local, cloud, local]) await node.round();
  assert.deepEqual(local.files, cloud.files);
  assert.deepEqual(
    [...local.files],
    [
      ['Projects/cloud.md', 'Cloud\n'],
      ['Projects/plan.md', 'Second\n'],
    ],
  );
});

test('a vault from last week’s backup is brought up to date: what it lacks is not removed elsewhere, what is old in it undoes nothing', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { local, cloud } = nodes;
  local.write('Projects/plan.md', 'First\n');
  await local.round();
  await cloud.round();
  local.sync.close();
  cpSync(local.root, path.join(folder.path, 'backup'), { recursive: true });
  local.restart();
  local.write('Projects/plan.md', 'Second\n');
  local.write('Projects/new.md', 'New\n');
  for (const node of [local, cloud]) await node.round();
  local.sync.close();
  rmSync(local.root, { recursive: true });
  cpSync(path.join(folder.path, 'backup'), local.root, { recursive: true });
  local.write('Projects/mine.md', 'Written after the backup was put back\n');
  local.restart();
  for (const node of [local, cloud, local]) await node.round();
  assert.deepEqual(local.files, cloud.files);
  assert.deepEqual(
    [...local.files],
    [
      ['Projects/mine.md', 'Written after the backup was put back\n'],
      ['Projects/new.md', 'New\n'],
      ['Projects/plan.md', 'Second\n'],
    ],
  );
});

test('a vault whose disk is not there removes nothing anywhere', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local } = nodes;
  local.write('Projects/plan.md', 'First\n');
  await local.round();
  const away = path.join(folder.path, 'away');
  renameSync(local.root, away);
  const done = await local.sync.round();
  assert.ok(!done.ok && done.failure.message.includes('is not there'));
  assert.ok(bare.tree.has('Projects/plan.md'));
  renameSync(away, local.root);
  local.restart();
  await local.round();
  assert.equal(bare.commits, 1);
});

test('locks that a crash left are taken away, and one whose git still runs is not', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local } = nodes;
  local.write('Projects/one.md', 'One\n');
  await local.round();
  const gitFolder = path.join(local.state.root, 'sync', 'git');
  const locks = ['refs/steward/base.lock', 'refs/remotes/origin/main.lock', 'packed-refs.lock', 'config.lock'];
  local.sync.close();
  for (const lock of locks) writeFileSync(path.join(gitFolder, lock), '');
  const live = spawn('git', ['hash-object', '--stdin'], { env: { ...process.env, GIT_DIR: gitFolder } });
  await once(live, 'spawn');
  await until(
    () => readFileSync(`/proc/${live.pid}/comm`, 'utf8').startsWith('git'),
    () => 'git runs',
  );
  local.restart();
  assert.deepEqual(
    locks.filter(lock => !existsSync(path.join(gitFolder, lock))),
    [],
    'a git that still runs may hold them',
  );
  live.kill('SIGKILL');
  await once(live, 'exit');
  local.restart();
  assert.deepEqual(
    locks.filter(lock => existsSync(path.join(gitFolder, lock))),
    [],
  );
  local.write('Projects/two.md', 'Two\n');
  await local.round();
  assert.ok(bare.tree.has('Projects/two.md'));
});

test('a lock that a git left which was killed while Steward runs is taken away in the next round', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local } = nodes;
  local.write('Projects/one.md', 'One\n');
  await local.round();
  const gitFolder = path.join(local.state.root, 'sync', 'git');
  for (const lock of ['refs/remotes/origin/main.lock', 'refs/steward/base.lock']) {
    writeFileSync(path.join(gitFolder, lock), '');
    const other = new Phone(folder.path, bare.path, lock.replaceAll('/', '-'));
    other.write(`${lock.length}.md`, 'x\n');
    other.commit('elsewhere');
    other.sync();
    await local.round();
    assert.ok(local.files.has(`${lock.length}.md`), lock);
  }
});

test('packing the history changes nothing of what is synced', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  local.write('Projects/one.md', 'One\n');
  await nodes.settle();
  const packed = await local.sync.repository.tidy();
  assert.ok(packed.ok, 'git gc ran');
  local.write('Projects/two.md', 'Two\n');
  cloud.write('Projects/three.md', 'Three\n');
  await nodes.settle();
  assert.deepEqual(local.files, cloud.files);
  assert.equal(bare.tree.size, 3);
});

test('a removal that a crash cut off is ended, and what the person had saved in between is put back', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { local } = nodes;
  local.write('Projects/one.md', 'One\n');
  local.write('Projects/two.md', 'Two\n');
  await nodes.settle();
  const passing = path.join(local.root, '.steward', 'tmp');
  for (const name of ['one', 'two']) {
    const at = `Projects/${name}.md`;
    const kept = `gone-${sha256(at).slice(0, 16)}-${sha256(local.read(at))}`;
    renameSync(path.join(local.root, at), path.join(passing, kept));
    if (name === 'two') writeFileSync(path.join(passing, kept), 'Two, saved in between\n');
  }
  local.restart();
  await local.round();
  assert.deepEqual([...local.files], [['Projects/two.md', 'Two, saved in between\n']]);
  assert.deepEqual(readdirSync(passing), []);
});

test('a full disk is said and waited for, at every step: nothing is lost and the same process goes on once there is room', async () => {
  for (const full of ['write', 'put', 'known', 'base', 'objects', 'pushed']) {
    using folder = new TempFolder();
    using nodes = new SyncPair(folder.path);
    const { local, cloud } = nodes;
    cloud.write('Projects/theirs.md', 'Theirs\n');
    await cloud.round();
    local.write('Projects/mine.md', 'Mine\n');
    let reached = false;
    local.at = step => {
      reached ||= step === full;
      if (step === full) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    const failed = await local.sync.round();
    assert.ok(reached && !failed.ok, full);
    assert.match(`${failed.failure.message} ${failed.failure.mend}`, /disk|space/i);
    local.at = () => undefined;
    await nodes.settle();
    assert.deepEqual(local.files, cloud.files, full);
    assert.deepEqual([...local.files.keys()], ['Projects/mine.md', 'Projects/theirs.md'], full);
  }
});
