import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createLog } from '../../core/log.ts';
import { Settle } from '../../core/settle.ts';
import { Spool } from '../../core/spool.ts';
import { Vault } from '../../core/vault.ts';
import { Planner } from '../../orchestrator/planner.ts';
import { LedgerView } from '../../orchestrator/think/ledger-view.ts';
import { InProcess } from '../helpers/in-process.ts';
import { executorUnder, notesIn, sending, stateOf, TASK } from '../helpers/policy.ts';
import { theRulebook } from '../helpers/rulebook.ts';
import type { ScriptedExecutor } from '../helpers/scripted.ts';

const YELLOW = 'hold_minutes: 600\nrules:\n  - {name: mail, zone: yellow, action: email.send}';
const QUICK = 'settle: { note: 0, tick: 0, drop: 0 }\n';
const ID = `${TASK}-a1`;
const HOUR = 3_600_000;

/** Sets the clock of a vault to an hour of a day that comes after today. */
function setClock(vault: InProcess, days: number, hour: number): void {
  const to = new Date(Date.now());
  to.setDate(to.getDate() + days);
  to.setHours(hour, 0, 0, 0);
  vault.ahead.wall = to.getTime() - Date.now();
}

/** One look of a planner that was just started, as after a restart. */
async function look(vault: InProcess): Promise<void> {
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
}

const digests = (vault: InProcess): string[] => notesIn(vault, 'Briefings').sort();
const read = (vault: InProcess, name: string): string => readFileSync(path.join(vault.root, 'Briefings', name), 'utf8');
const only = (vault: InProcess): string => {
  const [name = assert.fail('no digest'), ...more] = digests(vault);
  assert.deepEqual(more, []);
  return name;
};

/** A vault in which one mail is held over the morning, and the digest of that morning is written. */
async function morning(
  vault: InProcess,
  args: Record<string, string> = { subject: 'I come at six' },
): Promise<ScriptedExecutor> {
  const executor = await executorUnder(vault, YELLOW);
  setClock(vault, 1, 5);
  await executor.propose(ID, sending('anna@example.test', args));
  await executor.drain();
  assert.equal(stateOf(vault), 'held');
  vault.ahead.wall += 3 * HOUR;
  await look(vault);
  return executor;
}

test('a morning has one digest, also after restarts, a clock that goes back, and once the person deleted it', async () => {
  await using vault = new InProcess(QUICK);
  await executorUnder(vault, YELLOW);
  await look(vault);
  assert.deepEqual(digests(vault), [], 'none on the day on which it began');
  setClock(vault, 1, 6);
  await look(vault);
  assert.deepEqual(digests(vault), [], 'not before its hour');
  setClock(vault, 1, 15);
  await look(vault);
  await look(vault);
  const first = only(vault);
  const text = read(vault, first);
  setClock(vault, 1, 3);
  await look(vault);
  setClock(vault, 1, 9);
  await look(vault);
  assert.equal(read(vault, only(vault)), text, 'it was written once');
  rmSync(path.join(vault.root, 'Briefings', first));
  await look(vault);
  assert.deepEqual(digests(vault), [], 'what the person deleted stays deleted');
  setClock(vault, 2, 7);
  await look(vault);
  assert.notEqual(only(vault), first);
});

test('a note of the person’s that has the digest’s name is left as it is', async () => {
  await using vault = new InProcess(QUICK);
  await executorUnder(vault, YELLOW);
  setClock(vault, 1, 8);
  const name = `${vault.now().getFullYear()}-${String(vault.now().getMonth() + 1).padStart(2, '0')}-${String(vault.now().getDate()).padStart(2, '0')} morning.md`;
  writeFileSync(path.join(vault.root, 'Briefings', name), 'Mine\n');
  await look(vault);
  assert.equal(read(vault, name), 'Mine\n');
});

test('there is none where the configuration says off', async () => {
  await using vault = new InProcess(`${QUICK}briefing: off\n`);
  await executorUnder(vault, YELLOW);
  setClock(vault, 1, 8);
  await look(vault);
  assert.deepEqual(digests(vault), []);
  assert.ok(!existsSync(path.join(vault.opened.state.root, 'briefings.journal')));
});

