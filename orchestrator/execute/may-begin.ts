import { askAnew } from '../approve/propose.ts';
import { lastCheck } from '../decide/last-check.ts';
import type { Action } from './book.ts';
import type { ExecutorContext } from './context.ts';

/**
 * The last look before an effect begins. True where it may begin: then room is taken for it in the caps, before anything
 * else can ask. Otherwise what becomes of it is on record.
 */
export async function mayBegin(action: Action, context: ExecutorContext): Promise<boolean> {
  const { ledger, log, now } = context;
  const { id, envelope } = action;
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
