import { z } from 'zod';
import { AllowedKey } from './allowed-signers.ts';
import { Json, Sha256 } from './digest.ts';
import { Arguments, Envelope, Identifier } from './envelope.ts';
import { Fault } from './fault.ts';
import type { ActionEvent } from './states.ts';

/** How a decision reached the executor, and what that proves. */
export const Way = z.enum(['moved', 'ticked', 'property', 'command', 'answer', 'policy', 'signed']);
export type Way = z.infer<typeof Way>;

const at = { id: Identifier };
const note = <const K extends string>(name: K): z.ZodLiteral<K> => z.literal(name);

/** A question of the executor’s, whole, so that its note can be written again. */
export const AskedQuestion = z.strictObject({
  id: Identifier,
  note: z.string(),
  task: Identifier,
  task_note: z.string(),
  plan_note: z.string(),
  title: z.string(),
  context: z.string(),
  choices: z.array(z.string()),
});
export type AskedQuestion = z.infer<typeof AskedQuestion>;

/**
 * Everything the executor puts on record. `PROPOSED → APPROVED → INTENT → CONFIRMED | NOT_SENT | UNKNOWN`; an INTENT
 * without a result after a crash is UNKNOWN. Acknowledged only after it is on disk.
 */
export const LedgerRecord = z.discriminatedUnion('kind', [
  z.strictObject({ kind: note('OPENED'), vault: z.string(), version: z.string() }),
  z.strictObject({
    kind: note('PINNED'),
    server: z.string(),
    definitions: z.record(z.string(), z.string()),
    version: z.string(),
  }),
  z.strictObject({ kind: note('PROPOSED'), envelope: Envelope, digest: z.string() }),
  z.strictObject({ kind: note('REFUSED'), ...at, task: Identifier, action: z.string(), why: z.string() }),
  z.strictObject({
    kind: note('APPROVED'),
    ...at,
    digest: z.string(),
    way: Way,
    by: z.string(),
    changed: z.array(z.string()),
    envelope: Envelope.optional(),
    /** The signature that carried it (SSHSIG, armoured), where it was signed. */
    signature: z.string().optional(),
  }),
  z.strictObject({
    kind: note('REJECTED'),
    ...at,
    way: Way,
    by: z.string(),
    reason: z.string(),
    signature: z.string().exactOptional(),
  }),
  z.strictObject({ kind: note('WANTED'), ...at, why: z.string() }),
  z.strictObject({ kind: note('HELD'), ...at, until: z.string() }),
  z.strictObject({ kind: note('CAPPED'), ...at, why: z.string(), until: z.string() }),
  z.strictObject({ kind: note('EXPIRED'), ...at }),
  z.strictObject({ kind: note('SUPERSEDED'), ...at, by: Identifier.optional(), why: z.string() }),
  z.strictObject({ kind: note('INTENT'), ...at, digest: z.string(), attempt: z.int().min(1) }),
  z.strictObject({
    kind: note('CONFIRMED'),
    ...at,
    receipt: z.record(z.string(), Json),
    undo: z.strictObject({ action: z.string(), arguments: Arguments }).optional(),
    follow: z.strictObject({ action: z.string(), arguments: Arguments }).exactOptional(),
    how: z.enum(['answered', 'reconciled', 'person']),
  }),
  z.strictObject({
    kind: note('NOT_SENT_RETRY'),
    ...at,
    proof: z.string(),
    next: z.string(),
    fault: Fault.exactOptional(),
  }),
  z.strictObject({ kind: note('NOT_SENT'), ...at, proof: z.string(), fault: Fault.exactOptional() }),
  z.strictObject({ kind: note('UNKNOWN'), ...at, why: z.string() }),
  z.strictObject({ kind: note('ASKED'), about: Identifier, asked: AskedQuestion }),
  z.strictObject({ kind: note('ANSWERED'), question: Identifier, about: Identifier, answer: z.string() }),
  z.strictObject({
    kind: note('CLOSED'),
    task: Identifier,
    title: z.string(),
    verdict: z.enum(['done', 'rejected', 'failed']),
    why: z.string(),
    notes: z.array(z.string()),
  }),
  z.strictObject({ kind: note('FILED'), what: Identifier }),
  z.strictObject({ kind: note('QUARANTINED'), path: z.string(), why: z.string() }),
  z.strictObject({
    kind: note('STOPPED'),
    why: z.string(),
    by: z.string(),
    /** Where Steward stopped by itself: what to do, and the action that would have been too much. */
    mend: z.string().exactOptional(),
    about: Identifier.exactOptional(),
  }),
  z.strictObject({ kind: note('RESUMED'), by: z.string() }),
  /** One action server at which nothing is begun until somebody, or the time, says otherwise. */
  z.strictObject({
    kind: note('PAUSED'),
    channel: z.string(),
    why: z.string(),
    by: z.string(),
    until: z.string().optional(),
  }),
  z.strictObject({ kind: note('UNPAUSED'), channel: z.string(), by: z.string() }),
  /** The policy that holds from here on, whole. */
  z.strictObject({ kind: note('POLICY'), sha256: Sha256, text: z.string(), by: z.string() }),
  /** The keys whose signed decisions count from here on, all of them; `fingerprints` is which came or went. */
  z.strictObject({
    kind: note('KEYS'),
    change: z.enum(['allowed', 'revoked']),
    fingerprints: z.array(z.string()),
    keys: z.array(AllowedKey),
    by: z.string(),
  }),
  /** A reading tool was used for a task: what it saw from then on counts as seen. */
  z.strictObject({
    kind: note('READ'),
    call: z.string(),
    task: Identifier,
    action: z.string(),
    sha256: Sha256,
  }),
]);
export type LedgerRecord = z.infer<typeof LedgerRecord>;

const ACTION_EVENTS: ReadonlySet<string> = new Set<ActionEvent>([
  'WANTED',
  'HELD',
  'APPROVED',
  'CAPPED',
  'INTENT',
  'CONFIRMED',
  'NOT_SENT_RETRY',
  'NOT_SENT',
  'UNKNOWN',
  'REJECTED',
  'EXPIRED',
  'SUPERSEDED',
]);

export type ActionRecord = Extract<LedgerRecord, { kind: ActionEvent }>;

/** Whether a record moves an action from one state to another. */
export function isActionRecord(record: LedgerRecord): record is ActionRecord {
  return ACTION_EVENTS.has(record.kind);
}
