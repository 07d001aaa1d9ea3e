import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Brain } from '../../core/brain.ts';
import { Arguments } from '../../core/envelope.ts';
import { createLog } from '../../core/log.ts';
import { Settle } from '../../core/settle.ts';
import { Spool } from '../../core/spool.ts';
import { Vault } from '../../core/vault.ts';
import { Planner } from '../../orchestrator/planner.ts';
import { LedgerView } from '../../orchestrator/think/ledger-view.ts';
import { HOSTILE } from '../helpers/hostile-markdown.ts';
import { InProcess } from '../helpers/in-process.ts';
import { shapeOf } from '../helpers/live-markdown.ts';

const usage = { input_tokens: 0, output_tokens: 0, model: 'tester' };

/** A brain that repeats what the note says wherever it can say something: it ends every second task, and asks about the others. */
const parrot: Brain = {
  name: 'parrot',
  label: 'a brain of the test',
  next: ({ task, exchanges }) => {
    const text = `${task.text.replace(/^x/, '')}`;
    const plan = {
      summary: text.slice(0, 2000),
      steps: [{ text: text.slice(0, 500) || 'x' }, { text: `a ${text.slice(0, 400)}`, done: true }],
    };
    const ask = {
      question: text.slice(0, 300) || 'x',
      context: text.slice(0, 4000),
      choices: [`a ${text.slice(0, 100)}`, 'b'],
    };
    const end = { outcome: 'failed', evidence: text.slice(0, 2000) || 'x' };
    const isFirst = exchanges.length === 0;
    const calls = isFirst
      ? [
          { id: 'c1', tool: 'plan_update', input: Arguments.parse(plan) },
          { id: 'c2', tool: 'ask_person', input: Arguments.parse(ask) },
        ]
      : [{ id: 'c3', tool: 'finish', input: Arguments.parse(end) }];
    return Promise.resolve({ ok: true, turn: { say: text, calls, usage } });
  },
};

/** A name that a file may have. */
const nameOf = (piece: string): string =>
  Buffer.from(piece.replace(/[/\0]/g, '_').toWellFormed())
    .subarray(0, 120)
    .toString('utf8')
    .replace(/\ufffd/g, '')
    .trim();

test('nothing that a note, its name or a brain says is live in plans, questions, the dashboard or what is set aside', async () => {
  await using vault = new InProcess();
  await vault.drain();
  const { state, config } = vault.opened;
  const names = new Set<string>();
  const put = (name: string, text: string): void => {
    const file = path.join(vault.root, 'Needs_Action', `${name}.md`);
    if (name === '' || name.startsWith('.') || name.startsWith('~') || existsSync(file)) return;
    writeFileSync(file, text);
    names.add(name);
  };
  for (const [what, piece] of Object.entries(HOSTILE)) {
    // Three dashes at the top would begin properties; a note with a NUL or half a character is set aside.
    put(nameOf(piece) || what, `x${piece}\n`);
    if (!names.has(nameOf(piece))) put(what.replace(/[^a-z ]/gi, ''), `x${piece}\n`);
    put(`set aside ${nameOf(piece)}`, `---\na: [${piece.replaceAll('\n', ' ')}\n`);
  }
  const planner = new Planner(
    {
      ...{
        state,
        config,
        brain: parrot,
        vault: new Vault(vault.root, 'planner'),
        settle: new Settle(),
        now: vault.now,
      },
      ...{ log: createLog(() => undefined, {}), ledger: new LedgerView(state.ledger) },
      executor: new Spool(state.executorSpool, state.tmp),
      signal: new AbortController().signal,
    },
    new Spool(state.plannerSpool, state.tmp),
  );
  const notes = (folder: string): string[] =>
    readdirSync(path.join(vault.root, folder))
      .filter(name => name !== 'README.md' && name.endsWith('.md'))
      .map(name => path.join(folder, name));
  const isOwn = (name: string): boolean =>
    names.has(name) || /^(?:[a-z0-9-]{1,160}|(?:Needs you|Work)\.base)$/.test(name);
  const check = (files: readonly string[]): void => {
    for (const file of files) {
      const note = readFileSync(path.join(vault.root, file), 'utf8');
      assert.deepEqual(shapeOf(note, isOwn).live, [], `${file}\n${note}`);
    }
  };
  while ((await planner.sweep()).moved);
  const asked = notes('Questions');
  assert.ok(asked.length >= 80, `${asked.length} questions`);
  check([...notes('Plans'), ...asked, 'Dashboard.md']);
  const aside = notes('Quarantine').filter(name => name.endsWith('.why.md'));
  assert.ok(aside.length >= 80, `${aside.length} set aside`);
  check(aside);

  for (const file of asked) {
    const id = /^id: (\S+)$/m.exec(readFileSync(path.join(vault.root, file), 'utf8'))?.[1] ?? '';
    const text = Object.values(HOSTILE)[asked.indexOf(file) % Object.keys(HOSTILE).length] ?? '';
    new Spool(state.plannerSpool, state.tmp).put(`answer-${id}`, {
      kind: 'answer',
      question: id,
      text: text || 'x',
      by: 'tester',
    });
  }
  while ((await planner.sweep()).moved);
  check([...notes('Plans'), 'Dashboard.md']);
  assert.ok(
    notes('Plans').some(file => readFileSync(path.join(vault.root, file), 'utf8').includes('[!failure] Failed')),
  );
});
