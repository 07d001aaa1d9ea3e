import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { approveByCommand } from '../../orchestrator/approve/decisions.ts';
import { policyThatHolds } from '../../orchestrator/decide/held-policy.ts';
import { InProcess } from '../helpers/in-process.ts';
import { executorUnder, moveNote, notesIn, policyText, writePolicy } from '../helpers/policy.ts';
import { ScriptedExecutor } from '../helpers/scripted.ts';

const STRICT = 'rules:\n  - {name: mail, zone: red, action: email.send}';
const LOOSE = 'rules:\n  - {name: mail, zone: green, action: email.send}';

const rules = (vault: InProcess): readonly string[] =>
  policyThatHolds(vault.ledger.book).policy.rules.map(({ name, zone }) => `${name}: ${zone}`);
const only = (vault: InProcess, folder: string): string => {
  const [name = assert.fail(`${folder} is empty`), more] = notesIn(vault, folder);
  assert.equal(more, undefined);
  return name;
};
const month = (vault: InProcess): string => vault.now().toISOString().slice(0, 7);

test('what a new vault came with holds at once, unasked; before that everything is asked', async () => {
  await using vault = new InProcess();
  assert.deepEqual(rules(vault), []);
  await new ScriptedExecutor(vault).drain();
  assert.ok(rules(vault).length > 0);
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
});

test('any other first text that is looser than asking everything is asked', async () => {
  await using vault = new InProcess();
  writePolicy(vault, LOOSE);
  await new ScriptedExecutor(vault).drain();
  assert.deepEqual(rules(vault), []);
  assert.equal(notesIn(vault, 'Pending_Approval').length, 1);
});

test('a stricter policy holds as soon as it is written, without a question', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, LOOSE);
  writePolicy(vault, STRICT);
  await executor.drain();
  assert.deepEqual(rules(vault), ['mail: red']);
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
});

test('a looser policy holds only once the person approved it, and that is filed with a receipt and its task closed', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, STRICT);
  writePolicy(vault, LOOSE);
  await executor.drain();
  assert.deepEqual(rules(vault), ['mail: red']);
  const note = only(vault, 'Pending_Approval');
  const shown = readFileSync(path.join(vault.root, 'Pending_Approval', note), 'utf8');
  assert.match(shown, /steward\.policy/);
  assert.ok(shown.includes('{name: mail, zone: green, action: email.send}'), 'the new text stands in it whole');
  moveNote(vault, note, 'Pending_Approval', 'Approved');
  await executor.drain();
  assert.deepEqual(rules(vault), ['mail: green']);
  assert.equal(notesIn(vault, `Done/${month(vault)}`).length, 2);
  assert.equal(vault.ledger.book.actions.size, 0);
  assert.deepEqual(vault.ledger.book.openTasks(), []);
  await executor.drain();
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
});

test('a policy that was refused is not asked about again until it changes', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, STRICT);
  writePolicy(vault, LOOSE);
  await executor.drain();
  moveNote(vault, only(vault, 'Pending_Approval'), 'Pending_Approval', 'Rejected');
  await executor.drain();
  await new ScriptedExecutor(vault).drain();
  assert.deepEqual(rules(vault), ['mail: red']);
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
  assert.deepEqual(vault.ledger.book.openTasks(), []);
  writePolicy(vault, `${LOOSE}\nhold_minutes: 20`);
  await executor.drain();
  assert.equal(notesIn(vault, 'Pending_Approval').length, 1);
});

test('a policy that is changed back before it was approved is no longer asked about', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, STRICT);
  writePolicy(vault, LOOSE);
  await executor.drain();
  const note = only(vault, 'Pending_Approval');
  writePolicy(vault, STRICT);
  moveNote(vault, note, 'Pending_Approval', 'Approved');
  await executor.drain();
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
  assert.deepEqual(vault.ledger.book.openTasks(), []);
  assert.deepEqual(rules(vault), ['mail: red']);
});

