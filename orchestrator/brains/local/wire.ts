import { z } from 'zod';
import type { ToolCall, ToolOffer, Turn, Usage } from '../../../core/brain.ts';
import { sha256 } from '../../../core/digest.ts';
import { Arguments } from '../../../core/envelope.ts';
import type { Prompt, Said } from '../../../core/prompt.ts';
import { parseJsonStrictly } from '../../../core/strict-json.ts';

/** Between Steward’s turns and the chat completions of OpenAI-compatible servers. Pure. */
export type Body = Readonly<Record<string, unknown>>;
type Options = { readonly model: string; readonly max_tokens: number; readonly calls: 'tools' | 'json' };

export function bodyFor(prompt: Prompt, { model, max_tokens, calls }: Options): Body {
  const asTools = calls === 'tools';
  const rules = asTools ? prompt.rules : `${prompt.rules}\n\n${inWords(prompt.tools)}`;
  return {
    ...{ model, max_tokens, stream: true, stream_options: { include_usage: true }, temperature: 0 },
    messages: [
      { role: 'system', content: rules },
      { role: 'user', content: taskContent(prompt) },
      ...prompt.conversation.flatMap(asTools ? withTools : withJson),
    ],
    ...(asTools
      ? {
          tools: prompt.tools.map(({ name, description, schema }) => ({
            type: 'function',
            function: { name, description, parameters: schema },
          })),
        }
      : {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'calls', strict: true, schema: callsSchema(prompt.tools) },
          },
        }),
  };
}

/** A picture stands beside the words, as servers with a model that sees take it. */
function taskContent({ task, image }: Prompt): unknown {
  if (image === undefined) return task;
  const url = `data:${image.media};base64,${image.data}`;
  return [
    { type: 'image_url', image_url: { url } },
    { type: 'text', text: task },
  ];
}

function withTools({ turn, results }: Said): Body[] {
  if (turn.calls.length === 0)
    return [
      { role: 'assistant', content: turn.say },
      { role: 'user', content: NUDGE },
    ];
  return [
    {
      role: 'assistant',
      content: turn.say,
      tool_calls: turn.calls.map(({ id, tool, input }) => ({
        id,
        type: 'function',
        function: { name: tool, arguments: JSON.stringify(input) },
      })),
    },
    ...turn.calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: resultOf(results, id) })),
  ];
}

function withJson({ turn, results }: Said): Body[] {
  const said = { calls: turn.calls.map(({ tool, input }) => ({ tool, input })) };
  const heard = turn.calls.map(({ id, tool }) => `${tool}: ${resultOf(results, id)}`);
  return [
    { role: 'assistant', content: JSON.stringify(said) },
    { role: 'user', content: heard.length === 0 ? NUDGE : heard.join('\n\n') },
  ];
}

const NUDGE = 'Nobody reads words alone. Go on with a tool call; where the task is done, call `finish`.';

function resultOf(results: Said['results'], id: string): string {
  const result = results.find(({ call }) => call === id);
  return result === undefined ? 'No answer yet.' : `${result.ok ? '' : 'Refused: '}${result.text}`;
}

/** For a model that knows no tool calls: the tools in words, and the form of an answer. */
function inWords(tools: readonly ToolOffer[]): string {
  const listed = tools.map(
    ({ name, description, schema }) => `- ${name}: ${description} Input: ${JSON.stringify(schema)}`,
  );
  return `# Tools\n\nAnswer with one JSON object {"calls": [{"tool": …, "input": {…}}]} and nothing else.\n\n${listed.join('\n')}`;
}

function callsSchema(tools: readonly ToolOffer[]): Body {
  const one = {
    type: 'object',
    properties: { tool: { type: 'string', enum: tools.map(({ name }) => name) }, input: { type: 'object' } },
    required: ['tool', 'input'],
    additionalProperties: false,
  };
  return {
    type: 'object',
    properties: { calls: { type: 'array', items: one, minItems: 1, maxItems: 8 } },
    required: ['calls'],
    additionalProperties: false,
  };
}

