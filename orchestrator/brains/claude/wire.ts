import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { BrainAnswer, Effort, ToolCall, Turn, Usage } from '../../../core/brain.ts';
import { Json } from '../../../core/digest.ts';
import { Arguments } from '../../../core/envelope.ts';
import type { Prompt, Said } from '../../../core/prompt.ts';

/**
 * Between Steward’s turns and the Messages API (https://platform.claude.com/docs/en/api/messages). Pure. Nothing is
 * kept at the provider: each call carries the whole conversation.
 */
export type Call = Anthropic.MessageStreamParams;

const CACHED = { cache_control: { type: 'ephemeral' } } as const;

/** What a content block of an earlier turn was, word for word, where it has to be given back. */
const RawBlocks = z.array(z.looseObject({ type: z.enum(['thinking', 'redacted_thinking']) }));
const Thinking = z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() });
const Redacted = z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() });

/**
 * The call for one turn. Three places are cached, from the most lasting to the least: tools and rules (until the person
 * changes the handbook or a skill), the task, and the conversation up to its last message.
 */
export function callFor(
  prompt: Prompt,
  options: { model: string; max_tokens: number; effort: Effort | undefined },
): Call {
  const tools = prompt.tools.map(({ name, description, schema }, at): Anthropic.Tool => {
    const shape = ObjectSchema.parse(schema);
    return { name, description, input_schema: shape, ...(at === prompt.tools.length - 1 ? CACHED : {}) };
  });
  const { conversation } = prompt;
  const messages = conversation.flatMap((said, at) => messagesOf(said, at === conversation.length - 1, options.model));
  return {
    model: options.model,
    max_tokens: options.max_tokens,
    system: [{ type: 'text', text: prompt.rules, ...CACHED }],
    tools,
    messages: [
      { role: 'user', content: [...pictureOf(prompt), { type: 'text', text: prompt.task, ...CACHED }] },
      ...messages,
    ],
    ...(options.effort === undefined ? {} : { output_config: { effort: options.effort } }),
  };
}

function pictureOf({ image }: Prompt): Anthropic.ImageBlockParam[] {
  if (image === undefined) return [];
  return [{ type: 'image', source: { type: 'base64', media_type: image.media, data: image.data } }];
}

const ObjectSchema = z.looseObject({ type: z.literal('object').default('object') });

function messagesOf({ turn, results }: Said, isLast: boolean, model: string): Anthropic.MessageParam[] {
  const spoken: Anthropic.ContentBlockParam[] = [
    ...(isOf(turn.usage.model, model) ? thinkingOf(turn) : []),
    ...(turn.say.trim() === '' ? [] : [{ type: 'text' as const, text: turn.say }]),
    ...turn.calls.map(call => ({ type: 'tool_use' as const, id: call.id, name: nameOf(call.tool), input: call.input })),
  ];
  const heard = turn.calls.map((call): HeardParam => {
    const result = results.find(one => one.call === call.id);
    return {
      type: 'tool_result',
      tool_use_id: call.id,
      content: result?.text ?? 'No answer yet.',
      is_error: result?.ok === false,
    };
  });
  if (spoken.length === 0) spoken.push({ type: 'text', text: '(nothing)' });
  if (heard.length === 0) heard.push({ type: 'text', text: nudge(turn) });
  return [
    { role: 'assistant', content: spoken },
    { role: 'user', content: isLast ? cachedAtItsEnd(heard) : heard },
  ];
}

/** Whether a turn is of this model: only then is its thinking signed for it. The API says the model with its date. */
const isOf = (turn: string, model: string): boolean => undated(turn) === undated(model);
const undated = (model: string): string => model.replace(/-(\d{8}|latest)$/, '');

/** Another brain may have called what no tool can be named; the API refuses the whole conversation for it. */
const nameOf = (tool: string): string => tool.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 128) || '_';

/** What is said to a model that called no tool. */
function nudge({ stop }: Turn): string {
  if (stop === 'cut') return 'Your answer was cut because it was too long. Be shorter, and go on with a tool call.';
  if (stop === 'paused') return 'Go on.';
  return 'Nobody reads words alone. Go on with a tool call; where the task is done, call `finish`.';
}

