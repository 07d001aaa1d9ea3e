import { z } from 'zod';
import { Effort } from './brain.ts';

/** `routing:` in config.yaml: which brain thinks about what. The first rule that fits counts. */
const Words = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform(given => (Array.isArray(given) ? given : [given]));
const Name = z.string().regex(/^[a-z0-9-]{1,32}$/, 'the name of a brain');

const RoutingRule = z.strictObject({
  /** All that is said must fit; of several words, any. */
  when: z
    .strictObject({
      /** Where the task came from: `person`, or a watcher’s name. */
      source: Words.optional(),
      role: Words.optional(),
      /** File types, without the dot. */
      extension: Words.optional(),
      /** Any of these words, in the title, the note, the file’s name or its text. */
      words: Words.optional(),
      /** Where the dropped file lies: a folder of the vault, or an absolute path. */
      folder: Words.optional(),
      /** Characters of note and file together. */
      larger_than: z.int().min(0).optional(),
      /** Whether the task must not leave this machine: as its note says, or a rule with `private`. */
      private: z.boolean().optional(),
    })
    .prefault({}),
  /** Without it the rule only says what is private. */
  brain: Name.optional(),
  model: z.string().min(1).optional(),
  effort: Effort.optional(),
  /** `triage` is the first turn of a task, `plan` all later ones. */
  stage: z.enum(['triage', 'plan']).optional(),
  /** The brain that goes on when this one fails. Without it, the task waits. */
  fallback: Name.optional(),
  /** What this rule fits must never leave this machine, whatever rule chooses the brain. */
  private: z.literal(true).optional(),
});
export type RoutingRule = z.infer<typeof RoutingRule>;

export const Routing = z
  .array(
    RoutingRule.refine(rule => rule.brain !== undefined || rule.private === true, 'it names no `brain`').refine(
      rule => rule.brain !== undefined || (rule.model ?? rule.effort ?? rule.fallback) === undefined,
      '`model`, `effort` and `fallback` need a `brain`',
    ),
  )
  .default([]);
