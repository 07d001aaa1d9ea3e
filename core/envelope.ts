import { z } from 'zod';
import { digestOf, Json, Sha256 } from './digest.ts';
import { Exposure } from './exposure.ts';
import { Reach } from './reach.ts';

/**
 * Where a value came from. Only `person`, `handbook`, `contacts` and `rule` are trusted: the others are text that
 * somebody else may have written.
 */
export const Origin = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('person') }),
  z.strictObject({ kind: z.literal('handbook') }),
  z.strictObject({ kind: z.literal('contacts'), note: z.string() }),
  z.strictObject({ kind: z.literal('rule'), skill: z.string() }),
  z.strictObject({ kind: z.literal('dropped'), path: z.string() }),
  z.strictObject({ kind: z.literal('incoming'), source: z.string() }),
  z.strictObject({ kind: z.literal('web'), url: z.string() }),
  z.strictObject({ kind: z.literal('model') }),
  z.strictObject({ kind: z.literal('unknown') }),
]);
export type Origin = z.infer<typeof Origin>;

/** Whether a value or a text of this origin is the person’s, and nobody else’s. */
export const isTrustedOrigin = ({ kind }: Origin): boolean =>
  kind === 'person' || kind === 'handbook' || kind === 'contacts' || kind === 'rule';

export const Attachment = z.strictObject({ path: z.string().min(1), sha256: Sha256, size: z.int().min(0) });
export type Attachment = z.infer<typeof Attachment>;

export const Arguments = z.record(z.string().regex(/^[a-z][a-z0-9_]{0,40}$/), Json);
export type Arguments = z.infer<typeof Arguments>;

export const Identifier = z.string().regex(/^[a-z][a-z0-9-]{2,90}$/, 'an identifier of Steward’s');
export const NoteName = z.string().regex(/^[a-z0-9-]{1,160}$/, 'the name of a note that Steward made');
const Instant = z.iso.datetime();

/** One prepared action, whole. Its digest is what a person decides on and what a grant is signed over. */
export const Envelope = z.strictObject({
  format: z.literal(1),
  id: Identifier,
  task: Identifier,
  /** The note names (without folder and `.md`) of the task, its plan and this approval. */
  task_note: z.string().min(1),
  plan_note: NoteName,
  note: NoteName,
  server: z.string().regex(/^[a-z][a-z0-9]*$/),
  tool: z.string().regex(/^[a-z][a-z0-9_]*$/),
  /** SHA-256 over the tool's definition (name, schemas, annotations) as it was when this was prepared. */
  definition: Sha256,
  account: z.string(),
  arguments: Arguments,
  attachments: z.array(Attachment),
  origins: z.record(z.string(), Origin),
  /** One line in the server's own words of what would happen, made from the arguments. */
  title: z.string().min(1).max(300),
  brain: z.string(),
  zone: z.enum(['green', 'yellow', 'red']),
  /** Why policy put it into that zone, in words for the person. */
  reasons: z.array(z.string().max(400)).max(20).exactOptional(),
  /** Where policy wants a decision that is signed by an allowed key. */
  signature: z.literal('required').exactOptional(),
  reach: Reach.exactOptional(),
  exposure: Exposure.exactOptional(),
  /** The watcher that the task came from, or `person`; and the role that proposes. */
  source: z.string().max(80).exactOptional(),
  role: z.string().max(80).exactOptional(),
  policy: Sha256,
  /** The node that does it, and the one that first prepared it where that was another: then it is always asked. */
  node: z.string(),
  from_node: z.string().max(32).exactOptional(),
  /** The id of the vault, so that a computer that has only the note can say what it signs. */
  vault: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .exactOptional(),
  created: Instant,
  expires: Instant,
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
});
export type Envelope = z.infer<typeof Envelope>;

/** SHA-256 over the canonical JSON (RFC 8785) of the envelope. */
export const envelopeDigest = (envelope: Envelope): string => digestOf(envelope);

/** `server.tool`, the way an action is named everywhere. */
export const actionName = (envelope: { server: string; tool: string }): string => `${envelope.server}.${envelope.tool}`;

/** How an origin is marked in an approval. What a stranger may have written is set in bold. */
export function originMark(origin: Origin | undefined): string {
  switch (origin?.kind) {
    case 'person':
      return 'from what you wrote';
    case 'handbook':
      return 'from the handbook';
    case 'contacts':
      return 'from your contacts';
    case 'rule':
      return 'from a rule in Skills';
    case 'dropped':
      return 'from what you dropped';
    case 'incoming':
      return '**from the incoming message: first time seen**';
    case 'web':
      return '**from a page on the web**';
    case 'model':
      return '**written by the brain**';
    default:
      return '**of unknown origin**';
  }
}
