import { z } from 'zod';
import { Remembered, ToolResult, Turn } from '../../core/brain.ts';
import { Json, Sha256 } from '../../core/digest.ts';
import { Identifier, Origin } from '../../core/envelope.ts';
import { Exposure } from '../../core/exposure.ts';
import { SeenFile } from '../../core/seen.ts';

const Taken = z.strictObject({
  kind: z.literal('TAKEN'),
  id: Identifier,
  stem: z.string(),
  title: z.string(),
  source: z.string(),
  /** Where the note lay when it was taken. A person’s own note stays there until the work is filed. */
  note: z.string(),
  own: z.boolean(),
  sha256: Sha256,
  origin: Origin,
  sender: z.string().optional(),
  file: SeenFile.optional(),
  /** Attachments of a message, and what its watcher read off it. */
  files: z.array(SeenFile).exactOptional(),
  facts: z.record(z.string(), Json).exactOptional(),
  /** The role whose orders it follows, where it has one. */
  role: z.string().exactOptional(),
});
export type Taken = z.infer<typeof Taken>;

const Asked = z.strictObject({
  kind: z.literal('ASKED'),
  call: z.string(),
  question: Identifier,
  note: z.string(),
  title: z.string(),
  context: z.string(),
  choices: z.array(z.string()),
});
export type Asked = z.infer<typeof Asked>;

/** What a task’s journal holds: each turn and each result is on disk before the next step. */
export const TaskRecord = z.discriminatedUnion('kind', [
  Taken,
  /** `brain` thought it, by this rule of the routing (1 is the first), where one fitted. */
  z.strictObject({
    kind: z.literal('TURN'),
    turn: Turn,
    brain: z.string().exactOptional(),
    rule: z.int().min(1).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('RESULT'), result: ToolResult }),
  /** What the brain is shown from here on, beside the task and what its calls gave. */
  z.strictObject({ kind: z.literal('SHOWN'), exposure: Exposure }),
  /** What was found in `Memory/` for it: kept, so that going on means the same words. */
  z.strictObject({ kind: z.literal('RECALLED'), notes: z.array(Remembered) }),
  z.strictObject({ kind: z.literal('PROPOSED'), call: z.string(), action: Identifier, note: z.string() }),
  Asked,
  z.strictObject({
    kind: z.literal('ANSWERED'),
    question: Identifier,
    answer: z.string(),
    /** Where it was given on another device, and nobody signed for it. */
    elsewhere: z.literal(true).exactOptional(),
  }),
  /** The person rewrote their note: thinking starts again from the new text. */
  z.strictObject({ kind: z.literal('REVISED'), sha256: Sha256, elsewhere: z.literal(true).exactOptional() }),
  z.strictObject({ kind: z.literal('BRAIN_DOWN'), why: z.string(), next: z.iso.datetime() }),
  /** A brain failed, and the one that its rule names goes on until it may be tried again. */
  z.strictObject({
    kind: z.literal('FELL_BACK'),
    from: z.string(),
    to: z.string(),
    why: z.string(),
    until: z.iso.datetime(),
  }),
  /** Whether the task must not leave this machine, by its note or a rule; recorded when that changes. */
  z.strictObject({ kind: z.literal('PRIVATE'), is: z.boolean() }),
  z.strictObject({ kind: z.literal('PAUSED'), why: z.string(), by: z.string() }),
  z.strictObject({ kind: z.literal('UNPAUSED'), by: z.string() }),
  /** The plan is written for the last time: from here on its notes are the executor’s. */
  z.strictObject({ kind: z.literal('HANDED') }),
  /** Another node thinks about it: nothing more is done for it here. */
  z.strictObject({ kind: z.literal('GIVEN_UP'), to: z.string() }),
  /** Another node decides on what is left of it, ends and files it. */
  z.strictObject({ kind: z.literal('HANDED_OVER'), to: z.string() }),
  z.strictObject({ kind: z.literal('CLOSING'), verdict: z.enum(['done', 'rejected', 'failed']), why: z.string() }),
]);
export type TaskRecord = z.infer<typeof TaskRecord>;
export const TaskJson: z.ZodType<TaskRecord & Json> = TaskRecord.and(Json);

export type FellBack = Extract<TaskRecord, { kind: 'FELL_BACK' }>;
export type Proposed = Extract<TaskRecord, { kind: 'PROPOSED' }>;
export type Closing = Extract<TaskRecord, { kind: 'CLOSING' }>;
