import { z } from 'zod';
import { DECISION_NAMESPACE } from './signed-decision.ts';
import { fingerprintOf } from './ssh-key.ts';

/** The name of a person whose keys count: no pattern, no list, nothing that ssh-keygen(1) reads in another way. */
export const SignerName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@+-]{0,79}$/, 'letters, digits and . _ @ + -');

/** One key whose signed decisions count, and from when until when. */
export const AllowedKey = z.strictObject({
  name: SignerName,
  type: z.string().regex(/^[a-z0-9@.-]{1,60}$/),
  /** The key’s blob in base64, as in its `.pub` file. */
  blob: z.string().regex(/^[A-Za-z0-9+/]+=*$/),
  after: z.iso.datetime().exactOptional(),
  before: z.iso.datetime().exactOptional(),
});
export type AllowedKey = z.infer<typeof AllowedKey>;

const HEAD =
  '# Whose signed decisions count. Written by Steward; change it with  steward key allow  and  steward key revoke\n';

/** `20261121101500Z`, the way ssh-keygen(1) writes a moment. */
const moment = (at: string): string => `${at.replace(/[-:T]/g, '').slice(0, 14)}Z`;

/** The list in the form of ALLOWED SIGNERS in ssh-keygen(1). */
export function renderAllowedSigners(keys: readonly AllowedKey[]): string {
  return HEAD + keys.map(lineOf).join('');
}

function lineOf({ name, type, blob, after, before }: AllowedKey): string {
  const options = [
    `namespaces="${DECISION_NAMESPACE}"`,
    ...(after === undefined ? [] : [`valid-after="${moment(after)}"`]),
    ...(before === undefined ? [] : [`valid-before="${moment(before)}"`]),
  ];
  return `${name} ${options.join(',')} ${type} ${blob}\n`;
}

/** The list with a key on it. A key stands there once: what was said of it before no longer counts. */
export function withKey(keys: readonly AllowedKey[], added: AllowedKey): readonly AllowedKey[] {
  return [...keys.filter(({ blob }) => blob !== added.blob), added];
}

/** The keys that a name or a fingerprint means. */
export function keysCalled(keys: readonly AllowedKey[], wanted: string): readonly AllowedKey[] {
  return keys.filter(({ name, blob }) => name === wanted || fingerprintOf(blob) === wanted);
}

/** Why a key does not count at a moment, as the end of a sentence; undefined where it does. */
export function outOfTime({ after, before }: AllowedKey, now: Date): string | undefined {
  if (after !== undefined && now.getTime() < Date.parse(after)) return `counts only from ${after} on`;
  if (before !== undefined && now.getTime() >= Date.parse(before)) return `counted only until ${before}`;
  return undefined;
}
