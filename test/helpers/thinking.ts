import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import claude from '../../orchestrator/brains/claude/index.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { type Block, ClaudeApi, type Reply } from '../fakes/claude-api.ts';
import { InProcess } from './in-process.ts';
import { brainOf } from './rulebook.ts';

export const use = (id: string, name: string, input: unknown): Block => ({ type: 'tool_use', id, name, input });
export const message = (...blocks: readonly Block[]): Reply => ({ kind: 'message', blocks });
export const FINISH = use('z', 'finish', { outcome: 'done', evidence: 'It is done.' });

/** A vault that Claude thinks about at a double’s address: what it looks up is real. */
export class ThinkingVault implements AsyncDisposable {
  readonly api: ClaudeApi;
  readonly vault: InProcess;

  private constructor(api: ClaudeApi) {
    this.api = api;
    const settings = { url: api.url, max_tokens: 1000, patience: 20 };
    const brain = brainOf(claude, { settings, secrets: { ANTHROPIC_API_KEY: 'sk-test-1' } });
    this.vault = new InProcess('settle: { note: 0, tick: 0, drop: 0 }\n', brain);
  }

  static async start(): Promise<ThinkingVault> {
    return new ThinkingVault(await ClaudeApi.start());
  }

  write(file: string, data: string | Uint8Array): void {
    const place = path.join(this.vault.root, file);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, data);
  }

  read(file: string): string {
    return readFileSync(path.join(this.vault.root, file), 'utf8');
  }

  /** The notes in a folder and below, but the manual. */
  files(folder: string): string[] {
    return readdirSync(path.join(this.vault.root, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.md') && !name.endsWith('README.md'))
      .map(name => `${folder}/${name}`)
      .sort();
  }

  /** Has one task thought about: its calls, twenty a turn, and then its end. Returns the task. */
  async think(title: string, text: string, ...calls: readonly Block[]): Promise<TaskJournal> {
    for (let at = 0; at < calls.length; at += 20) this.api.will(message(...calls.slice(at, at + 20)));
    this.api.will(message(FINISH));
    const before = new Set(TaskJournal.ids(this.vault.opened.state));
    if (text !== '') this.write(`Needs_Action/${title}.md`, text);
    await this.vault.drain();
    const [id] = TaskJournal.ids(this.vault.opened.state).filter(one => !before.has(one));
    const task = id === undefined ? undefined : TaskJournal.read(this.vault.opened.state, id);
    if (task === undefined) throw new Error('no task was taken');
    return task;
  }

  /** What a call of a task gave. */
  resultOf(
    task: TaskJournal,
    call: string,
  ): { readonly ok: boolean; readonly text: string; readonly origin?: unknown } {
    const results = task.exchanges.flatMap(exchange => exchange.results);
    const result = results.find(one => one.call === call);
    if (result === undefined) throw new Error(`no result of ${call}`);
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vault[Symbol.asyncDispose]();
    await this.api[Symbol.asyncDispose]();
  }
}
