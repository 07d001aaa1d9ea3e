import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { Spool } from '../../core/spool.ts';
import claude from '../../orchestrator/brains/claude/index.ts';
import local from '../../orchestrator/brains/local/index.ts';
import rulebook from '../../orchestrator/brains/rulebook/index.ts';
import { Brains } from '../../orchestrator/think/brains.ts';
import { SpendJournal } from '../../orchestrator/think/spending.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { type Block, ClaudeApi, type Reply } from '../fakes/claude-api.ts';
import { OpenAiApi } from '../fakes/openai-api.ts';
import { InProcess } from '../helpers/in-process.ts';
import { portOf } from '../helpers/port.ts';
import { requestOf } from '../helpers/requests.ts';
import { brainOf } from '../helpers/rulebook.ts';

const use = (id: string, name: string, input: unknown): Block => ({ type: 'tool_use', id, name, input });
const message = (...blocks: readonly Block[]): Reply => ({ kind: 'message', blocks });
const PLAN = { summary: 'S', steps: [{ text: 'Look at it', done: true }, { text: 'Write it' }] };
const FINISH = { outcome: 'done', evidence: 'It is written.' };
const DOWN: Reply = { kind: 'error', status: 529, type: 'overloaded_error', message: 'busy' };

/** A vault that Claude thinks for and in which a local model can be named, both at doubles. */
class Routed implements AsyncDisposable {
  readonly away: ClaudeApi;
  readonly home: OpenAiApi;
  readonly vault: InProcess;

  private constructor(away: ClaudeApi, home: OpenAiApi, routing: string) {
    this.away = away;
    this.home = home;
    const now = (): Date => new Date();
    const setups: Readonly<Record<string, Parameters<typeof claude.create>[0]>> = {
      claude: { settings: { url: away.url, patience: 5 }, secrets: { ANTHROPIC_API_KEY: 'sk-test-1' }, now },
      local: { settings: { url: home.url, patience: 5 }, secrets: {}, now },
    };
    const setup = (name: string) => setups[name] ?? { settings: null, secrets: {}, now };
    const standard = brainOf(claude, setup('claude'));
    const modules = new Map([claude, local, rulebook].map(module => [module.name, module]));
    const config = `settle: { note: 0, tick: 0, drop: 0 }\n${routing}\n`;
    this.vault = new InProcess(config, standard, new Brains(standard, modules, setup));
  }

  static async start(routing: string): Promise<Routed> {
    return new Routed(await ClaudeApi.start(), await OpenAiApi.start(), routing);
  }

  write(text: string, name = 'Water the plants'): void {
    writeFileSync(path.join(this.vault.root, 'Needs_Action', `${name}.md`), text);
  }

  get task(): TaskJournal {
    const { state } = this.vault.opened;
    const [id = assert.fail('no task')] = TaskJournal.ids(state);
    return TaskJournal.read(state, id) ?? assert.fail('no journal');
  }

  /** The plan’s note, wherever it stands now. */
  get plan(): string {
    const [file = assert.fail('no plan')] = readdirSync(this.vault.root, { recursive: true, encoding: 'utf8' }).filter(
      name => name.endsWith('-plan.md'),
    );
    return readFileSync(path.join(this.vault.root, file), 'utf8');
  }

  get kinds(): string[] {
    const { state } = this.vault.opened;
    return TaskJournal.recordsOf(state, this.task.id).map(({ body }) => body.kind);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vault[Symbol.asyncDispose]();
    await this.away[Symbol.asyncDispose]();
    await this.home[Symbol.asyncDispose]();
  }
}

test('a cheap model triages and a strong one plans, and the plan names both with what each took', async () => {
  await using run = await Routed.start(
    'routing:\n  - { brain: claude, model: claude-haiku-4-5, stage: triage }\n  - { brain: claude, model: claude-opus-4-5, effort: high, stage: plan }',
  );
  run.write('Water the plants, please.');
  run.away.will(message(use('a', 'plan_update', PLAN)));
  run.away.always(message(use('z', 'finish', FINISH)));
  await run.vault.drain();
  assert.deepEqual(
    run.away.calls.map(({ model }) => model),
    ['claude-haiku-4-5', 'claude-opus-4-5'],
  );
  assert.deepEqual(run.away.calls[1]?.output_config, { effort: 'high' });
  assert.match(run.plan, /^- Claude \(claude-haiku-4-5\), by rule 1 of the routing: 1 turn · 101 tokens · \$0\.0001$/m);
  assert.match(run.plan, /^- Claude \(claude-opus-4-5\), by rule 2 of the routing: 1 turn · 101 tokens · \$0\.0005$/m);
});