const Chunk = z.looseObject({
  model: z.string().optional(),
  choices: z
    .array(
      z.looseObject({
        delta: z
          .looseObject({
            content: z.string().nullish(),
            tool_calls: z
              .array(
                z.looseObject({
                  index: z.int().default(0),
                  id: z.string().nullish(),
                  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
                }),
              )
              .nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: z
    .looseObject({ prompt_tokens: z.int().min(0).default(0), completion_tokens: z.int().min(0).default(0) })
    .nullish(),
  error: z.looseObject({ message: z.string().default('') }).nullish(),
});

/** What has come of an answer so far. */
export class Answer {
  #say = '';
  #model: string;
  #usage: Usage;
  readonly #calls = new Map<number, { id: string; name: string; json: string }>();
  finish: string | undefined;

  constructor(model: string) {
    this.#model = model;
    this.#usage = { model, input_tokens: 0, output_tokens: 0 };
  }

  get usage(): Usage {
    return this.#usage;
  }

  /** Takes in the data of one event. What is wrong with it, where something is. */
  take(data: string): string | undefined {
    if (data === '[DONE]') return undefined;
    const json = parseJsonStrictly(data);
    const chunk = json.ok ? Chunk.safeParse(json.value) : undefined;
    if (chunk?.success !== true) return 'The server sent something that is no answer.';
    const { choices, usage, model, error } = chunk.data;
    if (error !== undefined && error !== null) return `The server broke off: ${error.message.slice(0, 300)}`;
    this.#model = model ?? this.#model;
    for (const { delta, finish_reason } of choices.slice(0, 1)) {
      this.#say += delta?.content ?? '';
      for (const call of delta?.tool_calls ?? []) {
        const known = this.#calls.get(call.index) ?? { id: '', name: '', json: '' };
        this.#calls.set(call.index, {
          id: known.id || (call.id ?? ''),
          name: known.name + (call.function?.name ?? ''),
          json: known.json + (call.function?.arguments ?? ''),
        });
      }
      this.finish = finish_reason ?? this.finish;
    }
    if (usage !== undefined && usage !== null) {
      this.#usage = { model: this.#model, input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens };
    }
    return undefined;
  }

  turn(calls: 'tools' | 'json', ordinal: number): Turn {
    const isCut = this.finish === 'length';
    const made = calls === 'tools' ? this.#called(ordinal, isCut) : callsIn(this.#say, ordinal);
    const say = calls === 'json' && made.length > 0 ? '' : this.#say;
    return { say, calls: made, usage: this.#usage, ...(isCut ? { stop: 'cut' } : {}) };
  }

  #called(ordinal: number, isCut: boolean): ToolCall[] {
    const all = [...this.#calls].sort(([a], [b]) => a - b);
    return all.flatMap(([, { id, name, json }], at) => {
      const input = argumentsIn(json === '' ? '{}' : json);
      // Only the last call can have been cut; what was cut is not what was meant.
      if (isCut && at === all.length - 1 && 'not_understood' in input) return [];
      return [{ id: idFor(id, name, ordinal, at), tool: name, input }];
    });
  }
}

function callsIn(text: string, ordinal: number): ToolCall[] {
  const Said = z.looseObject({ calls: z.array(z.looseObject({ tool: z.string(), input: z.unknown() })) });
  const json = parseJsonStrictly(text.replace(/^\s*```(?:json)?\n?|\n?```\s*$/g, ''));
  const said = json.ok ? Said.safeParse(json.value) : undefined;
  if (said?.success !== true) return [];
  return said.data.calls.map(({ tool, input }, at) => ({
    id: idFor('', tool, ordinal, at),
    tool,
    input: argumentsIn(JSON.stringify(input)),
  }));
}

/** Servers that name no call, or name them all alike, get names of ours: unique in the task. */
const idFor = (given: string, tool: string, ordinal: number, at: number): string =>
  `t${ordinal}-${at}-${sha256(`${given} ${tool}`).slice(0, 8)}`;

function argumentsIn(json: string): Arguments {
  const parsed = parseJsonStrictly(json);
  const given = parsed.ok ? Arguments.safeParse(parsed.value) : undefined;
  return given?.success === true ? given.data : { not_understood: json.slice(0, 2000).toWellFormed() };
}
