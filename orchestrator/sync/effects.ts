import { randomBytes } from 'node:crypto';
import { fail, ok, type Result } from '../../core/outcome.ts';
import type { NodeName } from '../../core/sync-settings.ts';
import { EffectRecord, readRecordText } from './claim-record.ts';
import type { RefStore } from './ref-store.ts';

/**
 * Which node does an action that `runs:` pins to none: the one whose record of its digest was first at the remote. It is
 * never taken over. `retryable` where that cannot be known now: cut off means no such effect.
 */
export async function firstToDo(
  digest: string,
  refs: RefStore,
  me: { readonly node: NodeName; readonly instance: string },
): Promise<Result<'mine' | { readonly of: NodeName }>> {
  if (!/^[0-9a-f]{64}$/.test(digest)) return fail('invalid', 'This is no digest of an action.');
  const name = `effects/${digest}`;
  const text = JSON.stringify({ ...me, nonce: randomBytes(8).toString('hex') } satisfies EffectRecord);
  const swapped = await refs.swap([{ name, expected: undefined, text }]);
  if (swapped.ok && swapped.value.get(name) !== 'refused') return ok('mine');
  if (!swapped.ok && swapped.failure.kind !== 'retryable') return swapped;
  // Refused, or the reply was lost: what stands there says whose it is.
  const listed = await refs.list();
  if (!listed.ok) return listed;
  const there = listed.value.get(name);
  if (there === undefined) return fail('retryable', 'The remote did not say which node does this: nothing was begun.');
  const record = readRecordText(EffectRecord, there.text);
  if (record?.node === me.node && record.instance === me.instance) return ok('mine');
  return ok({ of: record?.node ?? 'another' });
}
