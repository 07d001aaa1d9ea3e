import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import claude from '../../orchestrator/brains/claude/index.ts';
import local from '../../orchestrator/brains/local/index.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { ClaudeApi } from '../fakes/claude-api.ts';
import { OpenAiApi } from '../fakes/openai-api.ts';
import { InProcess } from '../helpers/in-process.ts';
import { brainOf } from '../helpers/rulebook.ts';

const TURNS = 200;
const BUDGET =
  'budget: { task: { turns: 300, tokens: 100000000, money: 1000, minutes: 600 }, day: { tokens: 100000000, money: 1000 } }';
const CONFIG = `settle: { note: 0, tick: 0, drop: 0 }\n${BUDGET}\n`;
/** Tokens that the model reads at once, and characters that a token stands for at least. */
const CONTEXT = 16_000;
const CHARACTERS = 3;
const RULES = Array.from({ length: 12 }, (_, at) => `- Rule ${at}: never pay account number ${at * 7919}.`).join('\n');

/** The turn that a model gives: a long plan that differs every time, and an end at last. */
const callAt = (turn: number): { name: string; input: Record<string, unknown> } =>
  turn < TURNS - 1
    ? { name: 'plan_update', input: { summary: `Turn ${turn}: ${'words '.repeat(250)}`, steps: [] } }
    : { name: 'finish', input: { outcome: 'done', evidence: 'All turns are done.' } };

function begin(vault: InProcess): void {
  const handbook = path.join(vault.root, 'Company_Handbook.md');
  writeFileSync(handbook, `${readFileSync(handbook, 'utf8')}\n${RULES}\n`);
  writeFileSync(path.join(vault.root, 'Needs_Action', 'Plan the garden.md'), 'Plan the garden for the whole year.');
}

function taskOf(vault: InProcess): TaskJournal {
  const [id = assert.fail('no task')] = TaskJournal.ids(vault.opened.state);
  return TaskJournal.read(vault.opened.state, id) ?? assert.fail('no journal');
}

function look(calls: readonly { rules: string; task: string; size: number }[], vault: InProcess): void {
  assert.equal(calls.length, TURNS);
  const task = taskOf(vault);
  assert.deepEqual([task.turns, task.closing?.verdict], [TURNS, 'done']);
  for (const [at, { rules, task: text, size }] of calls.entries()) {
    assert.ok(rules.includes(RULES), `call ${at} lacks rules of the handbook`);
    assert.match(rules, /You never act/, `call ${at}`);
    assert.match(text, /Plan the garden for the whole year\./, `call ${at} lacks the task`);
    assert.ok(size / CHARACTERS <= CONTEXT, `call ${at} has ${size} characters`);
  }
  assert.match(calls.at(-1)?.task ?? '', /What you did earlier in this task/, 'it was compacted');
}

test('a task of 200 turns goes on within what Claude can read, with every rule in every call, and ends', async () => {
  await using api = await ClaudeApi.start();
  api.answers(() => {
    const { name, input } = callAt(api.calls.length - 1);
    return { kind: 'message', blocks: [{ type: 'tool_use', id: `c${api.calls.length}`, name, input }] };
  });
  const settings = { url: api.url, max_tokens: 1000, context_tokens: CONTEXT };
  const brain = brainOf(claude, { settings, secrets: { ANTHROPIC_API_KEY: 'sk-test-1' } });
  await using vault = new InProcess(CONFIG, brain);
  begin(vault);
  await vault.drain();
  look(
    api.calls.map(call => ({
      ...{ rules: call.system[0]?.text ?? '', task: JSON.stringify(call.messages[0]) },
      size: JSON.stringify([call.system, call.tools, call.messages]).length,
    })),
    vault,
  );
});

test('a task of 200 turns goes on within what a local model can read, with every rule in every call, and ends', async () => {
  await using api = await OpenAiApi.start();
  for (let turn = 0; turn < TURNS; turn += 1) {
    const { name, input } = callAt(turn);
    api.will({ kind: 'calls', calls: [{ name, json: JSON.stringify(input) }] });
  }
  const brain = brainOf(local, { settings: { url: api.url, max_tokens: 1000, context_tokens: CONTEXT } });
  await using vault = new InProcess(CONFIG, brain);
  begin(vault);
  await vault.drain();
  look(
    api.calls.map(({ messages, tools }) => ({
      ...{ rules: messages[0]?.content ?? '', task: messages[1]?.content ?? '' },
      size: JSON.stringify([messages, tools]).length,
    })),
    vault,
  );
});
