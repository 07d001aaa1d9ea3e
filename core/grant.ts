import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { canonicalJson, Sha256 } from './digest.ts';
import { createFile, lstatOf } from './durable.ts';
import { type Envelope, envelopeDigest, Identifier } from './envelope.ts';
import { fail, ok, type Result } from './outcome.ts';

/**
 * A grant lets an action server perform one approved envelope once: signed (Ed25519, RFC 8032) by the executor over
 * the envelope’s digest, good for seconds. A stray client of an action server has none.
 */
export const Grant = z.strictObject({
  id: Identifier,
  attempt: z.int().min(1),
  digest: Sha256,
  /** Milliseconds by `grantClock`. */
  issued: z.int(),
  expires: z.int(),
  signature: z.base64(),
});
export type Grant = z.infer<typeof Grant>;

/**
 * The clock of grants: milliseconds of the machine’s monotonic clock, which every process of the machine shares and no
 * change of the date moves.
 */
export const grantClock = (): number => Number(process.hrtime.bigint() / 1_000_000n);

const LIFETIME = 30_000;
const KEY = 'executor.pem';

/** The executor’s key, made on first use. Never leaves its state folder. */
export function executorKey(keys: string, tmp: string): KeyObject {
  const file = path.join(keys, KEY);
  if (lstatOf(file) === undefined) {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    createFile(tmp, file, pem.toString());
  }
  return createPrivateKey(readFileSync(file));
}

/** The public half, as text for a server’s environment. */
export function publicHalf(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}

function payload(grant: Omit<Grant, 'signature'>): Buffer {
  const { id, attempt, digest, issued, expires } = grant;
  return Buffer.from(`steward grant\n${canonicalJson({ id, attempt, digest, issued, expires })}`);
}

export function signGrant(key: KeyObject, envelope: Envelope, attempt: number, now: number): Grant {
  const unsigned = { id: envelope.id, attempt, digest: envelopeDigest(envelope), issued: now, expires: now + LIFETIME };
  return { ...unsigned, signature: sign(null, payload(unsigned), key).toString('base64') };
}

/** Checks grants on the server’s side: each counts once, none from before this server started. */
export class GrantChecker {
  readonly #key: KeyObject;
  readonly #started: number;
  readonly #used = new Set<string>();

  constructor(publicKey: string, started: number) {
    this.#key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
    this.#started = started;
  }

  /** Accepts a grant for exactly this envelope, once. One out of its time is refused, and a new one may be signed. */
  accept(given: unknown, envelope: Envelope, now: number): Result<Grant> {
    const parsed = Grant.safeParse(given);
    if (!parsed.success)
      return fail('denied', 'There is no grant for this. Effects happen only by way of an approval.');
    const grant = parsed.data;
    if (!verify(null, payload(grant), this.#key, Buffer.from(grant.signature, 'base64'))) {
      return fail('denied', 'The grant is not signed by the executor.');
    }
    if (grant.id !== envelope.id || grant.digest !== envelopeDigest(envelope)) {
      return fail('denied', 'The grant is for another action.');
    }
    if (grant.expires < now || grant.issued > now + LIFETIME) return fail('retryable', 'The grant has expired.');
    if (grant.issued < this.#started) return fail('retryable', 'The grant is from before this server started.');
    if (this.#used.has(grant.signature)) return fail('denied', 'The grant was used before.');
    this.#used.add(grant.signature);
    return ok(grant);
  }
}