test('a private task is shown to the local model and not a word of it to Claude, whichever rule comes first', async () => {
  await using run = await Routed.start('routing:\n  - { brain: claude }\n  - { brain: local, fallback: claude }');
  run.write('---\nprivate: true\n---\nThe diagnosis.');
  run.home.will({ kind: 'error', status: 503, text: 'loading' });
  run.home.always({ kind: 'calls', calls: [{ name: 'finish', json: JSON.stringify(FINISH) }] });
  await run.vault.drain();
  assert.match(run.task.down?.why ?? '', /busy or broken/);
  assert.equal(run.away.calls.length, 0, 'its fallback would have carried it away');
  run.vault.ahead.wall += 3_600_000;
  await run.vault.drain();
  assert.equal(run.task.closing?.verdict, 'done');
  assert.equal(run.away.headers.length, 0);
  assert.match(run.plan, /Private: no brain that would carry it off this machine is shown it\./);
  assert.match(run.plan, /the local model at 127\.0\.0\.1/);
});

test('a private task that no brain here may see waits, and says so, until its note says otherwise', async () => {
  await using run = await Routed.start('routing:\n  - { when: { words: diagnosis }, private: true }');
  run.write('The diagnosis.');
  run.away.always(message(use('z', 'finish', FINISH)));
  for (let round = 0; round < 4; round += 1) {
    await run.vault.drain();
    run.vault.ahead.wall += 120_000;
  }
  assert.equal(run.away.headers.length, 0);
  assert.match(run.task.down?.why ?? '', /must not leave this machine, and Claude would carry it away/);
  assert.match(run.plan, /status: retrying[\s\S]*No brain here may think about it/);
  assert.equal(run.kinds.filter(kind => kind === 'BRAIN_DOWN').length, 1, 'said once, not every minute');
  run.write('The plants.');
  await run.vault.drain();
  assert.equal(run.task.closing?.verdict, 'done');
});

test('a brain that fails is followed by the one its rule names, which the plan tells, and is tried again later', async () => {
  await using run = await Routed.start('routing:\n  - { brain: claude, fallback: local }');
  run.write('Water the plants, please.');
  run.away.will(DOWN);
  run.home.will({ kind: 'calls', calls: [{ name: 'plan_update', json: JSON.stringify(PLAN) }] });
  run.home.will({ kind: 'calls', calls: [{ name: 'ask_person', json: '{"question":"Which plants?"}' }] });
  await run.vault.drain();
  assert.equal(run.away.calls.length, 1);
  assert.equal(run.home.calls.length, 2);
  assert.deepEqual(
    run.kinds.filter(kind => kind === 'FELL_BACK' || kind === 'BRAIN_DOWN'),
    ['FELL_BACK'],
  );
  assert.match(
    run.plan,
    /> \[!note\] Claude failed: `Claude is overloaded\.`\n> The local model at 127\.0\.0\.1 went on/,
  );
  assert.match(run.plan, /- Claude \(calls without an answer\): 1 turn/);
  assert.match(run.plan, /- the local model at 127\.0\.0\.1 \(tiny\), by rule 1 of the routing: 2 turns/);
  const [question = assert.fail()] = readdirSync(path.join(run.vault.root, 'Questions')).filter(n => n !== 'README.md');
  const file = path.join(run.vault.root, 'Questions', question);
  writeFileSync(file, readFileSync(file, 'utf8').replace('answer:', 'answer: all of them'));
  run.vault.ahead.wall += 3_600_000;
  run.away.always(message(use('z', 'finish', FINISH)));
  await run.vault.drain();
  assert.equal(run.task.closing?.verdict, 'done');
  assert.equal(run.away.calls.length, 2, 'Claude is tried again once its rest is over');
  assert.match(JSON.stringify(run.away.calls[1]?.messages), /all of them/);
});

test('without a fallback in its rule a failing brain is waited for, and a refusal is no failure', async () => {
  await using run = await Routed.start(
    'routing:\n  - { when: { words: plants }, brain: claude }\n  - { brain: claude, fallback: local }',
  );
  run.write('Water the plants.');
  run.away.will(DOWN);
  await run.vault.drain();
  assert.equal(run.home.calls.length, 0);
  assert.match(run.task.down?.why ?? '', /overloaded/);
  await using other = await Routed.start('routing:\n  - { brain: claude, fallback: local }');
  other.write('Harm somebody.');
  other.away.will({ kind: 'message', blocks: [], stop: 'refusal' });
  await other.vault.drain();
  assert.match(other.task.closing?.why ?? '', /refused/);
  assert.equal(other.home.calls.length, 0);
});

test('signed thinking goes back to the model that it came from and to no other brain', async () => {
  await using run = await Routed.start(
    'routing:\n  - { brain: claude, model: claude-haiku-4-5, stage: triage }\n  - { brain: claude, fallback: local }',
  );
  run.write('Water the plants.');
  const thinking: Block = { type: 'thinking', thinking: 'Hm, secret thought.', signature: 'c2ln' };
  run.away.will(
    message(thinking, use('a', 'plan_update', PLAN)),
    message(thinking, use('b', 'plan_update', { summary: 'T', steps: [] })),
    message(use('c', 'plan_update', { summary: 'U', steps: [] })),
    DOWN,
  );
  run.home.always({ kind: 'calls', calls: [{ name: 'finish', json: JSON.stringify(FINISH) }] });
  await run.vault.drain();
  assert.equal(run.task.closing?.verdict, 'done');
  const thoughts = run.away.calls.map(call => JSON.stringify(call.messages).split('secret thought').length - 1);
  assert.deepEqual(thoughts, [0, 0, 1, 1]);
  assert.doesNotMatch(JSON.stringify(run.home.calls), /secret thought/);
});

