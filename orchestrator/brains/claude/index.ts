import type Anthropic from '@anthropic-ai/sdk';
import type { Brain, BrainAnswer, BrainModule, Estimate, Request, Usage } from '../../../core/brain.ts';
import { fail, ok, type Result } from '../../../core/outcome.ts';
import { type Prompt, promptFor, sizeOf } from '../../../core/prompt.ts';
import { failureOf, faultOf } from './failures.ts';
import { KEY, Settings } from './settings.ts';
import { answerOf, callFor, TOO_LONG, usageOf } from './wire.ts';

/** Characters that a token stands for at least, in the languages people write mail in. */
const CHARACTERS = 3;

/** Claude, by the Messages API. Each turn is one streamed call; the planner alone decides whether and when to try again. */
class Claude implements Brain {
  readonly name = 'claude';
  readonly label = 'Claude';
  readonly #settings: Settings;
  readonly #key: string;
  readonly #now: () => Date;
  /** The share of the room that a task’s conversation gets, halved each time it was too long nevertheless. */
  readonly #share = new Map<string, number>();
  /** What was built to be weighed is what is sent. */
  readonly #prompts = new WeakMap<Request, Prompt>();
  #client: Promise<Anthropic> | undefined;

  constructor(settings: Settings, key: string, now: () => Date) {
    this.#settings = settings;
    this.#key = key;
    this.#now = now;
  }

  async next(request: Request, signal: AbortSignal): Promise<BrainAnswer> {
    const { model, max_tokens, effort } = this.#settings;
    const chosen = { model: request.choice?.model ?? model, max_tokens, effort: request.choice?.effort ?? effort };
    const answer = await this.#ask(this.#prompt(request), chosen, signal);
    if (answer.ok) return answer;
    if (answer.failure.message === TOO_LONG.message)
      this.#share.set(request.task.id, (this.#share.get(request.task.id) ?? 1) / 2);
    return answer;
  }

  estimate(request: Request): Estimate {
    const { model, max_tokens } = this.#settings;
    const tokens = Math.ceil(sizeOf(this.#prompt(request)) / CHARACTERS);
    return { model: request.choice?.model ?? model, tokens, output: max_tokens };
  }

  readonly ping = async (signal: AbortSignal): Promise<Result<string>> => {
    const { model } = this.#settings;
    try {
      const client = await this.#connect();
      const known = await client.models.retrieve(model, {}, { signal, maxRetries: 0 });
      return ok(known.display_name);
    } catch (error) {
      const fault = faultOf(error);
      const text = fault.text.replaceAll(this.#key, '[the key]');
      if (fault.status === 404) {
        return fail(
          'invalid',
          `Claude knows no model “${model}”.`,
          'Change `model` under `brains.claude` in config.yaml.',
        );
      }
      return { ok: false, failure: failureOf({ ...fault, text }, undefined, this.#now().getTime()) };
    }
  };

  #prompt(request: Request): Prompt {
    const share = this.#share.get(request.task.id) ?? 1;
    const { context_tokens, max_tokens } = this.#settings;
    const room = context_tokens * 0.6 * CHARACTERS * share;
    // Marks around what is sent take a tenth.
    const whole = (context_tokens - max_tokens) * 0.9 * CHARACTERS * share;
    const prompt = this.#prompts.get(request) ?? promptFor(request, room, whole);
    this.#prompts.set(request, prompt);
    return prompt;
  }

  async #ask(prompt: Prompt, chosen: Parameters<typeof callFor>[1], signal: AbortSignal): Promise<BrainAnswer> {
    let usage: Usage | undefined;
    const silence = new AbortController();
    const patience = this.#settings.patience * 1000;
    let timer = setTimeout(() => silence.abort(), patience);
    try {
      const client = await this.#connect();
      const stream = client.messages.stream(callFor(prompt, chosen), {
        signal: AbortSignal.any([signal, silence.signal]),
        maxRetries: 0,
      });
      stream.on('streamEvent', (event, message) => {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), patience);
        // What was begun is paid for, also where its end never comes.
        if (event.type === 'message_start' || event.type === 'message_delta')
          usage = usageOf(message.model, message.usage);
      });
      return answerOf(await stream.finalMessage());
    } catch (error) {
      const fault = silence.signal.aborted
        ? {
            status: undefined,
            type: undefined,
            text: `no word for ${this.#settings.patience} s`,
            retryAfter: undefined,
          }
        : faultOf(error);
      const text = fault.text.replaceAll(this.#key, '[the key]');
      return { ok: false, failure: failureOf({ ...fault, text }, usage, this.#now().getTime()) };
    } finally {
      clearTimeout(timer);
    }
  }

  /** The library is loaded with the first thought: it is large, and an idle Steward does not need it. */
  #connect(): Promise<Anthropic> {
    const { url } = this.#settings;
    this.#client ??= import('@anthropic-ai/sdk').then(
      ({ default: Client }) =>
        new Client({
          apiKey: this.#key,
          authToken: null,
          maxRetries: 0,
          logLevel: 'off',
          ...(url === undefined ? {} : { baseURL: url }),
        }),
    );
    return this.#client;
  }
}

const claude: BrainModule = {
  name: 'claude',
  create: ({ settings, secrets, now }) => {
    const parsed = Settings.safeParse(settings ?? undefined);
    if (!parsed.success) {
      const told = parsed.error.issues.map(issue => `${issue.path.join('.') || 'it'}: ${issue.message}`).join('; ');
      return fail('invalid', `brains.claude in config.yaml: ${told}.`);
    }
    const key = secrets[KEY];
    if (key === undefined) return fail('invalid', 'Claude needs a key.', `Set ${KEY}: steward secret set ${KEY}`);
    return ok(new Claude(parsed.data, key, now));
  },
};
export default claude;
