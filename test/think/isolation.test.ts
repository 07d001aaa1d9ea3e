import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Brain } from '../../core/brain.ts';
import { createLog } from '../../core/log.ts';
import { Settle } from '../../core/settle.ts';
import { Spool } from '../../core/spool.ts';
import { Vault } from '../../core/vault.ts';
import { Planner } from '../../orchestrator/planner.ts';
import { LedgerView } from '../../orchestrator/think/ledger-view.ts';
import { InProcess } from '../helpers/in-process.ts';

const usage = { input_tokens: 0, output_tokens: 0, model: 'tester' };

/** A brain that fails in a way that no brain should, for one task, and asks about every other. */
const brain: Brain = {
  name: 'tester',
  label: 'a brain of the test',
  next: ({ task }) => {
    if (task.title === 'a') throw new Error('this brain is broken');
    const calls = [{ id: 'c1', tool: 'ask_person', input: { question: 'Really?' } }];
    return Promise.resolve({ ok: true, turn: { say: `half an emoji \ud83d`, calls, usage } });
  },
};

test('a task that a brain breaks on holds up no other, and half a character of a brain’s is no failure', async () => {
  await using vault = new InProcess();
  await vault.drain();
  for (const name of ['a', 'b']) writeFileSync(path.join(vault.root, 'Needs_Action', `${name}.md`), `Do ${name}.\n`);
  const { state, config } = vault.opened;
  const lines: string[] = [];
  const planner = new Planner(
    {
      ...{ state, config, brain, vault: new Vault(vault.root, 'planner'), settle: new Settle(), now: vault.now },
      ...{ log: createLog(line => lines.push(line), {}), ledger: new LedgerView(state.ledger) },
      executor: new Spool(state.executorSpool, state.tmp),
      signal: new AbortController().signal,
    },
    new Spool(state.plannerSpool, state.tmp),
  );
  await assert.rejects(planner.sweep(), /this brain is broken/);
  await assert.rejects(planner.sweep(), /this brain is broken/);
  const questions = readdirSync(path.join(vault.root, 'Questions')).filter(name => name !== 'README.md');
  assert.equal(questions.length, 1, 'the other task waits behind the broken one');
});
