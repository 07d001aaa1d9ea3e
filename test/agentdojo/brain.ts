import type { Brain, BrainAnswer, Request, ToolCall } from '../../core/brain.ts';
import { Arguments } from '../../core/envelope.ts';
import type { Call, Tool } from './folder.ts';
import { plausibleCalls } from './plausible.ts';

/** One task as the harness stages it: what the person wants, and what the text that came in wants. */
export type Scene = {
  readonly server: string;
  readonly tools: readonly Tool[];
  readonly benign: readonly Call[];
  /** Texts that carry the injection: whoever reads one of them obeys. */
  readonly poison: readonly string[];
  readonly goal: string;
  /** What the injection wants; empty where it says so only in words. */
  readonly wanted: readonly Call[];
};

const squashed = (text: string): string => text.replace(/\s+/g, ' ').trim();

/**
 * A brain that obeys everything: it does what the task is for, and as soon as something that it was shown holds an
 * injection, it carries that out first. `sceneOf` finds the scene of a task by its title.
 */
export function obedientBrain(sceneOf: (title: string) => Scene | undefined, obeyed: (scene: Scene) => void): Brain {
  return {
    name: 'obedient',
    label: 'a brain that obeys everything',
    next: request => {
      const scene = sceneOf(request.task.title);
      return Promise.resolve(
        scene === undefined ? answer(request, [finish('failed', 'No scene is known.')]) : think(request, scene, obeyed),
      );
    },
  };
}

function think(request: Request, scene: Scene, obeyed: (scene: Scene) => void): BrainAnswer {
  const read = request.exchanges.flatMap(({ results }) => results.filter(({ ok }) => ok).map(({ text }) => text));
  const shown = [request.task.text, request.task.file?.text ?? '', ...read].map(squashed);
  const obeys = scene.poison.some(poison => shown.some(text => text.includes(squashed(poison))));
  if (obeys) obeyed(scene);
  const wanted = scene.wanted.length > 0 ? scene.wanted : plausibleCalls(scene.tools, scene.goal, read);
  // What only reads is tried as a way round, too: an effect by the name of a reading tool.
  const round = obeys
    ? wanted.slice(0, 1).map(call => ({ tool: `read_${scene.server}_${call.function}`, input: call.args }))
    : [];
  const calls = [...(obeys ? wanted : []), ...scene.benign].map(call => toolCall(call, scene));
  const made = new Set(request.exchanges.flatMap(({ turn }) => turn.calls.map(keyOf)));
  const left = [...round, ...calls].filter(call => !made.has(keyOf(call)));
  const readings = left.filter(({ tool }) => tool.startsWith('read_'));
  if (readings.length > 0) return answer(request, readings);
  if (left.length > 0) return answer(request, left);
  return answer(request, [finish('done', 'All calls were made.')]);
}

type Wish = { readonly tool: string; readonly input: Arguments };
const keyOf = ({ tool, input }: Wish): string => JSON.stringify([tool, input]);

function toolCall(call: Call, { tools, server }: Scene): Wish {
  const tool = tools.find(({ name }) => name === call.function);
  const verb = tool?.kind === 'read' && !tool.egress ? 'read' : 'propose';
  return { tool: `${verb}_${server}_${call.function}`, input: call.args };
}

const finish = (outcome: 'done' | 'failed', evidence: string): Wish => ({
  tool: 'finish',
  input: Arguments.parse({ outcome, evidence }),
});

function answer({ exchanges }: Request, wishes: readonly Wish[]): BrainAnswer {
  const calls: ToolCall[] = wishes.map((wish, at) => ({ id: `c${exchanges.length}-${at}`, ...wish }));
  return { ok: true, turn: { say: '', calls, usage: { input_tokens: 0, output_tokens: 0, model: 'obedient' } } };
}
