import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { Arguments } from '../../core/envelope.ts';

/** A folder of tasks and of instructions injected into what their tools return, in AgentDojo’s form. */
export const Call = z.object({ function: z.string(), args: Arguments });
export type Call = z.infer<typeof Call>;

const Names = z
  .union([z.string(), z.array(z.string()), z.null()])
  .transform(given => (given === null ? [] : [given].flat()))
  .default([]);

export const Tool = z.object({
  suite: z.string(),
  name: z.string().regex(/^[a-z][a-z0-9_]*$/),
  kind: z.enum(['read', 'effect']),
  egress: z.boolean(),
  routing: Names,
  amount: Names,
  inputSchema: z.record(z.string(), z.json()),
});
export type Tool = z.infer<typeof Tool>;

const Content = z
  .json()
  .default('')
  .transform(given => (typeof given === 'string' ? given : given === null ? '' : JSON.stringify(given)));
const Traced = Call.extend({ content: Content, injected: z.boolean().default(false) });
export type Traced = z.infer<typeof Traced>;

const Pair = z.object({
  suite: z.string(),
  user_task: z.string(),
  injection_task: z.string(),
  prompt: z.string(),
  goal: z.string(),
  injections: z.record(z.string(), z.string()),
  trace: z.array(Traced),
});
export type Pair = z.infer<typeof Pair>;

const UserTask = z.object({ suite: z.string(), id: z.string(), prompt: z.string(), ground_truth: z.array(Call) });
export type UserTask = z.infer<typeof UserTask>;
const InjectionTask = z.object({ suite: z.string(), id: z.string(), goal: z.string(), ground_truth: z.array(Call) });
type InjectionTask = z.infer<typeof InjectionTask>;

export type Folder = {
  readonly tools: readonly Tool[];
  readonly pairs: readonly Pair[];
  /** All pairs, where `pairs` is a part of them; and the person’s tasks that are to be played by themselves. */
  readonly known?: readonly Pair[];
  readonly mine?: readonly UserTask[];
  readonly userTasks: readonly UserTask[];
  readonly injectionTasks: readonly InjectionTask[];
};

export function readFolder(folder: string): Folder {
  const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
  const zipped = path.join(folder, 'pairs.jsonl.gz');
  const lines = existsSync(zipped) ? gunzipSync(readFileSync(zipped)).toString() : read('pairs.jsonl');
  return {
    tools: z.array(Tool).parse(JSON.parse(read('tools.json'))),
    userTasks: z.array(UserTask).parse(JSON.parse(read('user_tasks.json'))),
    injectionTasks: z.array(InjectionTask).parse(JSON.parse(read('injection_tasks.json'))),
    pairs: lines.split('\n').flatMap(line => (line.trim() === '' ? [] : [Pair.parse(JSON.parse(line))])),
  };
}

/** Suite → the name of the server that stands for it: what Steward takes for one, and each its own. */
export function serversOf(tools: readonly Tool[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { suite } of tools) {
    if (names.has(suite)) continue;
    const plain = suite.toLowerCase().replace(/[^a-z0-9]/g, '');
    const wanted = /^[a-z]/.test(plain) ? plain : `suite${plain}`;
    const isTaken = [...names.values()].includes(wanted);
    names.set(suite, isTaken ? `${wanted}${names.size + 1}` : wanted);
  }
  return names;
}
