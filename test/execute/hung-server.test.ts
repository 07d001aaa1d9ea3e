import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { executorKey, publicHalf } from '../../core/grant.ts';
import { createLog } from '../../core/log.ts';
import { ok } from '../../core/outcome.ts';
import { approveByCommand, reject } from '../../orchestrator/approve/decisions.ts';
import { ActionServers } from '../../orchestrator/execute/servers.ts';
import { InProcess } from '../helpers/in-process.ts';
import { ScriptedExecutor } from '../helpers/scripted.ts';

/** The action servers that this process has started and that still live. */
function children(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => {
      try {
        const parent = / (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \S/, ''))?.[1];
        return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('mcp-servers');
      } catch {
        return false;
      }
    });
}

test('an action server that hangs is ended and started anew: the next call is answered', async () => {
  await using vault = new InProcess();
  const { root, state } = vault.opened;
  const grantKey = publicHalf(executorKey(state.keys, state.tmp));
  const servers = new ActionServers(
    () => ({ vault: root, dropFolders: [], state: '', settings: null, grantKey, secrets: {} }),
    () => Promise.resolve(ok('same')),
    createLog(() => undefined, {}),
    2000,
  );
  const write = () => servers.dryRun('files', 'write', { path: 'Documents/a.md', text: 'a' });
  try {
    assert.equal((await write()).ok, true);
    const [hung = assert.fail('no server')] = children();
    process.kill(hung, 'SIGSTOP');
    assert.equal((await write()).ok, false);
    assert.ok(!children().includes(hung), 'the one that hung lives on and may act late');
    assert.equal((await write()).ok, true);
    assert.equal(children().length, 1);
  } finally {
    await servers.close();
  }
});

test('a stop and a no that come while an action server starts still count', async () => {
  await using vault = new InProcess();
  const executor = new ScriptedExecutor(vault);
  await executor.propose();
  const action = [...vault.ledger.book.actions.values()][0] ?? assert.fail();
  await approveByCommand(action, 'tester', executor.context);
  const stop = path.join(vault.root, 'STOP.md');
  executor.servers.starting = () => writeFileSync(stop, 'stop');
  await executor.drain();
  assert.equal(executor.servers.performed, 0);
  assert.ok(vault.records().every(({ body }) => body.kind !== 'INTENT'));
  rmSync(stop);
  await vault.ledger.record({ kind: 'RESUMED', by: 'tester' });
  executor.servers.starting = () => void reject(action, '', 'command', executor.context);
  await executor.drain();
  assert.equal(executor.servers.performed, 0);
});
