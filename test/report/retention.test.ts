import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../core/log.ts';
import { Vault } from '../../core/vault.ts';
import { Ledger } from '../../orchestrator/execute/ledger.ts';
import { FIRST_LINE, followsLine, type LineLink } from '../../orchestrator/report/log-chain.ts';
import { LogWriter } from '../../orchestrator/report/log-writer.ts';
import { LongLedger, recordsOfTask, VAULT_ID } from '../helpers/long-ledger.ts';

const DAYS = 120;
const DAY = 24 * 3_600_000;

test('over 120 days and as many starts nothing of the record is dropped, its chain crosses every rotation, and a day taken out is found', async () => {
  using made = new LongLedger();
  const start = Date.parse('2026-01-01T10:00:00Z');
  const log = createLog(() => undefined, {});
  for (let day = 0; day < DAYS; day += 1) {
    // A process of its own each day, as after a restart: what it goes on from is only what stands on disk.
    const writer = new LogWriter(new Vault(made.root, 'executor'), 'local', log);
    const now = (): Date => new Date(start + day * DAY);
    const ledger = Ledger.open(made.ledger, made.base, now, record => writer.heard(record));
    writer.checkAgainst(ledger.head);
    assert.ok(!writer.isAheadOfLedger);
    if (day === 0) await ledger.record({ kind: 'OPENED', vault: VAULT_ID, version: '0.0.0' });
    for (const record of recordsOfTask(day)) await ledger.record(record);
    writer.flush();
    ledger.close();
  }
  assert.equal(made.logs.length, DAYS);
  const whole = made.check();
  assert.deepEqual(whole.problems, []);
  assert.equal(whole.book.past.size, DAYS, 'the first day’s action is still known');

  let link: LineLink = FIRST_LINE;
  let crossed = 0;
  for (const name of made.logs) {
    const lines = readFileSync(made.log(name), 'utf8').split('\n');
    const chained = lines.filter(line => line.startsWith('{')).map(line => Buffer.from(line));
    assert.ok(chained.length >= 5, name);
    for (const line of chained)
      link = followsLine(line, link) ?? assert.fail(`${name} does not follow from the day before`);
    crossed += 1;
  }
  assert.equal(crossed, DAYS);
  assert.equal(link.seq, whole.records);

  for (const [index, name] of made.logs.entries()) {
    // Each takes a whole check: the first, the last and some between them.
    if (index % 9 !== 0 && index < DAYS - 2) continue;
    const aside = path.join(made.base, 'aside');
    renameSync(made.log(name), aside);
    assert.match(made.check().problems.join(), /The log lacks records? \d+/, `${name} taken out`);
    renameSync(aside, made.log(name));
  }
  assert.deepEqual(made.check().problems, []);
});
