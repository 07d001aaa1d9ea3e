import { z } from 'zod';
import { NodeName, Role } from '../../core/sync-settings.ts';

const Nonce = z.string().regex(/^[0-9a-f]{8,32}$/);
const Count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** `presence/<node>`: that a node is there. It is also the lease of everything the node claims in this life of its. */
export const PresenceRecord = z.strictObject({
  node: NodeName,
  role: Role,
  /** Which state folder writes it: two computers under one name are told apart. */
  instance: Nonce,
  /** Counts up whenever the node was given up by another, or begins anew. */
  life: Count,
  /** Seconds for which it counts without change, by the clock of whoever looks. */
  lease: z.number().positive().max(100_000),
  /** `fenced`: another node has seen no change for the length of the lease, and what is claimed in this life is void. */
  state: z.enum(['here', 'fenced']),
  /** The highest epoch of a claim that this node took away again: what is made anew has a higher one. */
  highest: Count,
  /** In a few words, how the node is. */
  health: z.string().max(200),
  nonce: Nonce,
});
export type PresenceRecord = z.infer<typeof PresenceRecord>;

/** `claims/<name>`: who thinks about a task. */
export const ClaimRecord = z.strictObject({
  node: NodeName,
  epoch: Count,
  life: Count,
  /** The stem that the task’s notes share. */
  stem: z.string().max(300),
  /** `waiting`: nothing is left but for a person or an action to answer. */
  state: z.enum(['thinking', 'waiting']),
  nonce: Nonce,
});
export type ClaimRecord = z.infer<typeof ClaimRecord>;

/** `effects/<digest>`: which node does an action that no node is named for. Never taken over. */
export const EffectRecord = z.strictObject({ node: NodeName, instance: Nonce, nonce: Nonce });
export type EffectRecord = z.infer<typeof EffectRecord>;

/** Reads a record; undefined for what is none of ours, as after a version that knows more. */
export function readRecordText<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
