import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import claude from '../../orchestrator/brains/claude/index.ts';
import { SpendJournal } from '../../orchestrator/think/spending.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { type Block, ClaudeApi, type Reply, type Sent } from '../fakes/claude-api.ts';
import { InProcess } from '../helpers/in-process.ts';
import { brainOf } from '../helpers/rulebook.ts';

const LONG = process.env.STEWARD_TEST_LONG === '1';
/** Points of a run at which the planner is killed in the fast run, spread over all of them. */
const SAMPLE = 8;

const use = (id: string, name: string, input: unknown): Block => ({ type: 'tool_use', id, name, input });
const step = (text: string, done: boolean) => ({ text, done });
/** What the model says in each of its six turns. */
const TURNS: readonly Block[] = [
  use('a', 'plan_update', { summary: 'Two notes.', steps: [step('Write', false), step('Ask', false)] }),
  use('b', 'propose_files_write', { path: 'Accounting/one.md', text: 'One.' }),
  use('c', 'ask_person', { question: 'Which plants?', context: '', choices: [] }),
  use('d', 'propose_files_write', { path: 'Accounting/two.md', text: 'Two.' }),
  use('e', 'plan_update', { summary: 'Two notes.', steps: [step('Write', true), step('Ask', true)] }),
  use('f', 'finish', { outcome: 'done', evidence: 'Both are written.' }),
];

/** Turns that a call holds already. */
const turnsIn = ({ messages }: Sent): number => messages.filter(({ role }) => role === 'assistant').length;

class Killed extends Error {}

/** One task of six turns, through which the planner is killed once. */
class Run implements AsyncDisposable {
  readonly #api: ClaudeApi;
  readonly vault: InProcess;
  /** How often the planner looked at its clock, which it does for every record before it writes it. */
  looks = 0;

  private constructor(api: ClaudeApi) {
    this.#api = api;
    const settings = { url: api.url, max_tokens: 1000, patience: 20 };
    this.vault = new InProcess(
      'settle: { note: 0, tick: 0, drop: 0 }\n',
      brainOf(claude, { settings, secrets: { ANTHROPIC_API_KEY: 'sk-test-1' } }),
    );
    writeFileSync(path.join(this.vault.root, 'Needs_Action', 'Water the plants.md'), 'Water the plants, please.');
    api.answers(
      (sent): Reply => ({ kind: 'message', blocks: [TURNS[turnsIn(sent)] ?? assert.fail('a seventh turn')] }),
    );
  }

  static async start(): Promise<Run> {
    return new Run(await ClaudeApi.start());
  }

  /** Works to the end, with a person who approves and answers, and a planner that dies at its `at`th look. */
  async toTheEnd(at = Number.POSITIVE_INFINITY): Promise<void> {
    const isOpen = (): boolean => this.files('Done', 'Rejected', 'Failed').every(file => !file.endsWith('-plan.md'));
    let isDead = false;
    const dying = (): Date => {
      this.looks += 1;
      isDead ||= this.looks === at;
      if (isDead) throw new Killed('killed');
      return this.vault.now();
    };
    this.vault.plannerNow = dying;
    for (let round = 0; round < 12 && isOpen(); round += 1) {
      await this.vault.drain().catch((error: unknown) => {
        if (!isDead) throw error;
        this.vault.plannerNow = this.vault.now;
      });
      this.#decide();
    }
  }

  #decide(): void {
    for (const note of this.files('Pending_Approval'))
      renameSync(this.#at(note), this.#at(`Approved/${path.basename(note)}`));
    for (const note of this.files('Questions'))
      writeFileSync(this.#at(note), readFileSync(this.#at(note), 'utf8').replace(/^answer:$/m, 'answer: the roses'));
  }

  readonly #at = (file: string): string => path.join(this.vault.root, file);

  files(...folders: readonly string[]): string[] {
    return folders.flatMap(folder =>
      readdirSync(this.#at(folder), { recursive: true, encoding: 'utf8' })
        .filter(name => name.endsWith('.md') && path.basename(name) !== 'README.md')
        .map(name => `${folder}/${name}`),
    );
  }

  /** All that must be the same, wherever the planner died. */
  get end() {
    const { state } = this.vault.opened;
    const kinds = this.vault.records().map(({ body }) => body.kind);
    const [id = assert.fail('no task')] = TaskJournal.ids(state);
    const task = TaskJournal.read(state, id) ?? assert.fail('no journal');
    const count = (kind: string): number => kinds.filter(one => one === kind).length;
    return {
      verdict: task.closing?.verdict,
      turns: task.exchanges.map(({ turn }) => turn.calls.map(({ tool }) => tool)),
      results: task.exchanges.map(({ results }) => results.length),
      asked: task.asked.length,
      effects: [count('PROPOSED'), count('INTENT'), count('CONFIRMED'), count('CLOSED')],
      written: ['one', 'two'].map(name => readFileSync(this.#at(`Accounting/${name}.md`), 'utf8').trim()),
      folders: this.files('Done', 'Needs_Action', 'Pending_Approval', 'Approved', 'Questions', 'Plans')
        .map(file => file.replace(/-?[0-9a-f]{12}/, ''))
        .sort(),
      problems: this.vault.problems(),
    };
  }

  /** How often each turn was asked for. */
  get asks(): readonly number[] {
    return TURNS.map((_, at) => this.#api.calls.filter(call => turnsIn(call) === at).length);
  }

  get spentTurns(): number {
    const { state } = this.vault.opened;
    return [...SpendJournal.read(state.spending).tasks.values()].reduce((sum, { turns }) => sum + turns, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vault[Symbol.asyncDispose]();
    await this.#api[Symbol.asyncDispose]();
  }
}

test('killed before any of its records, the planner comes to the same end: no answered turn is asked again, every effect is there once, every call is counted', async () => {
  await using whole = await Run.start();
  await whole.toTheEnd();
  const { end, looks } = whole;
  assert.equal(end.verdict, 'done');
  assert.deepEqual(end.written, ['One.', 'Two.']);
  assert.deepEqual(end.effects, [2, 2, 2, 1]);
  assert.deepEqual(whole.asks, [1, 1, 1, 1, 1, 1]);
  assert.ok(looks > 30, `only ${looks} points`);
  const every = LONG ? 1 : looks / SAMPLE;
  for (let point = 1; point <= looks; point += every) {
    const at = Math.floor(point);
    await using run = await Run.start();
    await run.toTheEnd(at);
    assert.deepEqual(run.end, end, `killed at ${at} of ${looks}`);
    // The one that was under way may be lost with the planner; what was answered is on record.
    const again = run.asks.reduce((sum, times) => sum + times - 1, 0);
    assert.ok(again === 0 || again === 1, `killed at ${at}: ${run.asks}`);
    assert.equal(
      run.spentTurns,
      run.asks.reduce((sum, times) => sum + times, 0),
      `killed at ${at}`,
    );
  }
});

test('whatever beginning of its last records a power cut leaves, a task whose finish was taken is closing, and not thought about again', async () => {
  await using run = await Run.start();
  await run.toTheEnd();
  const { state } = run.vault.opened;
  const [id = assert.fail('no task')] = TaskJournal.ids(state);
  const kinds = TaskJournal.recordsOf(state, id).map(({ body }) => body.kind);
  assert.deepEqual(kinds.slice(kinds.lastIndexOf('TURN') + 1), ['CLOSING', 'RESULT', 'HANDED']);
});