test('a proposal names the brain that made it, and a local model’s turns cost nothing', async () => {
  await using run = await Routed.start('routing:\n  - { brain: local, stage: triage }');
  run.write('Write something.');
  const write = { path: 'Accounting/a.md', text: 'a' };
  run.home.always({ kind: 'calls', calls: [{ name: 'propose_files_write', json: JSON.stringify(write) }] });
  await run.vault.drain();
  const proposed = run.vault.records().flatMap(({ body }) => (body.kind === 'PROPOSED' ? [body.envelope] : []));
  assert.equal(proposed[0]?.brain, 'local');
  assert.deepEqual(proposed[0]?.origins.text, { kind: 'model' });
  const spent = SpendJournal.read(run.vault.opened.state.spending).ofTask(run.task.id);
  assert.deepEqual([spent.turns, spent.tokens, spent.money], [1, 16, 0]);
});

test('a local model that sends its caller on to another place gets no answer from there', async () => {
  await using elsewhere = await OpenAiApi.start();
  const server = createServer((_request, response) => {
    response.writeHead(307, { location: `${elsewhere.url}/chat/completions` }).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  try {
    const brain = brainOf(local, { settings: { url: `http://127.0.0.1:${portOf(server)}/v1` } });
    const answer = await brain.next(requestOf(), AbortSignal.timeout(30_000));
    assert.equal(answer.ok, false);
    assert.equal(elsewhere.keys.length, 0);
  } finally {
    server.close();
  }
});

test('a paused task is left alone over restarts, keeps what was thought, and goes on from there', async () => {
  await using run = await Routed.start('');
  const { state } = run.vault.opened;
  const spool = new Spool(state.plannerSpool, state.tmp);
  run.write('Water the plants.');
  run.away.will(message(use('q', 'ask_person', { question: 'Which plants?', context: '', choices: [] })));
  await run.vault.drain();
  const task = run.task.id;
  spool.put('p', { kind: 'pause_task', task, why: 'Let me think.', by: 'anna' });
  await run.vault.drain();
  assert.match(run.plan, /status: paused[\s\S]*Paused: `Let me think\.`[\s\S]*steward resume note-/);
  const dashboard = readFileSync(path.join(run.vault.root, 'Dashboard.md'), 'utf8');
  assert.match(dashboard, /Answer\]\] · Which plants/);
  const [question = assert.fail()] = readdirSync(path.join(run.vault.root, 'Questions')).filter(n => n !== 'README.md');
  const file = path.join(run.vault.root, 'Questions', question);
  writeFileSync(file, readFileSync(file, 'utf8').replace('answer:', 'answer: the roses'));
  run.away.always(message(use('z', 'finish', FINISH)));
  await run.vault.drain(120);
  assert.equal(run.away.calls.length, 1, 'nothing is asked while it is paused');
  assert.match(
    readFileSync(path.join(run.vault.root, 'Dashboard.md'), 'utf8'),
    /paused: `Let me think\.` To go on: `steward resume/,
  );
  spool.put('r', { kind: 'unpause_task', task, by: 'anna' });
  await run.vault.drain();
  assert.equal(run.task.closing?.verdict, 'done');
  assert.match(JSON.stringify(run.away.calls[1]?.messages), /the roses/);
  assert.deepEqual(run.vault.problems(), []);
});

test('a task that was thought about in private stays private, whatever its note says later: what it read stays here', async () => {
  await using run = await Routed.start('routing:\n  - { when: { private: true }, brain: local }');
  writeFileSync(path.join(run.vault.root, 'Inbox', 'letter.txt'), 'A letter.\n');
  run.away.always(DOWN);
  await run.vault.drain();
  const folder = path.join(run.vault.root, 'In_Progress', 'local');
  const [name = assert.fail('no task')] = readdirSync(folder).filter(one => one !== 'README.md');
  const note = path.join(folder, name);
  const before = readFileSync(note, 'utf8');
  writeFileSync(note, before.replace('---\n', '---\nprivate: true\n'));
  run.home.will({ kind: 'calls', calls: [{ name: 'ask_person', json: '{"question":"Which one?"}' }] });
  run.vault.ahead.wall += 3_600_000;
  await run.vault.drain();
  assert.deepEqual([run.away.calls.length, run.home.calls.length], [1, 1]);
  writeFileSync(note, before);
  const [question = assert.fail()] = readdirSync(path.join(run.vault.root, 'Questions')).filter(n => n !== 'README.md');
  const file = path.join(run.vault.root, 'Questions', question);
  writeFileSync(file, readFileSync(file, 'utf8').replace('answer:', 'answer: this one'));
  run.home.always({ kind: 'calls', calls: [{ name: 'finish', json: JSON.stringify(FINISH) }] });
  run.vault.ahead.wall += 3_600_000;
  await run.vault.drain();
  assert.deepEqual([run.away.calls.length, run.task.closing?.verdict], [1, 'done']);
});