test('a policy that cannot be read changes nothing, and its mistake is told with the line, once', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, LOOSE);
  writePolicy(vault, 'rules:\n  - {name: mail, zone: purple, action: email.send}');
  await executor.drain();
  await executor.drain();
  assert.deepEqual(rules(vault), ['mail: green']);
  assert.equal(vault.lines.filter(line => /line \d+/.test(line)).length, 1, vault.lines.join('\n'));
});

test('what is wrong with Policies.md stands on the Dashboard until it is mended', async () => {
  await using vault = new InProcess();
  await vault.drain();
  const good = readFileSync(path.join(vault.root, 'Policies.md'), 'utf8');
  const dashboard = (): string => readFileSync(path.join(vault.root, 'Dashboard.md'), 'utf8');
  const wrongs: readonly (readonly [text: string, told: RegExp])[] = [
    [good.replace('zone: yellow', 'zone: purple'), /Policies.*line \d+.*what held before goes on holding/],
    [`${good}\nghp_${'a1B2'.repeat(9)}\n`, /Policies.*GitHub token.*Take it out/],
  ];
  for (const [text, told] of wrongs) {
    writeFileSync(path.join(vault.root, 'Policies.md'), text);
    await vault.drain();
    assert.match(dashboard(), told);
    writeFileSync(path.join(vault.root, 'Policies.md'), good);
    await vault.drain();
    assert.doesNotMatch(dashboard(), told);
  }
  rmSync(path.join(vault.root, 'Policies.md'));
  await vault.drain();
  assert.match(dashboard(), /Policies.*is not there/);
});

test('a policy that holds what looks like a secret is neither taken in nor asked about over and over', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, STRICT);
  const before = vault.records().length;
  for (const rule of [LOOSE, `${STRICT}\n  - {name: more, zone: red, does: pay}`]) {
    writeFileSync(path.join(vault.root, 'Policies.md'), `ghp_${'a1B2'.repeat(9)}\n\n${policyText(rule)}`);
    await executor.drain();
  }
  assert.equal(vault.records().length, before);
  assert.deepEqual(rules(vault), ['mail: red']);
});

test('a policy that cannot be put before the person is tried once, not at every look', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, `${STRICT}\nnever:\n  - {name: all, action: "*"}`);
  writePolicy(vault, `${LOOSE}\nnever:\n  - {name: all, action: "*"}`);
  await executor.drain();
  assert.equal(vault.records().filter(({ body }) => body.kind === 'REFUSED').length, 1);
  assert.ok(vault.lines.some(line => /cannot be put before you/.test(line)));
});

test('a policy that was accepted and that this version cannot read has everything asked, and signed where it wanted that', () => {
  const held = (yaml: string) => {
    const text = policyText(yaml);
    const rule = policyThatHolds({ policy: { sha256: 'x', text } }).policy.rules[0];
    return [rule?.zone, rule?.signature];
  };
  const odd = 'future: true\nrules:\n  - {name: a, zone: green, action: "*"}';
  assert.deepEqual(held(odd), [undefined, undefined]);
  assert.deepEqual(held(`${odd}\n  - {name: b, zone: red, does: pay, signature: required}`), ['red', 'required']);
  assert.deepEqual(held(`${odd}\n  - name: b\n    zone: red\n    signature: "required"`), ['red', 'required']);
  assert.deepEqual(held(`${odd}\n  # - name: b\n  #   signature: required`), [undefined, undefined]);
});

