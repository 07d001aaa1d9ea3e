import { policyThatHolds } from '../decide/held-policy.ts';
import { PolicyChange } from '../decide/policy-change.ts';
import type { Action } from './book.ts';
import type { ExecutorContext } from './context.ts';

/** Does what no action server does: a looser policy holds once it is on record, together with the proof of it. */
export async function performOwn(action: Action, context: ExecutorContext): Promise<void> {
  const { ledger, log } = context;
  const { id, digest, envelope, approvedBy } = action;
  if (envelope.policy !== policyThatHolds(ledger.book).sha256) {
    const proof = 'Another policy holds by now than the one that this was compared with, so it is asked anew.';
    await ledger.record({ kind: 'NOT_SENT', id, proof });
    log.event(`failed     ${envelope.title}: ${proof}`);
    return;
  }
  await ledger.record({ kind: 'INTENT', id, digest, attempt: action.attempts + 1 });
  const { sha256, text } = PolicyChange.parse(envelope.arguments);
  await ledger.record(
    { kind: 'POLICY', sha256, text, by: approvedBy },
    { kind: 'CONFIRMED', id, receipt: { sha256 }, how: 'answered' },
  );
  log.event(`done       ${envelope.title}`);
}

/** After a crash: whether it holds stands in the ledger itself. */
export async function reconcileOwn(action: Action, { ledger, now }: ExecutorContext): Promise<void> {
  const { id, envelope } = action;
  const { sha256 } = PolicyChange.parse(envelope.arguments);
  if (ledger.book.policy?.sha256 === sha256) {
    await ledger.record({ kind: 'CONFIRMED', id, receipt: { sha256 }, how: 'reconciled' });
    return;
  }
  const proof = 'The ledger does not hold this policy.';
  await ledger.record({ kind: 'NOT_SENT_RETRY', id, proof, next: now().toISOString() });
}
