import type { Outcome } from '../../core/action-server.ts';
import { grantClock, signGrant } from '../../core/grant.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { isOwn } from '../decide/policy-change.ts';
import type { Action } from './book.ts';
import type { ExecutorContext } from './context.ts';
import { mayBegin } from './may-begin.ts';
import { performOwn, reconcileOwn } from './own-actions.ts';

/** Tries before an action that is refused each time counts as failed: about fourteen hours, with the pauses below. */
const TRIES = 12;
const FIRST_PAUSE = 30_000;
const LONGEST_PAUSE = 6 * 3_600_000;

/** Milliseconds before the next try: doubling, at most six hours. */
export const pauseAfter = (attempts: number): number => Math.min(FIRST_PAUSE * 2 ** (attempts - 1), LONGEST_PAUSE);

/** Whether a retry is due. One that lies further off than any pause was set by a clock that jumped since. */
export function isDue(next: string | undefined, now: Date): boolean {
  const wait = Date.parse(next ?? '') - now.getTime();
  return !(wait > 0 && wait <= LONGEST_PAUSE);
}

/**
 * Does one approved action: INTENT on disk, the call, its result on disk. A result that cannot be known is asked of
 * the provider, and then of the person; it is never simply tried again.
 */
export async function perform(action: Action, context: ExecutorContext): Promise<void> {
  if (isOwn(action.envelope)) return performOwn(action, context);
  if (!(await mayBegin(action, context))) return;
  const { ledger, servers, key, log } = context;
  const { envelope, id, digest } = action;
  const attempt = action.attempts + 1;
  try {
    await ledger.record({ kind: 'INTENT', id, digest, attempt });
  } catch (error) {
    ledger.book.history.release(id);
    throw error;
  }
  log.event(`does       ${envelope.title}`);
  const outcome = await servers.perform(envelope, () => signGrant(key, envelope, attempt, grantClock()));
  if (outcome.outcome === 'unknown') {
    await ledger.record({ kind: 'UNKNOWN', id, why: outcome.why });
    await reconcile(action, context);
  } else {
    await settle(action, outcome, 'answered', context);
  }
}

/** Asks the provider what became of an effect whose answer never came. */
export async function reconcile(action: Action, context: ExecutorContext): Promise<void> {
  if (isOwn(action.envelope)) return reconcileOwn(action, context);
  const outcome = await context.servers.reconcile(action.envelope);
  if (outcome.outcome !== 'unknown') await settle(action, outcome, 'reconciled', context);
}

async function settle(
  action: Action,
  outcome: Exclude<Outcome, { outcome: 'unknown' }>,
  how: 'answered' | 'reconciled',
  context: ExecutorContext,
): Promise<void> {
  const { ledger, log, now } = context;
  const { id, attempts, envelope } = action;
  if (outcome.outcome === 'confirmed') {
    const { receipt, undo } = outcome;
    const confirmed: LedgerRecord = { kind: 'CONFIRMED', id, receipt, how, ...(undo === undefined ? {} : { undo }) };
    await ledger.record(confirmed);
    log.event(`done       ${envelope.title}`);
    return;
  }
  const { proof } = outcome;
  if (outcome.retry && attempts < TRIES) {
    const pause = how === 'reconciled' ? 0 : pauseAfter(attempts);
    const next = new Date(now().getTime() + pause).toISOString();
    await ledger.record({ kind: 'NOT_SENT_RETRY', id, proof, next });
    log.event(`not yet    ${envelope.title}: ${proof}`);
    return;
  }
  await ledger.record({ kind: 'NOT_SENT', id, proof });
  log.event(`failed     ${envelope.title}: ${proof}`);
}
