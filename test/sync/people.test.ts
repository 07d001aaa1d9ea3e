import assert from 'node:assert/strict';
import { linkSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { keepOut } from '../../core/guarded.ts';
import { readNotices, syncNotices } from '../../core/notices.ts';
import { forgetRemovals, sayRemovals } from '../../core/sync-removals.ts';
import { git, Phone, SyncPair } from '../helpers/sync.ts';
import { TempFolder } from '../helpers/temp.ts';

test('a phone’s commits and its merges by plain git are taken in as trees, and our own stay linear', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  local.write('Projects/plan.md', 'one\n\n\n\n\n\ntwo\n');
  await nodes.settle();
  const phone = new Phone(folder.path, bare.path);
  phone.write('Projects/plan.md', 'one\n\n\n\n\n\ntwo, by phone\n');
  phone.write('Inbox/photo.txt', 'from the phone\n');
  phone.commit('on the train');
  local.write('Projects/plan.md', 'one, by laptop\n\n\n\n\n\ntwo\n');
  await local.round();
  phone.sync();
  assert.match(bare.git('log', '-1', '--format=%P', 'main'), / /, 'the head is a merge of the phone’s');
  await nodes.settle();
  assert.deepEqual(local.files, cloud.files);
  assert.equal(local.read('Projects/plan.md'), 'one, by laptop\n\n\n\n\n\ntwo, by phone\n');
  assert.equal(local.read('Inbox/photo.txt'), 'from the phone\n');
  local.write('Projects/more.md', 'more\n');
  await local.round();
  assert.equal(bare.git('rev-list', '--merges', '--count', '--author=Steward', 'main'), '0');
});

test('the person’s own git in the vault is not disturbed, and nothing of it is synced', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  local.write('Projects/plan.md', 'one\n');
  git(local.root, 'init', '--quiet', '--initial-branch=mine');
  git(local.root, 'add', 'Projects');
  git(local.root, 'commit', '--quiet', '-m', 'my own');
  const before = git(local.root, 'rev-parse', 'HEAD');
  const config = readFileSync(path.join(local.root, '.git', 'config'), 'utf8');
  cloud.write('Projects/cloud.md', 'cloud\n');
  await nodes.settle();
  assert.equal(git(local.root, 'rev-parse', 'HEAD'), before);
  assert.equal(readFileSync(path.join(local.root, '.git', 'config'), 'utf8'), config);
  assert.equal(git(local.root, 'status', '--porcelain', 'Projects'), '?? Projects/cloud.md');
  assert.deepEqual([...bare.tree.keys()], ['Projects/cloud.md', 'Projects/plan.md']);
});

