import { effectDigest, whoDoes } from '../../core/effect-claims.ts';
import { isEithers } from '../../core/node-role.ts';
import { askAnew } from '../approve/propose.ts';
import { lastCheck } from '../decide/last-check.ts';
import { isOwn } from '../decide/policy-change.ts';
import type { Action } from './book.ts';
import type { ExecutorContext } from './context.ts';

/**
 * The last look before an effect begins. True where it may begin: then room is taken for it in the caps, before anything
 * else can ask. Otherwise what becomes of it is on record.
 */
export async function mayBegin(action: Action, context: ExecutorContext): Promise<boolean> {
  const { ledger, log, now } = context;
  const { id, envelope } = action;
  if (!(await isForHere(action, context))) return false;
  const check = lastCheck(action, context);
  switch (check.kind) {
    case 'go':
      ledger.book.history.reserve(id, envelope, now());
      return true;
    case 'refused':
      await ledger.record({ kind: 'NOT_SENT', id, proof: check.why });
      log.event(`failed     ${envelope.title}: ${check.why}`);
      return false;
    case 'stricter':
      if (action.state === 'retrying') await ledger.record({ kind: 'NOT_SENT', id, proof: check.why });
      else await askAnew(action.proposed, check.why, context);
      return false;
    case 'over': {
      const { why, until } = check;
      if (action.state === 'capped' && action.capped?.why === why && action.capped.until === until) return false;
      await ledger.record({ kind: 'CAPPED', id, why, until });
      log.event(`waits      ${envelope.title}: ${why}`);
      return false;
    }
  }
}

/**
 * Whether an action that is about to be approved can begin at that moment, with nothing to ask and nothing to put on
 * record before: as `mayBegin` finds out, and without taking room in the caps.
 */
export function mayBeginAtOnce(ahead: Action, context: ExecutorContext): boolean {
  const { config } = context;
  if (isOwn(ahead.envelope) || (config.sync !== undefined && isEithers(ahead.envelope, config.runs))) return false;
  return lastCheck(ahead, context).kind === 'go';
}

/** Milliseconds after which it is asked again which node does something that either may do. */
const ASK_AGAIN = 300_000;

/**
 * Whether this node does an action that `runs:` gives to either: where it was first at the remote. What is pinned to one
 * node is asked of nobody. Cut off, there is no such effect.
 */
async function isForHere({ id, envelope }: Action, context: ExecutorContext): Promise<boolean> {
  const { ledger, config, state, log, now } = context;
  if (config.sync === undefined || !isEithers(envelope, config.runs)) return true;
  const answer = await whoDoes(state, effectDigest(envelope));
  if (answer?.mine === true) return true;
  if (answer !== undefined) {
    await ledger.record({ kind: 'NOT_SENT', id, proof: `The node “${answer.node}” does this, and it is done once.` });
    log.event(`elsewhere  ${envelope.title}: “${answer.node}” does it`);
    return false;
  }
  const until = new Date(now().getTime() + ASK_AGAIN).toISOString();
  const why = 'The other nodes cannot be asked yet whether one of them does this already.';
  await ledger.record({ kind: 'CAPPED', id, why, until });
  log.event(`waits      ${envelope.title}: ${why}`);
  return false;
}
