import { z } from 'zod';

/** `brains.local` in config.yaml: a server that speaks the OpenAI chat API (llama-server, Ollama, vLLM …). */
export const Settings = z.strictObject({
  /** Up to and with `/v1`, as in `http://127.0.0.1:8080/v1`. */
  url: z.url({ protocol: /^https?$/ }).transform(url => url.replace(/\/+$/, '')),
  model: z.string().min(1).default('default'),
  max_tokens: z.int().min(64).max(128_000).default(4096),
  /** Tokens that the model reads at once; half of it is used for the conversation. */
  context_tokens: z.int().min(2000).default(16_000),
  /** How it is asked to call tools: by the API’s own tool calls, or by one JSON object that follows a schema. */
  calls: z.enum(['tools', 'json']).default('tools'),
  /** Whether the model sees pictures. */
  images: z.boolean().default(false),
  /** Seconds without a sign of life after which a call is given up. The first word of a large model takes long. */
  patience: z.number().min(1).max(3600).default(300),
});
export type Settings = z.infer<typeof Settings>;

export const KEY = 'STEWARD_LOCAL_KEY';
