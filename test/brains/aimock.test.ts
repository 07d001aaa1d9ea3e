import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import claude from '../../orchestrator/brains/claude/index.ts';
import { InProcess } from '../helpers/in-process.ts';
import { brainOf } from '../helpers/rulebook.ts';

/** The wire once more, against a double that others wrote. */
test('a task is planned, approved and done by Claude at a double that is not ours, over several turns and a 529', async () => {
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  // The first that fits counts, and the task’s words are in every call.
  mock.onToolResult('toolu_1', {
    toolCalls: [{ name: 'finish', arguments: '{"outcome":"done","evidence":"It is written."}', id: 'toolu_2' }],
  });
  mock.onMessage('plants', {
    toolCalls: [
      { name: 'propose_files_write', arguments: '{"path":"Accounting/Plants.md","text":"On Monday."}', id: 'toolu_1' },
    ],
  });
  mock.nextRequestError(529, { message: 'busy', type: 'overloaded_error' });
  await mock.start();
  try {
    const settings = { url: mock.url, max_tokens: 1000, patience: 20 };
    const brain = brainOf(claude, { settings, secrets: { ANTHROPIC_API_KEY: 'sk-test-1' } });
    await using vault = new InProcess('settle: { note: 0, tick: 0, drop: 0 }\n', brain);
    const at = (file: string): string => path.join(vault.root, file);
    writeFileSync(at('Needs_Action/Water the plants.md'), 'Water the plants, please.');
    await vault.drain();
    vault.ahead.wall += 3_600_000;
    await vault.drain();
    const [note = assert.fail('no approval')] = readdirSync(at('Pending_Approval')).filter(
      name => name !== 'README.md',
    );
    renameSync(at(`Pending_Approval/${note}`), at(`Approved/${note}`));
    await vault.drain();
    assert.ok(existsSync(at('Accounting/Plants.md')));
    const done = readdirSync(at('Done'), { recursive: true, encoding: 'utf8' });
    const plan = done.find(name => name.endsWith('-plan.md')) ?? assert.fail('no plan in Done');
    assert.match(readFileSync(at(`Done/${plan}`), 'utf8'), /Claude \(claude-sonnet-5-5\)/);
  } finally {
    await mock.stop();
  }
});
