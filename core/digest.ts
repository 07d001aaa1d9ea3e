import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';

/** Any JSON value whose canonical form exists. */
export const Json = z.json();
export type Json = z.infer<typeof Json>;

/** A SHA-256 in lower-case hex. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');

/** SHA-256 of bytes or of text in UTF-8, as lower-case hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** The same value with U+FFFD for each half of a character, as a cut or a stranger may leave behind. */
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name.toWellFormed(), wellFormed(inner)]));
}

/** Canonical JSON by RFC 8785. Throws on NaN, infinities and lone surrogates, which have no canonical form. */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('a value without a JSON form cannot be digested');
  return text;
}

/** SHA-256 over the canonical JSON of a value: equal for every encoding that means the same. */
export function digestOf(value: Json): string {
  return sha256(canonicalJson(value));
}
