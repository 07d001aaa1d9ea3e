import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import type { Brain, BrainAnswer, BrainFailure, BrainModule, Estimate, Request } from '../../../core/brain.ts';
import { fail, messageOf, ok, type Result } from '../../../core/outcome.ts';
import { type Prompt, promptFor, sizeOf } from '../../../core/prompt.ts';
import { isNear } from './near.ts';
import { KEY, Settings } from './settings.ts';
import { Answer, type Body, bodyFor } from './wire.ts';

/** Characters that a token of a small model stands for at least. */
const CHARACTERS = 3;
const REST = { busy: 30, down: 60, wrong: 900 } as const;

/** A model on a server that speaks the OpenAI chat API: usually one on this computer, which nothing leaves. */
class Local implements Brain {
  readonly name = 'local';
  readonly label: string;
  readonly staysHere: boolean;
  readonly #settings: Settings;
  readonly #key: string | undefined;
  /** The share of the room that a task’s conversation gets, halved each time it was too long nevertheless. */
  readonly #share = new Map<string, number>();
  /** What was built to be weighed is what is sent. */
  readonly #prompts = new WeakMap<Request, Prompt>();

  constructor(settings: Settings, key: string | undefined) {
    this.#settings = settings;
    this.#key = key;
    const { hostname } = new URL(settings.url);
    this.staysHere = isNear(hostname);
    this.label = this.staysHere ? `the local model at ${hostname}` : `the model at ${hostname}`;
  }

  async next(request: Request, signal: AbortSignal): Promise<BrainAnswer> {
    const { calls, max_tokens } = this.#settings;
    const model = request.choice?.model ?? this.#settings.model;
    const prompt = this.#prompt(request);
    const answer = new Answer(model);
    const failure = await this.#ask(bodyFor(prompt, { model, max_tokens, calls }), answer, signal);
    if (failure === undefined) return { ok: true, turn: answer.turn(calls, request.exchanges.length + 1) };
    if (failure.retryAfterSeconds === 0) this.#share.set(request.task.id, (this.#share.get(request.task.id) ?? 1) / 2);
    return { ok: false, failure };
  }

