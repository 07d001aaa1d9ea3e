import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import claude from '../../orchestrator/brains/claude/index.ts';
import { SpendJournal } from '../../orchestrator/think/spending.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { type Block, ClaudeApi, type Reply } from '../fakes/claude-api.ts';
import { InProcess } from '../helpers/in-process.ts';
import { brainOf } from '../helpers/rulebook.ts';

const BUDGET = 'budget: { task: { turns: 12, tokens: 400000, money: 1, repeats: 4 } }';
const use = (id: string, name: string, input: unknown): Block => ({ type: 'tool_use', id, name, input });
const message = (...blocks: readonly Block[]): Reply => ({ kind: 'message', blocks });
const FINISH = { outcome: 'done', evidence: 'I did it all.' };

/** A vault with one note of the person’s, thought about by Claude at a double’s address. */
class Thinking implements AsyncDisposable {
  readonly api: ClaudeApi;
  readonly vault: InProcess;

  private constructor(api: ClaudeApi, budget: string) {
    this.api = api;
    const settings = { url: api.url, max_tokens: 1000, patience: 5 };
    const brain = brainOf(claude, { settings, secrets: { ANTHROPIC_API_KEY: 'sk-test-1' } });
    this.vault = new InProcess(`settle: { note: 0, tick: 0, drop: 0 }\n${budget}\n`, brain);
    writeFileSync(path.join(this.vault.root, 'Needs_Action', 'Water the plants.md'), 'Water the plants, please.');
  }

  static async start(budget = BUDGET): Promise<Thinking> {
    return new Thinking(await ClaudeApi.start(), budget);
  }

  /** The one task, as its journal tells it. */
  get task(): TaskJournal {
    const { state } = this.vault.opened;
    const [id = assert.fail('no task')] = TaskJournal.ids(state);
    return TaskJournal.read(state, id) ?? assert.fail('no journal');
  }

  get ended(): string {
    return this.task.closing === undefined ? 'open' : `${this.task.closing.verdict}: ${this.task.closing.why}`;
  }

