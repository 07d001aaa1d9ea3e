import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Brought } from '../../core/brought.ts';
import { sha256 } from '../../core/digest.ts';
import { ensureNodeKey, nodeKeyFile } from '../../core/node-key.ts';
import { Bare, SyncNode } from '../helpers/sync.ts';
import { TempFolder } from '../helpers/temp.ts';

test('each commit of a node is signed by its key, as git itself checks it, and the other node knows who brought what', async () => {
  using folder = new TempFolder();
  const bare = new Bare(folder.path);
  const cloud = new SyncNode(folder.path, 'cloud', bare.path);
  const key = ensureNodeKey(nodeKeyFile(cloud.state, undefined), 'cloud', cloud.state);
  assert.ok(key.ok);
  const line = `${key.value.type} ${key.value.blob}`;
  const local = new SyncNode(folder.path, 'local', bare.path, { peers: { cloud: { key: line, role: 'cloud' } } });
  cloud.write('Needs_Action/one.md', 'One\n');
  await cloud.round();

  const allowed = path.join(folder.path, 'allowed');
  writeFileSync(allowed, `cloud@steward.invalid ${line}\n`);
  const settings = ['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${allowed}`];
  const checked = spawnSync('git', [...settings, 'verify-commit', 'main'], { cwd: bare.path, encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stderr);
  assert.match(checked.stderr, /Good "git" signature for cloud@steward\.invalid/);

  await local.round();
  const brought = new Brought(local.state);
  assert.equal(brought.by('Needs_Action/one.md', sha256('One\n')), 'cloud');
  local.sync.close();
  cloud.sync.close();
});
