import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../../core/digest.ts';
import { type Envelope, envelopeDigest } from '../../core/envelope.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { Spool } from '../../core/spool.ts';
import { Ledger } from '../../orchestrator/execute/ledger.ts';
import { envelopeFor } from '../helpers/envelopes.ts';
import { InProcess } from '../helpers/in-process.ts';
import { policyText } from '../helpers/policy.ts';
import { TestVault, until } from '../helpers/vault.ts';

const POLICY = policyText(`hold_minutes: 15
rules:
  - {name: at once, zone: green, action: files.write, where: {path: "Documents/green.md"}}
  - {name: after a hold, zone: yellow, action: files.write, where: {path: "Documents/held.md"}}`);

/** Every state from which an effect could begin by itself, and one that a person approved. */
const STATES = ['green', 'held', 'capped', 'again', 'approved'] as const;

/** What files.write is, as the executor pins it. */
async function definition(): Promise<string> {
  await using probe = new InProcess();
  const told = await probe.context.servers.dryRun('files', 'write', { path: 'Documents/x.md', text: 'x' });
  return told.ok ? told.value.definition : assert.fail(told.failure.message);
}

function recordsOf(state: (typeof STATES)[number], envelope: Envelope): readonly LedgerRecord[] {
  const { id } = envelope;
  const digest = envelopeDigest(envelope);
  const due = new Date().toISOString();
  const proposed: LedgerRecord = { kind: 'PROPOSED', envelope, digest };
  const approved: LedgerRecord = { kind: 'APPROVED', id, digest, way: 'moved', by: 'tester', changed: [] };
  switch (state) {
    case 'green':
      return [proposed];
    case 'held':
      return [proposed, { kind: 'HELD', id, until: new Date(Date.now() + 500).toISOString() }];
    case 'capped':
      return [proposed, approved, { kind: 'CAPPED', id, why: 'Too many.', until: due }];
    case 'again':
      return [
        ...[proposed, approved, { kind: 'INTENT', id, digest, attempt: 1 } as const],
        { kind: 'NOT_SENT_RETRY', id, proof: 'It was busy.', next: due },
      ];
    case 'approved':
      return [proposed, approved];
  }
}

/** Puts on record, before Steward starts, one action in each of those states. */
async function fill(vault: TestVault): Promise<void> {
  writeFileSync(path.join(vault.root, 'Policies.md'), POLICY);
  const hash = await definition();
  const ledger = Ledger.open(
    path.join(vault.state, 'ledger.journal'),
    path.join(vault.state, 'tmp'),
    () => new Date(),
    () => undefined,
  );
  await ledger.record({ kind: 'OPENED', vault: path.basename(vault.state), version: '0.0.0' });
  await ledger.record({ kind: 'POLICY', sha256: sha256(POLICY), text: POLICY, by: 'steward' });
  for (const state of STATES) {
    const zone = state === 'green' ? 'green' : state === 'held' ? 'yellow' : 'red';
    const args = { path: `Documents/${state}.md`, text: state };
    const envelope: Envelope = {
      ...envelopeFor('files', 'write', args),
      ...{ definition: hash, zone, reach: { does: 'create', egress: false, routing: ['path'] } },
      ...{ origins: { path: { kind: 'person' }, text: { kind: 'person' } }, exposure: { untrusted: [], private: [] } },
    };
    for (const record of recordsOf(state, envelope)) await ledger.record(record);
  }
  ledger.close();
}

const done = (vault: TestVault): readonly string[] =>
  STATES.filter(state => existsSync(path.join(vault.root, 'Documents', `${state}.md`)));
const records = (vault: TestVault): readonly LedgerRecord[] =>
  new JournalReader(path.join(vault.state, 'ledger.journal'), LedgerRecord).next().map(({ body }) => body);
const begun = (vault: TestVault): number =>
  records(vault).filter(({ kind }) => kind === 'INTENT' || kind === 'READ').length;

test('a stop holds everything that could begin by itself, with the planner hung and across a restart, and resume lets it all happen', async () => {
  await using vault = new TestVault('settle: { note: 0.1, tick: 0.1, drop: 0.1 }\n');
  await fill(vault);
  const spool = path.join(vault.state, 'spool', 'executor');
  const ask = new Spool(spool, path.join(vault.state, 'tmp'));
  ask.put('read-test', {
    ...{ kind: 'read', call: 'c1', task: 'test-0123456789ab', server: 'files', tool: 'nothing', arguments: {} },
  });
  vault.write('STOP.md', 'stop\n');
  for (const isLast of [false, true]) {
    vault.output = '';
    const child = await vault.start();
    child.kill('SIGSTOP');
    try {
      const begins = until(
        () => done(vault).length > 0 || begun(vault) > 1,
        () => 'nothing began',
        3500,
      );
      await assert.rejects(begins, /nothing began/, done(vault).join());
      if (!isLast) continue;
      // The planner still hangs: nothing of this needs it.
      assert.equal(vault.cli('resume').code, 0);
      await until(
        () => done(vault).length === STATES.length && begun(vault) === STATES.length + 2,
        () => `${done(vault).join()} ${readdirSync(spool).join()} ${vault.output}`,
      );
    } finally {
      child.kill('SIGCONT');
      await vault.stop();
    }
  }
  const verified = vault.cli('verify');
  assert.equal(verified.code, 0, verified.out);
});
