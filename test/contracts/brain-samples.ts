import type { BrainSetup } from '../../core/brain.ts';
import { ClaudeApi } from '../fakes/claude-api.ts';
import { OpenAiApi } from '../fakes/openai-api.ts';

type Sample = AsyncDisposable & { readonly setup: Partial<BrainSetup> };

/** For each brain, a far end that answers with one call, and the settings that lead there. */
export const BRAIN_SAMPLES: Readonly<Record<string, () => Promise<Sample>>> = {
  rulebook: () => Promise.resolve({ setup: {}, [Symbol.asyncDispose]: () => Promise.resolve() }),
  claude: async () => {
    const api = await ClaudeApi.start();
    api.always({
      kind: 'message',
      blocks: [{ type: 'tool_use', id: 'c1', name: 'finish', input: { outcome: 'done', evidence: 'x' } }],
    });
    const setup = { settings: { url: api.url }, secrets: { ANTHROPIC_API_KEY: 'sk-test-1' } };
    return { setup, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
  },
  local: async () => {
    const api = await OpenAiApi.start();
    api.always({ kind: 'calls', calls: [{ name: 'finish', json: '{"outcome":"done","evidence":"x"}' }] });
    return { setup: { settings: { url: api.url } }, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
  },
};
