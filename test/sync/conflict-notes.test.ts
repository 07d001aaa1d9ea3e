import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bare, SyncNode } from '../helpers/sync.ts';
import { inMemory, TempFolder } from '../helpers/temp.ts';

/** What a person finds where two versions could not be one, through two real vaults and a bare repository. */
function world(): { local: SyncNode; cloud: SyncNode; close: () => void } {
  const folder = new TempFolder(inMemory());
  const bare = new Bare(folder.path);
  const local = new SyncNode(folder.path, 'local', bare.path, { role: 'local' });
  const cloud = new SyncNode(folder.path, 'cloud', bare.path, { role: 'cloud' });
  const close = (): void => {
    for (const node of [local, cloud]) node.sync.close();
    folder[Symbol.dispose]();
  };
  return { local, cloud, close };
}

const contents = (node: SyncNode): string => [...node.files.values()].join('\n');

test('a file where the other node has a folder of that name: both are kept', async () => {
  const { local, cloud, close } = world();
  try {
    local.write('Documents/plan', 'a file\n');
    cloud.write('Documents/plan/inner.md', 'in a folder\n');
    for (const node of [cloud, local, cloud]) await node.round();
    assert.deepEqual(cloud.files, local.files);
    assert.equal(local.files.get('Documents/plan/inner.md'), 'in a folder\n');
    assert.match(contents(local), /a file/);
  } finally {
    close();
  }
});

test('the copy of a conflict says what it is and what to do, and taking it over and deleting it ends the conflict', async () => {
  const { local, cloud, close } = world();
  try {
    local.write('Documents/n.md', '---\ntags: [a]\n---\nfirst\n');
    for (const node of [local, cloud]) await node.round();
    local.write('Documents/n.md', '---\ntags: [a]\n---\nfrom the laptop\n');
    cloud.write('Documents/n.md', '---\ntags: [a]\n---\nfrom the cloud\n');
    for (const node of [local, cloud, local]) await node.round();
    assert.match(local.read('Documents/n.md'), /from the laptop/);
    const [copy] = [...local.files.keys()].filter(file => file.includes('(conflict '));
    const text = local.read(copy ?? '');
    assert.match(text, /^---\ntags: \[a\]\n---\n> \[!warning\] Kept beside \[\[n\]\]\n/, 'properties stay properties');
    assert.match(text, /\*\*What to do:\*\*[\s\S]*from the cloud\n$/);
    assert.doesNotMatch(contents(local), /^(<<<<<<<|=======|>>>>>>>)/m);
    local.remove(copy ?? '');
    for (const node of [local, cloud, local]) await node.round();
    assert.deepEqual([...cloud.files.keys()], ['Documents/n.md']);
  } finally {
    close();
  }
});