/** Thinking comes back exactly as it was signed, or not at all. */
function thinkingOf({ raw }: Turn): ThinkingParam[] {
  const blocks = RawBlocks.safeParse(raw);
  if (!blocks.success) return [];
  return blocks.data.flatMap((block): ThinkingParam[] => {
    const thinking = Thinking.safeParse(block);
    if (thinking.success) {
      const { thinking: text, signature } = thinking.data;
      return [{ type: 'thinking', thinking: text, signature }];
    }
    const redacted = Redacted.safeParse(block);
    return redacted.success ? [{ type: 'redacted_thinking', data: redacted.data.data }] : [];
  });
}

type ThinkingParam = Anthropic.ThinkingBlockParam | Anthropic.RedactedThinkingBlockParam;

function cachedAtItsEnd(heard: readonly HeardParam[]): HeardParam[] {
  return heard.map((block, at) => (at === heard.length - 1 ? { ...block, ...CACHED } : block));
}

type HeardParam = Anthropic.ToolResultBlockParam | Anthropic.TextBlockParam;

/** What a message of the API took. */
export function usageOf(model: string, usage: Partial<Anthropic.Usage>): Usage {
  return {
    model,
    input_tokens: usage.input_tokens ?? 0,
    output_tokens: usage.output_tokens ?? 0,
    cache_read_tokens: usage.cache_read_input_tokens ?? 0,
    cache_write_tokens: usage.cache_creation_input_tokens ?? 0,
  };
}

/** A finished message as an answer of the contract; every `stop_reason` has its meaning. */
export function answerOf(message: Anthropic.Message): BrainAnswer {
  const usage = usageOf(message.model, message.usage);
  switch (message.stop_reason) {
    case 'refusal':
      return { ok: false, failure: { kind: 'denied', message: 'Claude refused to work on this.', usage } };
    case 'model_context_window_exceeded':
      return { ok: false, failure: { ...TOO_LONG, usage } };
    case 'max_tokens':
      return { ok: true, turn: { ...turnOf(message, usage), stop: 'cut' } };
    case 'pause_turn':
      return { ok: true, turn: { ...turnOf(message, usage), stop: 'paused' } };
    case 'tool_use':
    case 'end_turn':
    case 'stop_sequence':
    case null:
      return { ok: true, turn: turnOf(message, usage) };
    default:
      return {
        ok: false,
        failure: {
          kind: 'retryable',
          message: `Claude ended for a reason that is not known here: ${message.stop_reason}.`,
          usage,
        },
      };
  }
}

/** Mended by trying again with a shorter conversation. */
export const TOO_LONG = {
  kind: 'retryable',
  message: 'The conversation is longer than the model can read; it goes on with a shorter one.',
  retryAfterSeconds: 0,
} as const;

function turnOf(message: Anthropic.Message, usage: Usage): Turn {
  const calls: ToolCall[] = [];
  const words: string[] = [];
  const raw: Json[] = [];
  for (const [at, block] of message.content.entries()) {
    if (block.type === 'text') words.push(block.text);
    else if (block.type === 'thinking' || block.type === 'redacted_thinking') raw.push(Json.parse(block));
    else if (block.type === 'tool_use') {
      // A call that was cut in the middle is none: its arguments are not what was meant.
      const isCut = message.stop_reason === 'max_tokens' && at === message.content.length - 1;
      if (!isCut) calls.push({ id: block.id, tool: block.name, input: argumentsOf(block.input) });
    }
  }
  return { say: words.join('\n'), calls, usage, ...(raw.length === 0 ? {} : { raw }) };
}

/** Arguments that are no object of plain names go on under a name that no tool has, so that the tool says what is wrong. */
function argumentsOf(input: unknown): Arguments {
  const given = Arguments.safeParse(input);
  return given.success ? given.data : { not_understood: JSON.stringify(input).slice(0, 2000) };
}