  estimate(request: Request): Estimate {
    const { model, max_tokens } = this.#settings;
    const tokens = Math.ceil(sizeOf(this.#prompt(request)) / CHARACTERS);
    return { model: request.choice?.model ?? model, tokens, output: max_tokens };
  }

  readonly ping = async (signal: AbortSignal): Promise<Result<string>> => {
    const { url, model } = this.#settings;
    try {
      const response = await fetch(`${url}/models`, {
        headers: this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` },
        redirect: 'error',
        signal,
      });
      const text = await response.text();
      if (!response.ok) return { ok: false, failure: this.#refused(response.status, text) };
      const names = modelsIn(text);
      if (names.length === 0 || model === 'default' || names.includes(model))
        return ok(names.slice(0, 3).join(', ') || 'yes');
      const known = names.slice(0, 5).join(', ');
      return fail(
        'invalid',
        `The server at ${url} has no model “${model}”. It has ${known}.`,
        'Change `brains.local`.',
      );
    } catch (error) {
      return fail('retryable', `The local model does not answer: ${causeOf(error)}.`, `Is it running at ${url}?`);
    }
  };

  #prompt(request: Request): Prompt {
    const share = this.#share.get(request.task.id) ?? 1;
    const { images, context_tokens, max_tokens } = this.#settings;
    const seen = images ? request : unseen(request);
    const room = context_tokens * 0.5 * CHARACTERS * share;
    // Marks around what is sent take a tenth.
    const whole = (context_tokens - max_tokens) * 0.9 * CHARACTERS * share;
    const prompt = this.#prompts.get(request) ?? promptFor(seen, room, whole);
    this.#prompts.set(request, prompt);
    return prompt;
  }

  /** Streams one answer. The failure, where it did not come whole. */
  async #ask(body: Body, answer: Answer, signal: AbortSignal): Promise<BrainFailure | undefined> {
    const silence = new AbortController();
    const patience = this.#settings.patience * 1000;
    let timer = setTimeout(() => silence.abort(), patience);
    let wrong: string | undefined;
    const parser = createParser({
      onEvent: ({ data }) => {
        wrong ??= answer.take(data);
      },
    });
    try {
      const response = await fetch(`${this.#settings.url}/chat/completions`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
        },
        body: JSON.stringify(body),
        // Nobody is sent on to: another place may not be this machine.
        redirect: 'error',
        signal: AbortSignal.any([signal, silence.signal]),
      });
      if (!response.ok || response.body === null) return this.#refused(response.status, await response.text());
      const decoder = new TextDecoder();
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), patience);
        parser.feed(decoder.decode(chunk, { stream: true }));
      }
      if (wrong !== undefined)
        return { kind: 'retryable', message: wrong, retryAfterSeconds: REST.busy, usage: answer.usage };
      if (answer.finish !== undefined) return undefined;
      return {
        kind: 'retryable',
        message: 'The answer ended in the middle.',
        retryAfterSeconds: REST.busy,
        usage: answer.usage,
      };
    } catch (error) {
      const why = silence.signal.aborted ? `no word for ${this.#settings.patience} s` : causeOf(error);
      return {
        kind: 'retryable',
        message: `The local model does not answer: ${why}.`,
        mend: `Is it running at ${this.#settings.url}? The task waits.`,
        retryAfterSeconds: REST.down,
        usage: answer.usage,
      };
    } finally {
      clearTimeout(timer);
    }
  }

  #refused(status: number, text: string): BrainFailure {
    const said = (this.#key === undefined ? text : text.replaceAll(this.#key, '[the key]')).slice(0, 300);
    if (/context|too (long|large|many tokens)|exceed/i.test(said) && (status === 400 || status === 413)) {
      return {
        kind: 'retryable',
        message: 'The conversation is longer than the model can read; it goes on with a shorter one.',
        retryAfterSeconds: 0,
      };
    }
    if (status === 401 || status === 403) {
      return {
        kind: 'retryable',
        message: 'The local model’s server does not accept the key.',
        mend: `Set ${KEY}; the task waits.`,
        retryAfterSeconds: REST.wrong,
      };
    }
    if (status === 404) {
      return {
        kind: 'retryable',
        message: `The server knows no such model or address: ${said}`,
        mend: 'Change `brains.local`.',
        retryAfterSeconds: REST.wrong,
      };
    }
    if (status === 429 || status >= 500) {
      return {
        kind: 'retryable',
        message: `The local model’s server is busy or broken (${status}).`,
        retryAfterSeconds: REST.busy,
      };
    }
    return { kind: 'invalid', message: `The local model’s server refused the call (${status}): ${said}` };
  }
}

/** The request without the picture, for a model that sees none. */
function unseen(request: Request): Request {
  const { file } = request.task;
  if (file?.image === undefined) return request;
  const { image: _, ...rest } = file;
  return { ...request, task: { ...request.task, file: rest } };
}

const Models = z.object({ data: z.array(z.object({ id: z.string() })) });

/** The names in an answer to `GET /models` (https://platform.openai.com/docs/api-reference/models); none of any other. */
function modelsIn(text: string): readonly string[] {
  try {
    return Models.parse(JSON.parse(text)).data.map(({ id }) => id);
  } catch {
    return [];
  }
}

/** `fetch` hides what went wrong in its cause. */
const causeOf = (error: unknown): string =>
  error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);

const local: BrainModule = {
  name: 'local',
  create: ({ settings, secrets }) => {
    const parsed = Settings.safeParse(settings ?? {});
    if (!parsed.success) {
      const told = parsed.error.issues.map(issue => `${issue.path.join('.') || 'it'}: ${issue.message}`).join('; ');
      return fail(
        'invalid',
        `brains.local in config.yaml: ${told}.`,
        'It needs `url`, such as http://127.0.0.1:8080/v1.',
      );
    }
    return ok(new Local(parsed.data, secrets[KEY]));
  },
};
export default local;
