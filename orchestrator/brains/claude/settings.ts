import { z } from 'zod';
import { Effort } from '../../../core/brain.ts';

/** `brains.claude` in config.yaml. */
export const Settings = z
  .strictObject({
    /** The model where no rule of the routing names another. */
    model: z.string().min(1).default('claude-sonnet-5-5'),
    effort: Effort.optional(),
    /** Tokens that one answer may have. */
    max_tokens: z.int().min(256).max(128_000).default(8192),
    /** Tokens that the model reads at once; three fifths of it are used for the conversation. */
    context_tokens: z.int().min(8000).default(200_000),
    /** Another address of the API, such as a gateway of your own. */
    url: z.url({ protocol: /^https?$/ }).optional(),
    /** Seconds without a sign of life after which a call is given up. */
    patience: z.number().min(1).max(1800).default(120),
  })
  .prefault({});
export type Settings = z.infer<typeof Settings>;

export const KEY = 'ANTHROPIC_API_KEY';
