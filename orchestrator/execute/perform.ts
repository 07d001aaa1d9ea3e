import type { Outcome } from '../../core/action-server.ts';
import type { Fault } from '../../core/fault.ts';
import { grantClock, signGrant } from '../../core/grant.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { isOwn } from '../decide/policy-change.ts';
import { type Action, isUncounted } from './action.ts';
import type { ExecutorContext } from './context.ts';
import { mayBegin } from './may-begin.ts';
import { performOwn, reconcileOwn } from './own-actions.ts';
import { pause } from './pauses.ts';

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
 * Does one approved action, if the brake still `allows` it: INTENT on disk, the call, its result on disk. A result that cannot be known is asked of
 * the provider, and then of the person; it is never simply tried again.
 */
export async function perform(
  action: Action,
  context: ExecutorContext,
  allows: (action: Action) => Promise<boolean>,
): Promise<void> {
  if (isOwn(action.envelope)) {
    if (await allows(action)) await performOwn(action, context);
    return;
  }
  if (!(await mayBegin(action, context))) return;
  const { ledger } = context;
  const { id, digest } = action;
  if (!(await allows(action))) {
    ledger.book.history.release(id);
    return;
  }
  const attempt = action.attempts + 1;
  try {
    await ledger.record({ kind: 'INTENT', id, digest, attempt });
  } catch (error) {
    ledger.book.history.release(id);
    throw error;
  }
  await carryOut(action, attempt, context);
}

/** Calls the server for an effect whose INTENT is on disk, and puts what came of it on record. */
export async function carryOut(action: Action, attempt: number, context: ExecutorContext): Promise<void> {
  const { ledger, servers, key, log } = context;
  const { envelope, id } = action;
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
  const { ledger, log } = context;
  const { id, envelope } = action;
  if (outcome.outcome === 'confirmed') {
    const { receipt, undo, follow } = outcome;
    const confirmed: LedgerRecord = {
      ...{ kind: 'CONFIRMED', id, receipt, how },
      ...(undo === undefined ? {} : { undo }),
      ...(follow === undefined ? {} : { follow }),
    };
    await ledger.record(confirmed);
    log.event(`done       ${envelope.title}`);
    return;
  }
  const { proof, retry } = outcome;
  await notDone(action, outcome.fault ?? (retry ? 'transient' : 'logic'), proof, how, context);
}

/** It did not happen: who has the next word follows from whose fault it was. */
async function notDone(
  action: Action,
  fault: Fault,
  proof: string,
  how: 'answered' | 'reconciled',
  context: ExecutorContext,
): Promise<void> {
  const { ledger, log, now, servers } = context;
  const { id, envelope, tries } = action;
  const again = async (pauseMs: number): Promise<void> => {
    const next = new Date(now().getTime() + pauseMs).toISOString();
    await ledger.record({ kind: 'NOT_SENT_RETRY', id, proof, next, fault });
    log.event(`not yet    ${envelope.title}: ${proof}`);
  };
  if (fault === 'authentication') {
    await again(0);
    await pause(envelope.server, proof, 'steward', context);
    return;
  }
  if (fault === 'system' && isUncounted(action.fault, fault)) {
    await servers.restart(envelope.server);
    return again(0);
  }
  if ((fault === 'transient' || fault === 'system') && tries < TRIES) {
    return again(how === 'reconciled' ? 0 : pauseAfter(tries));
  }
  await ledger.record({ kind: 'NOT_SENT', id, proof, fault });
  log.event(`failed     ${envelope.title}: ${proof}`);
}