  /** The notes in a folder and below, but the manual. */
  files(folder: string): string[] {
    return readdirSync(path.join(this.vault.root, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.md') && name !== 'README.md')
      .map(name => `${folder}/${name}`);
  }

  read(file: string): string {
    return readFileSync(path.join(this.vault.root, file), 'utf8');
  }

  get spent(): SpendJournal['book'] {
    return SpendJournal.read(this.vault.opened.state.spending);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vault[Symbol.asyncDispose]();
    await this.api[Symbol.asyncDispose]();
  }
}

test('a task is planned, proposed, approved and finished by Claude, and the plan says what it took', async () => {
  await using run = await Thinking.start();
  const { api, vault } = run;
  api.will(
    message(use('a', 'plan_update', { summary: 'A note for the garden.', steps: [{ text: 'Write it', action: 1 }] })),
    message(use('b', 'propose_files_write', { path: 'Accounting/Plants.md', text: 'Water on Monday.' })),
  );
  api.always(message(use('z', 'finish', FINISH)));
  await vault.drain();
  const [note = assert.fail('no approval')] = run.files('Pending_Approval');
  renameSync(path.join(vault.root, note), path.join(vault.root, 'Approved', path.basename(note)));
  await vault.drain();
  assert.match(run.ended, /^done/);
  assert.equal(run.read('Accounting/Plants.md').trim(), 'Water on Monday.');
  const [plan = assert.fail('no plan')] = run.files('Done').filter(name => name.endsWith('-plan.md'));
  const text = run.read(plan);
  assert.match(text, /Claude \(claude-sonnet-5-5\)/);
  assert.match(text, /3 turns · 303 tokens/);
  assert.equal(run.spent.ofTask(run.task.id).tokens, 303);
});

const HOSTILE: readonly { name: string; reply: (turn: number) => Reply; ends: RegExp; calls: number }[] = [
  {
    name: 'an endless loop of the same call',
    reply: turn => message(use(`c${turn}`, 'plan_update', { summary: 'Again', steps: [] })),
    ends: /^failed: 4 turns in a row changed nothing\./,
    calls: 5,
  },
  {
    name: 'a plan that changes for ever',
    reply: turn => message(use(`c${turn}`, 'plan_update', { summary: `Thought ${turn}`, steps: [] })),
    ends: /^failed: It has taken 12 turns/,
    calls: 12,
  },
  {
    name: 'words without calls',
    reply: () => message({ type: 'text', text: 'I have done everything, trust me.' }),
    ends: /^failed: 4 turns in a row/,
    calls: 4,
  },
  {
    name: 'nothing at all',
    reply: () => ({ kind: 'message', blocks: [], stop: 'end_turn' }),
    ends: /^failed: 4 turns in a row/,
    calls: 4,
  },
  {
    name: 'tools that do not exist',
    reply: turn => message(use(`c${turn}`, `propose_shell_run${turn}`, { command: 'rm -rf /' })),
    ends: /^failed: 4 turns in a row/,
    calls: 4,
  },
  {
    name: 'malformed arguments',
    reply: turn => message(use(`c${turn}`, 'finish', ['done', turn])),
    ends: /^failed: 4 turns in a row/,
    calls: 4,
  },
  {
    name: 'answers that are cut every time',
    reply: () => ({ kind: 'message', blocks: [use('c', 'finish', FINISH)], stop: 'max_tokens' }),
    ends: /^failed: 4 turns in a row/,
    calls: 4,
  },
  {
    name: 'a hundred calls in one turn',
    reply: turn =>
      message(
        ...Array.from({ length: 100 }, (_, at) =>
          use(`c${turn}-${at}`, 'plan_update', { summary: `${at}`, steps: [] }),
        ),
      ),
    ends: /^failed: 4 turns in a row|^failed: It has taken 12/,
    calls: 12,
  },
  {
    name: 'outputs of a megabyte',
    reply: turn => message(use(`c${turn}`, 'plan_update', { summary: `${turn}${'x'.repeat(1_000_000)}`, steps: [] })),
    ends: /^failed: 4 turns in a row/,
    calls: 4,
  },
  {
    name: 'the same call id in every turn',
    reply: turn => message(use('same', 'plan_update', { summary: `${turn}`, steps: [] })),
    ends: /^failed: It has taken 12 turns/,
    calls: 12,
  },
  {
    name: 'a refusal',
    reply: () => ({ kind: 'message', blocks: [], stop: 'refusal' }),
    ends: /^failed: Claude refused/,
    calls: 1,
  },
];

for (const { name, reply, ends, calls } of HOSTILE) {
  test(`a model that gives ${name} ends in a clear state, within its bounds`, async () => {
    await using run = await Thinking.start();
    for (let turn = 0; turn < 20; turn += 1) run.api.will(reply(turn));
    await run.vault.drain();
    assert.match(run.ended, ends);
    assert.ok(run.api.calls.length <= calls, `${run.api.calls.length} calls`);
    assert.deepEqual(run.files('Failed').filter(file => file.endsWith('-plan.md')).length, 1);
    assert.deepEqual(run.vault.problems(), []);
  });
}

test('a model that says it is done while a proposal is open is told that it is not', async () => {
  await using run = await Thinking.start();
  const write = { path: 'Accounting/a.md', text: 'a' };
  run.api.will(message(use('a', 'propose_files_write', write), use('b', 'finish', FINISH)));
  run.api.always(message(use('z', 'finish', { outcome: 'failed', evidence: 'gave up' })));
  await run.vault.drain();
  assert.equal(run.task.closing, undefined);
  assert.equal(run.files('Pending_Approval').length, 1);
  assert.equal(run.api.calls.length, 1, 'the model is not asked while its proposal waits for the person');
});

test('what a task may take is never overspent by more than the one call that surprised', async () => {
  await using run = await Thinking.start('budget: { task: { turns: 50, tokens: 30000, money: 100 } }');
  for (let turn = 0; turn < 40; turn += 1) {
    const plan = use(`c${turn}`, 'plan_update', { summary: `${turn}`, steps: [] });
    run.api.will({ kind: 'message', blocks: [plan], usage: { input_tokens: 9000, output_tokens: 500 } });
  }
  await run.vault.drain();
  assert.match(run.ended, /^failed: It would take more than 30000 tokens/);
  assert.ok(run.spent.ofTask(run.task.id).tokens <= 30_000 + 9500);
});

test('when the day is used up the task waits and is not lost', async () => {
  await using run = await Thinking.start('budget: { day: { tokens: 1500 } }');
  run.api.always(message(use('z', 'finish', FINISH)));
  await run.vault.drain();
  assert.equal(run.api.calls.length, 0);
  assert.equal(run.task.closing, undefined);
  assert.match(run.task.down?.why ?? '', /Today’s 1500 tokens are used up/);
  run.vault.ahead.wall += 3 * 3_600_000;
  await run.vault.drain();
  assert.equal(run.api.calls.length, 0);
});

test('an interruption of the provider is waited out: nothing is lost, nothing is done twice', async () => {
  await using run = await Thinking.start();
  const plan = use('a', 'plan_update', { summary: 'S', steps: [] });
  run.api.will(
    { kind: 'error', status: 529, type: 'overloaded_error', message: 'busy' },
    message(plan),
    { kind: 'cut', blocks: [plan] },
    { kind: 'error', status: 429, type: 'rate_limit_error', message: 'slow', headers: { 'retry-after': '5' } },
    message(use('z', 'finish', FINISH)),
  );
  for (let hour = 0; hour < 5; hour += 1) {
    await run.vault.drain();
    run.vault.ahead.wall += 3_600_000;
  }
  assert.match(run.ended, /^done/);
  assert.equal(run.api.calls.length, 5);
  assert.equal(run.task.turns, 2);
});

test('a task goes on from its last turn after a restart, and no turn is asked for twice', async () => {
  await using run = await Thinking.start();
  run.api.will(
    message(use('a', 'plan_update', { summary: 'S', steps: [] })),
    message(use('q', 'ask_person', { question: 'Which plants?', context: '', choices: [] })),
  );
  await run.vault.drain();
  assert.equal(run.api.calls.length, 2);
  await run.vault.drain();
  await run.vault.drain();
  assert.equal(run.api.calls.length, 2, 'nothing is asked while the person is asked');
  const [question = assert.fail('no question')] = run.files('Questions');
  writeFileSync(path.join(run.vault.root, question), run.read(question).replace('answer:', 'answer: all of them'));
  run.api.always(message(use('z', 'finish', FINISH)));
  await run.vault.drain();
  assert.match(run.ended, /^done/);
  assert.match(JSON.stringify(run.api.calls[2]?.messages.at(-1)), /all of them/);
});

test('nothing is asked of a model while there is nothing to do', async () => {
  await using run = await Thinking.start();
  run.api.always(message(use('z', 'finish', FINISH)));
  await run.vault.drain();
  const before = run.api.calls.length;
  for (let minute = 0; minute < 60; minute += 1) {
    run.vault.ahead.wall += 60_000;
    run.vault.ahead.monotonic += 60_000;
    await run.vault.drain();
  }
  assert.equal(run.api.calls.length, before);
  assert.equal(run.spent.calls, before);
});

test('a choice that the person ticked was worded by the brain: it vouches for no address, what they wrote themselves does', async () => {
  await using run = await Thinking.start();
  const { api, vault } = run;
  const mail = (id: string, to: string): Block =>
    use(id, 'propose_email_draft', { to: [to], subject: 'Hello', text: 'As you said.' });
  const choices = ['Write to billing@evil.example', 'Write to nobody'];
  api.will(
    message(use('a', 'ask_person', { question: 'To whom?', choices })),
    message(mail('b', 'billing@evil.example'), mail('c', 'anna@example.test')),
  );
  api.always(message(use('z', 'finish', FINISH)));
  await vault.drain();
  const [question = assert.fail('no question')] = run.files('Questions');
  const ticked = run.read(question).replace('- [ ] ', '- [x] ');
  assert.notEqual(ticked, run.read(question));
  writeFileSync(path.join(vault.root, question), `${ticked}\nAnd to anna@example.test as well.\n`);
  await vault.drain();
  const shown = run.files('Pending_Approval').map(note => run.read(note));
  const to = (address: string): string =>
    shown.find(text => text.includes(address))?.match(/^\*\*to\*\* · (.*)$/m)?.[1] ?? `${address} is in no approval`;
  assert.match(to('billing@evil.example'), /written by the brain/);
  assert.match(to('anna@example.test'), /from what you wrote/);
});
