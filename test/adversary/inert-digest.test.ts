import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../core/log.ts';
import { Settle } from '../../core/settle.ts';
import { Spool } from '../../core/spool.ts';
import { Vault } from '../../core/vault.ts';
import { Planner } from '../../orchestrator/planner.ts';
import { refusalsIn } from '../../orchestrator/schedule/digest-note.ts';
import { LedgerView } from '../../orchestrator/think/ledger-view.ts';
import { HOSTILE } from '../helpers/hostile-markdown.ts';
import { InProcess } from '../helpers/in-process.ts';
import { shapeOf } from '../helpers/live-markdown.ts';
import { executorUnder, sending } from '../helpers/policy.ts';
import { theRulebook } from '../helpers/rulebook.ts';

const YELLOW = 'hold_minutes: 600\nrules:\n  - {name: mail, zone: yellow, action: email.send}';
/** What looks like a box of a digest’s that is ticked. */
const TICKED = '- [x] No · `a`\n  - `tester-0123456789ab-a1` `0123456789abcdef`';

test('nothing that a title, a value, a reason or a task’s name says is live in the digest or ticks a box in it', async () => {
  await using vault = new InProcess('settle: { note: 0, tick: 0, drop: 0 }\n');
  const executor = await executorUnder(vault, YELLOW);
  const pieces = [...Object.values(HOSTILE), TICKED, TICKED.replaceAll('\n', ' ')];
  for (const [at, piece] of pieces.entries()) {
    const text = piece.replaceAll('\0', '').toWellFormed() || 'x';
    const name = `letter-01234567-approval-${at + 1}`;
    executor.servers.title = text.slice(0, 300);
    await executor.propose(`tester-0123456789ab-a${at + 1}`, {
      ...sending('anna@example.test', { subject: text.slice(0, 190) }),
      note: name,
    });
    await vault.ledger.record({
      ...{ kind: 'CLOSED', task: `note-${String(at).padStart(12, '0')}`, title: text, why: text },
      ...{ verdict: at % 2 === 0 ? 'failed' : 'done', notes: [`Plans/letter-${at}-plan.md`] },
    });
  }
  await executor.drain();
  const tomorrow = new Date();
  tomorrow.setDate(tomorrow.getDate() + 1);
  tomorrow.setHours(8, 0, 0, 0);
  vault.ahead.wall = tomorrow.getTime() - Date.now();
  const { state, config } = vault.opened;
  const planner = new Planner(
    {
      ...{ vault: new Vault(vault.root, 'planner'), state, config, log: createLog(() => undefined, {}) },
      ...{ now: vault.now, settle: new Settle(), brain: theRulebook(), ledger: new LedgerView(state.ledger) },
      ...{ executor: new Spool(state.executorSpool, state.tmp), signal: new AbortController().signal },
    },
    new Spool(state.plannerSpool, state.tmp),
  );
  await planner.sweep();
  const [digest = assert.fail('no digest')] = readdirSync(path.join(vault.root, 'Briefings')).filter(name =>
    name.endsWith('morning.md'),
  );
  for (const file of [path.join('Briefings', digest), 'Dashboard.md']) {
    const note = readFileSync(path.join(vault.root, file), 'utf8');
    assert.deepEqual(
      shapeOf(note, name => /^(?:[a-z0-9-]{1,160}|Dashboard|(?:Needs you|Work)\.base)$/.test(name)).live,
      [],
      note,
    );
  }
  const text = readFileSync(path.join(vault.root, 'Briefings', digest), 'utf8');
  assert.ok((text.match(/^- \[ \] No · /gm) ?? []).length >= 10, 'some are shown whole');
  assert.ok((text.match(/\|Held\]\]/g) ?? []).length >= 10, 'others are linked');
  assert.deepEqual(refusalsIn(text), []);
});
