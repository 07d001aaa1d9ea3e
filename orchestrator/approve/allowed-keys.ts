import { type AllowedKey, keysCalled, renderAllowedSigners, withKey } from '../../core/allowed-signers.ts';
import { lstatOf, overwriteFile, readStrictly } from '../../core/durable.ts';
import { notice } from '../../core/notices.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { fingerprintOf } from '../../core/ssh-key.ts';
import type { ExecutorContext } from '../execute/context.ts';

/** No list of people is longer, in bytes. */
const LONGEST = 1024 * 1024;

/** Puts a key on the list of those whose signed decisions count. */
export async function allowKey(added: AllowedKey, by: string, context: ExecutorContext): Promise<void> {
  const { keys } = context.ledger.book;
  const changed = withKey(keys, added);
  if (renderAllowedSigners(changed) !== renderAllowedSigners(keys)) {
    await context.ledger.record({
      ...{ kind: 'KEYS', change: 'allowed', fingerprints: [fingerprintOf(added.blob)] },
      ...{ keys: [...changed], by },
    });
    context.log.event(`allowed    the key ${fingerprintOf(added.blob)} of ${added.name}: what it signs counts`);
  }
  show(context);
}

/** Takes the keys that a name or a fingerprint means off the list. */
export async function revokeKey(wanted: string, by: string, context: ExecutorContext): Promise<void> {
  const { keys } = context.ledger.book;
  const gone = keysCalled(keys, wanted);
  if (gone.length > 0) {
    const fingerprints = gone.map(({ blob }) => fingerprintOf(blob));
    const left = keys.filter(key => !gone.includes(key));
    await context.ledger.record({ kind: 'KEYS', change: 'revoked', fingerprints, keys: left, by });
    context.log.event(`revoked    ${fingerprints.join(', ')} of ${wanted}: what it signs no longer counts`);
  }
  show(context);
}

/** Writes the list that is on record where ssh-keygen and people look for it. */
function show({ state, ledger }: ExecutorContext): void {
  overwriteFile(state.tmp, state.allowedSigners, renderAllowedSigners(ledger.book.keys));
}

/**
 * The keys that count now. The file must be what is on record: whoever changed it by another way than the command gets
 * no key in, and nobody’s key counts until the command has written it anew.
 */
export function keysInForce({ state, ledger, log }: ExecutorContext): Result<readonly AllowedKey[]> {
  const { keys } = ledger.book;
  const isThere = lstatOf(state.allowedSigners) !== undefined;
  if (keys.length === 0 && !isThere) {
    return fail('denied', 'No key is allowed to sign decisions here.', 'Allow one:  steward key allow FILE.pub');
  }
  const read = readStrictly(state.allowedSigners, LONGEST);
  if (read.kind === 'read' && read.bytes.toString('utf8') === renderAllowedSigners(keys)) {
    log.clear('allowed keys');
    notice(state, 'allowed keys', undefined);
    return ok(keys);
  }
  const why = `${state.allowedSigners} is not the list of keys that is on record, so no signature counts.`;
  const mend = 'Look at it with  steward key list ; each  steward key allow  or  revoke  writes it anew.';
  log.trouble('allowed keys', `${why} ${mend}`);
  notice(state, 'allowed keys', `${why} ${mend}`);
  return fail('denied', why, mend);
}
