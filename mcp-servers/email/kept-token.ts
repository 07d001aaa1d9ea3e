import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { ensureFolder, overwriteFile, readStrictly } from '../../core/durable.ts';
import type { OAuth } from '../../core/oauth.ts';

/** A refresh token that the person set, and whose it is. */
export type GivenToken = { readonly oauth: OAuth; readonly token: string };

const Kept = z.strictObject({ format: z.literal(1), salt: z.base64(), nonce: z.base64(), sealed: z.base64() });
const CIPHER = 'aes-256-gcm';
/** Bytes of the tag that AES-GCM puts behind what it sealed (NIST SP 800-38D). */
const TAG = 16;
const LARGEST = 64 * 1024;

const fileIn = (state: string): string => path.join(state, 'refresh-token.json');

/** The key comes from the token that it takes the place of (RFC 5869): who has the file alone has nothing. */
const keyFrom = ({ oauth, token }: GivenToken, salt: Buffer): Buffer =>
  Buffer.from(hkdfSync('sha256', token, salt, `steward ${oauth.token_url} ${oauth.client_id}`, 32));

/**
 * Keeps the refresh token that a provider gave in place of the one that was set (RFC 6749, section 6), in the server’s
 * folder of the state folder, sealed. Throws where it cannot be written.
 */
export function keepToken(state: string, given: GivenToken, token: string): void {
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const cipher = createCipheriv(CIPHER, keyFrom(given, salt), nonce);
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  const kept: z.infer<typeof Kept> = {
    ...{ format: 1, salt: salt.toString('base64') },
    ...{ nonce: nonce.toString('base64'), sealed: sealed.toString('base64') },
  };
  ensureFolder(state);
  overwriteFile(state, fileIn(state), `${JSON.stringify(kept)}\n`);
}

/** The token that took the place of the one that was set; undefined where there is none, or the person has set another. */
export function keptToken(state: string, given: GivenToken): string | undefined {
  const found = readStrictly(fileIn(state), LARGEST);
  if (found.kind !== 'read') return undefined;
  try {
    const kept = Kept.parse(JSON.parse(found.bytes.toString('utf8')));
    const [salt, nonce, sealed] = [kept.salt, kept.nonce, kept.sealed].map(text => Buffer.from(text, 'base64'));
    if (salt === undefined || nonce === undefined || sealed === undefined) return undefined;
    const decipher = createDecipheriv(CIPHER, keyFrom(given, salt), nonce, { authTagLength: TAG });
    decipher.setAuthTag(sealed.subarray(-TAG));
    return decipher.update(sealed.subarray(0, -TAG), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    // Sealed with another token, cut off or damaged: the one that was set is what there is.
    return undefined;
  }
}