test('what was approved as looser than one policy is not done once another one holds', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, STRICT);
  writePolicy(vault, LOOSE);
  await executor.drain();
  const [action = assert.fail()] = [...vault.ledger.book.actions.values()];
  await approveByCommand(action, 'me', executor.context);
  await vault.ledger.record({ kind: 'INTENT', id: action.id, digest: action.digest, attempt: 1 });
  // Steward was down while it was tightened, and begins again.
  const stricter = `${STRICT}\n  - {name: all, zone: red, does: [send, pay]}`;
  writePolicy(vault, stricter);
  await new ScriptedExecutor(vault).drain();
  assert.deepEqual(rules(vault), ['mail: red', 'all: red']);
  const held = vault.records().flatMap(({ body }) => (body.kind === 'POLICY' ? [body.text] : []));
  assert.equal(held.length, 2);
  assert.equal(vault.ledger.book.actions.size, 0);
  assert.deepEqual(
    vault.problems().filter(problem => /cannot be true/.test(problem)),
    [],
  );
});

test('nobody waits for a policy to be quiet that is the one that holds, such as right after the vault was made', async () => {
  await using vault = new InProcess('settle: { note: 20, tick: 20, drop: 20 }\n');
  await new ScriptedExecutor(vault).drain();
  assert.ok(rules(vault).length > 0);
  // As when Steward starts anew, and looks at it for the first time.
  const { settlesIn } = await new ScriptedExecutor(vault).look();
  assert.equal(settlesIn, undefined);
});

test('a missing policy changes nothing', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, LOOSE);
  rmSync(path.join(vault.root, 'Policies.md'));
  await executor.drain();
  assert.deepEqual(rules(vault), ['mail: green']);
});

test('where something else also writes to the vault, a looser policy needs a word given here', async () => {
  await using vault = new InProcess();
  await executorUnder(vault, STRICT);
  const executor = new ScriptedExecutor(vault, { syncers: () => ['Syncthing'] });
  writePolicy(vault, LOOSE);
  await executor.drain();
  moveNote(vault, only(vault, 'Pending_Approval'), 'Pending_Approval', 'Approved');
  await executor.drain();
  assert.deepEqual(rules(vault), ['mail: red']);
  const [action = assert.fail()] = [...vault.ledger.book.actions.values()];
  assert.equal(action.state, 'wanted');
  await approveByCommand(action, 'me', executor.context);
  await executor.drain();
  assert.deepEqual(rules(vault), ['mail: green']);
});

test('a policy text that was edited in its approval note is not what holds', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, STRICT);
  writePolicy(vault, LOOSE);
  await executor.drain();
  const note = only(vault, 'Pending_Approval');
  const file = path.join(vault.root, 'Pending_Approval', note);
  writeFileSync(file, readFileSync(file, 'utf8').replace('action: email.send', 'action: "*"'));
  moveNote(vault, note, 'Pending_Approval', 'Approved');
  await executor.drain();
  assert.deepEqual(rules(vault), ['mail: red']);
  assert.ok(notesIn(vault, 'Quarantine').length > 0);
});

test('nobody but the executor proposes a change of policy', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, STRICT);
  const text = policyText(LOOSE);
  const task = 'policy-0123456789ab';
  executor.spool.put('x', {
    ...{ kind: 'propose', id: `${task}-a1`, task, task_note: 'x', plan_note: 'x', note: 'x', brain: 'x' },
    ...{ server: 'steward', tool: 'policy', arguments: { loosens: ['x'], sha256: 'a'.repeat(64), text }, origins: {} },
    ...{ exposure: { untrusted: [], private: [] }, source: 'person' },
  });
  await executor.drain();
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
  assert.ok(vault.ledger.book.refused.has(`${task}-a1`));
});

test('a change of policy that a crash cut off after it was begun holds, or is begun again, and is filed', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, STRICT);
  writePolicy(vault, LOOSE);
  await executor.drain();
  const [action = assert.fail()] = [...vault.ledger.book.actions.values()];
  await approveByCommand(action, 'me', executor.context);
  await vault.ledger.record({ kind: 'INTENT', id: action.id, digest: action.digest, attempt: 1 });
  await new ScriptedExecutor(vault).drain();
  assert.deepEqual(rules(vault), ['mail: green']);
  assert.equal(vault.ledger.book.actions.size, 0);
});
