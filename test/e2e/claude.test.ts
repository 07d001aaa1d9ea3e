import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { type Block, ClaudeApi, type Sent } from '../fakes/claude-api.ts';
import { TestVault, until } from '../helpers/vault.ts';

const KEY = 'sk-ant-canary-0f9b3c7d21';
const use = (id: string, name: string, input: unknown): Block => ({ type: 'tool_use', id, name, input });
const turnsIn = ({ messages }: Sent): number => messages.filter(({ role }) => role === 'assistant').length;
const PLAN = use('a', 'plan_update', { summary: 'An invoice of Hetzner.', steps: [{ text: 'File it', action: 1 }] });
const FILE = use('b', 'propose_files_move', { from: 'Inbox/invoice.pdf', to: 'Accounting/2026/invoice.pdf' });
const FINISH = use('c', 'finish', { outcome: 'done', evidence: 'It is filed.' });

const vaultFor = (api: ClaudeApi): TestVault =>
  new TestVault(
    `settle: { note: 0.4, tick: 0.2, drop: 0.2 }\nbrains: { claude: { url: "${api.url}", patience: 60 } }\n`,
  );

/** Every file below a folder that holds a text. */
const holding = (folder: string, text: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath, entry.name))
    .filter(file => readFileSync(file).includes(text));

/** The processes of a vault: their ids, commands and environments. */
const processesOf = (vault: TestVault): { pid: string; command: string; environment: string }[] =>
  readdirSync('/proc').flatMap(pid => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8').replaceAll('\0', '\n');
      const environment = read('environ');
      return environment.includes(vault.base) ? [{ pid, command: read('cmdline'), environment }] : [];
    } catch {
      return [];
    }
  });

test('with a key Claude thinks: what is dropped is planned, proposed, approved and done, and the key is in the planner’s process only', {
  skip: process.platform !== 'linux',
}, async () => {
  await using api = await ClaudeApi.start();
  api.answers(sent => ({ kind: 'message', blocks: [[PLAN, FILE, FINISH][turnsIn(sent)] ?? FINISH] }));
  await using vault = vaultFor(api);
  await vault.start({ ANTHROPIC_API_KEY: KEY });
  await vault.dropInvoice();
  const executor = processesOf(vault).filter(({ command }) => /executor\.ts|mcp-servers/.test(command));
  assert.ok(executor.length >= 2, 'the executor and a server run');
  for (const { command, environment } of executor) assert.ok(!environment.includes(KEY), `${command} has the key`);
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => vault.files('Done').some(file => file.endsWith('-plan.md')),
    () => vault.output,
  );
  assert.ok(vault.files('Accounting').includes('Accounting/2026/invoice.pdf'));
  assert.ok(api.headers.every(({ authorization }) => authorization === `Bearer ${KEY}`));
  assert.deepEqual(api.calls.map(turnsIn), [0, 1, 2]);
  const plan = vault.read(vault.files('Done').find(file => file.endsWith('-plan.md')) ?? '');
  assert.match(plan, /brain: claude\n[\s\S]*Written by Claude \(claude-sonnet-5-5\)\. It took 3 turns · 303 tokens/);
  await vault.stop();
  assert.deepEqual([...holding(vault.root, KEY), ...holding(vault.home, KEY)], []);
  assert.doesNotMatch(vault.output, new RegExp(KEY));
  assert.match(vault.cli('cost').out, /303 tokens · 3 turns/);
  assert.equal(vault.cli('verify').code, 0);
});

const Cost = z.object({ today: z.object({ turns: z.number(), tokens: z.number(), money: z.number() }) });

test('killed in the middle of a model call, Steward goes on from its last turn: what was answered is not asked again, and the call that was lost counts whole', async () => {
  await using api = await ClaudeApi.start();
  const turns = [PLAN, FILE, FINISH];
  api.answers(sent =>
    turnsIn(sent) === 1 && api.calls.filter(call => turnsIn(call) === 1).length === 1
      ? { kind: 'silence' }
      : { kind: 'message', blocks: [turns[turnsIn(sent)] ?? FINISH] },
  );
  await using vault = vaultFor(api);
  const supervisor = await vault.start({ ANTHROPIC_API_KEY: KEY });
  writeFileSync(path.join(vault.root, 'Inbox', 'invoice.pdf'), 'Invoice 7 of 2026-11-03\n');
  await until(
    () => api.calls.length === 2,
    () => `${api.calls.length} calls\n${vault.output}`,
  );
  const ended = new Promise(resolve => supervisor.once('exit', resolve));
  supervisor.kill('SIGKILL');
  await ended;
  vault.output = '';
  await vault.start({ ANTHROPIC_API_KEY: KEY });
  await until(
    () => vault.files('Pending_Approval').length === 1,
    () => vault.output,
  );
  assert.deepEqual(api.calls.map(turnsIn), [0, 1, 1], 'only the turn that got no answer is asked again');
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => vault.files('Done').some(file => file.endsWith('-plan.md')),
    () => vault.output,
  );
  assert.deepEqual(api.calls.map(turnsIn), [0, 1, 1, 2]);
  const { today } = Cost.parse(JSON.parse(vault.cli('cost', '--json').out));
  assert.equal(today.turns, 4);
  assert.ok(today.tokens > 303 + 8192, `${today.tokens} tokens: the reservation of the lost call counts`);
  const plan = vault.read(vault.files('Done').find(file => file.endsWith('-plan.md')) ?? '');
  assert.match(plan, /- Claude \(claude-sonnet-5-5\): 3 turns · 303 tokens/);
  assert.match(plan, /- Claude \(calls without an answer\): 1 turn/);
});
