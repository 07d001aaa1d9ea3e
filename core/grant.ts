import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { canonicalJson, Json, Sha256 } from './digest.ts';
import { createFile, lstatOf } from './durable.ts';
import { Envelope, envelopeDigest, Identifier } from './envelope.ts';
import { fail, ok, type Result } from './outcome.ts';
import { parseJsonStrictly } from './strict-json.ts';

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

/** One call of a tool as it came in, from whoever it came. */
export type Asked = {
  readonly server: string;
  readonly tool: string;
  readonly arguments: unknown;
  readonly envelope: unknown;
  readonly grant: unknown;
};

/** Checks grants on the server’s side: each attempt counts once, none from before this server started. */
export class GrantChecker {
  readonly #key: KeyObject;
  readonly #started: number;
  /** The last attempt of each action that was let through here. */
  readonly #attempts = new Map<string, number>();

  constructor(publicKey: string, started: number) {
    this.#key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
    this.#started = started;
  }

  /** Lets a call through once, with its envelope, if the executor has granted exactly this. */
  admit(asked: Asked, now: number): Result<Envelope> {
    const envelope = Envelope.safeParse(asked.envelope);
    if (!envelope.success) {
      return fail('denied', 'Effects need an approved envelope and the executor’s grant. Dry runs do not.');
    }
    const { server, tool, arguments: values } = envelope.data;
    if (server !== asked.server || tool !== asked.tool || !isSame(asked.arguments, values)) {
      return fail('denied', 'The grant is for other arguments or another tool.');
    }
    const granted = this.#accept(asked, envelope.data, now);
    return granted.ok ? ok(envelope.data) : granted;
  }

  /** Accepts a grant for exactly this envelope, once. One out of its time is refused, and a new one may be signed. */
  #accept(asked: Asked, envelope: Envelope, now: number): Result<Grant> {
    const parsed = Grant.safeParse(asked.grant);
    if (!parsed.success)
      return fail('denied', 'There is no grant for this. Effects happen only by way of an approval.');
    const grant = parsed.data;
    const { id, attempt, digest, issued, expires } = grant;
    if (id !== envelope.id || digest !== digestIn(envelope)) {
      return fail('denied', 'The grant is for another action.');
    }
    // A name that a schema drops unsaid (`__proto__`) makes it another call than the one that was approved.
    if (!parseJsonStrictly(JSON.stringify([asked.envelope, asked.arguments, asked.grant])).ok) {
      return fail('denied', 'The call holds names or values that were not approved.');
    }
    if (!verify(null, payload(grant), this.#key, Buffer.from(grant.signature, 'base64'))) {
      return fail('denied', 'The grant is not signed by the executor.');
    }
    if (expires < now || issued > now + LIFETIME) return fail('retryable', 'The grant has expired.');
    if (issued < this.#started) return fail('retryable', 'The grant is from before this server started.');
    // By what it says and not by its bytes: the same signature can be spelled in more than one way.
    if (attempt <= (this.#attempts.get(id) ?? 0)) return fail('denied', 'The grant was used before.');
    this.#attempts.set(id, attempt);
    return ok(grant);
  }
}

/** The digest of an envelope that anybody may have sent; undefined where broken text in it leaves it without one. */
function digestIn(envelope: Envelope): string | undefined {
  try {
    return envelopeDigest(envelope);
  } catch {
    return undefined;
  }
}

/** Whether arguments as they came in are the ones that were approved. What has no canonical form is not. */
function isSame(given: unknown, approved: Json): boolean {
  const parsed = Json.safeParse(given);
  try {
    return parsed.success && canonicalJson(parsed.data) === canonicalJson(approved);
  } catch {
    return false;
  }
}
