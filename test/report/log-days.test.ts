import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../core/log.ts';
import { Vault } from '../../core/vault.ts';
import { Ledger } from '../../orchestrator/execute/ledger.ts';
import { LogWriter, logFiles } from '../../orchestrator/report/log-writer.ts';
import { InProcess } from '../helpers/in-process.ts';

const DAY = 24 * 3_600_000;

test('the log follows the ledger to the byte when the clock jumps back a day, and after a restart too', async () => {
  await using vault = new InProcess();
  const { root, state, config } = vault.opened;
  const log = createLog(() => undefined, {});
  let at = Date.now();
  for (const jump of [0, DAY, -DAY, 0, -DAY, 3 * DAY, -2 * DAY, 0]) {
    at += jump;
    const writer = new LogWriter(new Vault(root, 'executor'), config.node, log);
    const ledger = Ledger.open(
      state.ledger,
      state.tmp,
      () => new Date(at),
      record => writer.heard(record),
    );
    writer.checkAgainst(ledger.head);
    assert.ok(!writer.isAheadOfLedger, 'the ledger counts as restored from a backup');
    await ledger.record({ kind: 'STOPPED', why: 'a test', by: 'tester' });
    writer.flush();
    ledger.close();
  }
  assert.deepEqual(vault.problems(), []);
  const reader = new Vault(root, 'executor');
  const lines = logFiles(reader, config.node).flatMap(name =>
    reader
      .readLong(`Logs/${name}`)
      .split('\n')
      .filter(line => line.startsWith('{')),
  );
  assert.equal(lines.length, 8);
});