test('a tick in the digest calls off what is held and was shown whole, by the route of every other no', async () => {
  await using vault = new InProcess(QUICK);
  const executor = await morning(vault);
  const name = only(vault);
  const text = read(vault, name);
  assert.match(text, /^- \[ \] No · .*\|Open\]\]$/m);
  assert.match(text, /subject: `I come at six` · from what you wrote/);
  writeFileSync(path.join(vault.root, 'Briefings', name), text.replace('- [ ] No', '- [x] No'));
  await look(vault);
  assert.equal(stateOf(vault), 'held', 'the planner decides nothing by itself');
  await executor.drain();
  assert.equal(stateOf(vault), 'rejected');
  assert.equal(executor.servers.performed, 0);
  assert.deepEqual(
    vault.records().flatMap(({ body }) => (body.kind === 'REJECTED' ? [[body.id, body.way]] : [])),
    [[ID, 'ticked']],
  );
});

test('a tick says no to nothing but what stood there: another digest, another id and a tick that was moved count for nothing', async () => {
  await using vault = new InProcess(QUICK);
  const executor = await morning(vault);
  const name = only(vault);
  const text = read(vault, name).replace('- [ ] No', '- [x] No');
  const shown = /^ {2}- `([a-z0-9-]+)` `([0-9a-f]{16})`$/m.exec(text) ?? assert.fail('no id');
  const forged = [
    text.replace(shown[2] ?? '', '0'.repeat(16)),
    text.replace(`\`${shown[1]}\``, `\`${TASK}-a2\``),
    text.replace(shown[0], ''),
    text.replace('- [x] No', '- [ ] No').replace('I come at six', '- [x] No · I come at six'),
    text.replace('- [x] No', '- [x] Yes'),
    text.replace('- [x] No', '> - [x] No'),
  ];
  for (const one of forged) {
    assert.notEqual(one, text);
    writeFileSync(path.join(vault.root, 'Briefings', name), one);
    await look(vault);
    await executor.drain();
    assert.equal(stateOf(vault), 'held', one);
  }
});

for (const [what, args] of Object.entries({
  'takes many lines': { text: 'Hello\n\n- [x] No · `x`' },
  'is long': { text: 'x'.repeat(201) },
  'hides characters': { text: 'six\u200b' },
  'has room at its end': { text: 'six ' },
})) {
  test(`a value that ${what} is not decided on in the digest, which links to it`, async () => {
    await using vault = new InProcess(QUICK);
    await morning(vault, args);
    const text = read(vault, only(vault));
    assert.doesNotMatch(text, /^- \[.\]/m);
    assert.match(text, /\|Held\]\]/);
  });
}

test('what is asked is never decided in a digest: it links', async () => {
  await using vault = new InProcess(QUICK);
  const executor = await executorUnder(vault, 'rules: []');
  await executor.propose(ID, sending('anna@example.test', { subject: 'I come at six' }));
  await executor.drain();
  setClock(vault, 1, 8);
  await look(vault);
  const text = read(vault, only(vault));
  assert.match(text, /\|Decide\]\]/);
  assert.doesNotMatch(text, /\[ \]/);
  assert.ok(readdirSync(path.join(vault.root, 'Pending_Approval')).length > 1);
});

test('the dashboard is not written again while nothing happens, neither as time passes nor at a start', async () => {
  await using vault = new InProcess(QUICK);
  await morning(vault);
  await look(vault);
  const file = path.join(vault.root, 'Dashboard.md');
  const { ino, mtimeMs } = statSync(file);
  for (const minutes of [1, 7, 45]) {
    vault.ahead.wall += minutes * 60_000;
    await look(vault);
  }
  assert.deepEqual([statSync(file).ino, statSync(file).mtimeMs], [ino, mtimeMs]);
  assert.match(readFileSync(file, 'utf8'), /\|Held\]\]/);
});

test('a page stays short however much waits, and says how much there is', async () => {
  await using vault = new InProcess(QUICK);
  const executor = await executorUnder(vault, 'rules: []');
  for (let at = 1; at <= 40; at += 1) {
    const note = `letter-01234567-approval-${at}`;
    await executor.propose(`${TASK}-a${at}`, { ...sending('anna@example.test'), note });
  }
  await look(vault);
  const text = readFileSync(path.join(vault.root, 'Dashboard.md'), 'utf8');
  assert.equal(text.match(/\|Decide\]\]/g)?.length, 30);
  assert.match(text, /^- and 10 more: \[\[Needs you\.base\]\]$/m);
  setClock(vault, 1, 8);
  await look(vault);
  assert.match(read(vault, only(vault)), /40 things wait for you/);
});