test('a note with a secret stays on this computer and says so, everything else is synced, and it goes once that is out', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  keepOut({ STEWARD_EMAIL_PASSWORD: 'correct horse battery staple' });
  try {
    local.write('Projects/login.md', 'The password is correct horse battery staple.\n');
    local.write(
      'Projects/key.md',
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${'b3BlbnNzaC1rZXktdjEA'.repeat(10)}\n-----END OPENSSH PRIVATE KEY-----\n`,
    );
    local.write('Projects/plain.md', 'Nothing secret.\n');
    await nodes.settle();
    assert.deepEqual([...cloud.files.keys()], ['Projects/plain.md']);
    const held = local.sync.held;
    assert.deepEqual(held.map(({ path: at }) => at).sort(), ['Projects/key.md', 'Projects/login.md']);
    assert.match(
      held.find(({ path: at }) => at.endsWith('login.md'))?.why ?? '',
      /the value of STEWARD_EMAIL_PASSWORD/,
    );
    assert.ok(!held.some(({ why }) => why.includes('horse')));
    for (const object of bare.git('rev-list', '--objects', '--all').split('\n'))
      assert.ok(!bare.git('cat-file', '-p', object.slice(0, 40)).includes('horse battery'), 'no object holds it');
    local.write('Projects/login.md', 'The password is in the keychain.\n');
    await nodes.settle();
    assert.equal(cloud.read('Projects/login.md'), 'The password is in the keychain.\n');
  } finally {
    keepOut({});
  }
});

test('a file that a person is typing is not sent half-written and never overwritten: its newer save wins and is merged', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path, { settle: { note: 60_000, tick: 0 } });
  const { local, cloud } = nodes;
  local.write('Projects/plan.md', 'one\n\n\n\n\n\ntwo\n');
  local.ahead = cloud.ahead = 120_000;
  await nodes.settle();
  assert.equal(cloud.read('Projects/plan.md'), 'one\n\n\n\n\n\ntwo\n');
  cloud.write('Projects/plan.md', 'one\n\n\n\n\n\ntwo, by the cloud\n');
  cloud.ahead = 240_000;
  await cloud.round();
  local.ahead = 0;
  local.write('Projects/plan.md', 'one, half a sen\n\n\n\n\n\ntwo\n');
  await local.sync.scan();
  local.sync.remoteChanged();
  const typing = await local.sync.round();
  assert.ok(typing.ok && typing.value.settlesIn !== undefined, 'it says when it will have another look');
  assert.equal(
    local.read('Projects/plan.md'),
    'one, half a sen\n\n\n\n\n\ntwo\n',
    'nothing was written under the person',
  );
  local.write('Projects/plan.md', 'one, half a sentence no more.\n\n\n\n\n\ntwo\n');
  local.ahead = 360_000;
  await nodes.settle();
  const both = 'one, half a sentence no more.\n\n\n\n\n\ntwo, by the cloud\n';
  for (const node of [local, cloud]) assert.equal(node.read('Projects/plan.md'), both, node.name);
});

test('a file that is too large stays here, a pointer goes in its place, and goes away once the file fits', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  local.write('Documents/film.mp4', Buffer.alloc(10_000_001, 7));
  local.write('Documents/short.mp4', Buffer.alloc(1000, 7));
  await nodes.settle();
  assert.deepEqual([...cloud.files.keys()], ['Documents/film.mp4.pointer.md', 'Documents/short.mp4']);
  assert.match(cloud.read('Documents/film.mp4.pointer.md'), /`film\.mp4` is on the node “local” only\n\nIt has 10 MB/);
  assert.match(local.sync.held[0]?.why ?? '', /larger than/);
  const head = bare.commits;
  await nodes.settle();
  assert.equal(bare.commits, head, 'told once');
  local.write('Documents/film.mp4', Buffer.alloc(1000, 8));
  await nodes.settle();
  await nodes.settle();
  for (const node of [local, cloud])
    assert.deepEqual([...node.files.keys()], ['Documents/film.mp4', 'Documents/short.mp4'], node.name);
});

test('what cannot be sent (a link, a file with two names) stays, says why, stops nothing, and is not asked for again and again', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { local, cloud } = nodes;
  local.write('Projects/plan.md', 'one\n');
  local.write('elsewhere.md', 'two names\n');
  symlinkSync('/etc/hostname', path.join(local.root, 'Projects', 'link.md'));
  linkSync(path.join(local.root, 'elsewhere.md'), path.join(local.root, 'Projects', 'second.md'));
  local.ahead = 60_000;
  await nodes.settle();
  assert.deepEqual([...cloud.files.keys()], ['Projects/plan.md']);
  const told = new Map(local.sync.held.map(({ path: at, why }) => [at, why]));
  assert.match(told.get('Projects/link.md') ?? '', /a link to another place/);
  assert.match(told.get('Projects/second.md') ?? '', /a second name elsewhere/);
  const quiet = await local.sync.round();
  assert.ok(quiet.ok && quiet.value.settlesIn === undefined);
});

test('a handbook that was edited on a phone does not count, and the person is told where it stands and what to do until that is done', async () => {
  using folder = new TempFolder();
  using nodes = new SyncPair(folder.path);
  const { bare, local, cloud } = nodes;
  local.write('Company_Handbook.md', 'Be polite.\n');
  await nodes.settle();
  const phone = new Phone(folder.path, bare.path);
  phone.write('Company_Handbook.md', 'Be polite, and brief.\n');
  phone.commit('on the train');
  phone.sync();
  await nodes.settle();
  assert.equal(local.read('Company_Handbook.md'), 'Be polite.\n');
  assert.equal(bare.git('show', 'main:Company_Handbook.md'), 'Be polite.');
  const told = (node: typeof local): readonly string[] => Object.values(readNotices(syncNotices(node.state)));
  assert.equal(told(local).length, 1);
  const [, as = ''] = /stands in “(.*?)”/.exec(told(local)[0] ?? '') ?? [];
  assert.equal(
    told(local)[0],
    `“Company_Handbook.md” was changed elsewhere. It came from a device that does not sign, such as a phone, and it steers what Steward may do: so it does not count here. What was written stands in “${as}”: take over what you want of it into “Company_Handbook.md” on this computer, then delete that note and the one beside it.`,
  );
  assert.equal(local.read(as), 'Be polite, and brief.\n');
  assert.deepEqual(told(cloud), [], 'nobody looks there');
  local.restart();
  await local.round();
  assert.equal(told(local).length, 1, 'also after a restart');
  local.write('Company_Handbook.md', 'Be polite, and brief.\n');
  local.remove(as);
  local.remove(as.replace(/\.md$/, '.why.md'));
  await nodes.settle();
  assert.deepEqual(told(local), []);
  assert.equal(cloud.read('Company_Handbook.md'), 'Be polite, and brief.\n');
});

for (const said of ['undone', 'let'] as const)
  test(`a phone that empties the vault empties no computer of the person’s: it is held, said, and ${said === 'let' ? 'let go' : 'undone everywhere'} once they say so`, async () => {
    using folder = new TempFolder();
    using nodes = new SyncPair(folder.path);
    const { bare, local, cloud } = nodes;
    for (let index = 0; index < 60; index += 1) local.write(`Projects/note-${index}.md`, `Note ${index}\n`);
    local.write('Documents/kept.md', 'kept\n');
    await nodes.settle();
    const phone = new Phone(folder.path, bare.path);
    git(phone.root, 'rm', '--quiet', '-r', 'Projects');
    phone.write('Documents/new.md', 'from the phone\n');
    phone.commit('oh no');
    phone.sync();
    for (let round = 0; round < 3; round += 1) await nodes.settle();
    assert.equal(local.files.size, 62, 'everything stands, and what came besides is taken in');
    assert.equal(local.sync.held.length, 60);
    assert.match(
      local.sync.held[0]?.why ?? '',
      /^Another device took 60 files of the vault away at once, so they stay here until you say\. If that was meant: {2}steward sync accept\. If it was not, they come back everywhere: {2}steward sync undo\.$/,
    );
    local.restart();
    local.write('Projects/note-3.md', 'Written in the meantime\n');
    await nodes.settle();
    assert.equal(bare.git('show', 'main:Projects/note-3.md'), 'Written in the meantime', 'a change is no removal');
    assert.equal(local.sync.held.length, 59, 'held over a restart');
    sayRemovals(local.state, said, new Date(Date.now() + local.ahead));
    await local.round();
    forgetRemovals(local.state);
    await nodes.settle();
    assert.deepEqual(local.sync.held, []);
    assert.deepEqual(local.files, cloud.files);
    assert.equal(local.files.size, said === 'let' ? 3 : 62);
    assert.deepEqual([...bare.tree.keys()], [...local.files.keys()]);
  });
