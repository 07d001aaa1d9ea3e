import type { BrainSetup } from '../../core/brain.ts';
import { ClaudeApi, type Reply as ClaudeReply } from '../fakes/claude-api.ts';
import { OpenAiApi, type Reply as OpenAiReply } from '../fakes/openai-api.ts';

/** What can go wrong at a model’s far end. */
export const FAULTS = ['overloaded', 'broken', 'disconnect', 'malformed', 'silence'] as const;
type Fault = (typeof FAULTS)[number];

/** `fail` has the far end answer the next call so; a brain without one has none. */
type Sample = AsyncDisposable & {
  readonly setup: Partial<BrainSetup>;
  readonly fail?: (fault: Fault) => void;
};

/** For each brain, a far end that answers with one call, and the settings that lead there. */
export const BRAIN_SAMPLES: Readonly<Record<string, () => Promise<Sample>>> = {
  rulebook: () => Promise.resolve({ setup: {}, [Symbol.asyncDispose]: () => Promise.resolve() }),
  claude: async () => {
    const api = await ClaudeApi.start();
    api.always({
      kind: 'message',
      blocks: [{ type: 'tool_use', id: 'c1', name: 'finish', input: { outcome: 'done', evidence: 'x' } }],
    });
    const faults: Readonly<Record<Fault, ClaudeReply>> = {
      overloaded: { kind: 'error', status: 529, type: 'overloaded_error', message: 'busy' },
      broken: { kind: 'error', status: 500, type: 'api_error', message: 'oops' },
      disconnect: { kind: 'cut', blocks: [{ type: 'text', text: 'half' }] },
      malformed: { kind: 'garbage' },
      silence: { kind: 'silence' },
    };
    const setup = { settings: { url: api.url, patience: 1 }, secrets: { ANTHROPIC_API_KEY: 'sk-test-1' } };
    return { setup, fail: fault => api.will(faults[fault]), [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
  },
  local: async () => {
    const api = await OpenAiApi.start();
    api.always({ kind: 'calls', calls: [{ name: 'finish', json: '{"outcome":"done","evidence":"x"}' }] });
    const faults: Readonly<Record<Fault, OpenAiReply>> = {
      overloaded: { kind: 'error', status: 503, text: 'Loading model' },
      broken: { kind: 'error', status: 500, text: 'oops' },
      disconnect: { kind: 'cut', text: 'half' },
      malformed: { kind: 'garbage' },
      silence: { kind: 'silence' },
    };
    const setup = { settings: { url: api.url, patience: 1 } };
    return { setup, fail: fault => api.will(faults[fault]), [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
  },
};
