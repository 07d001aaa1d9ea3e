import { sentence } from '../../core/outcome.ts';
import { DECISION_NAMESPACE } from '../../core/signed-decision.ts';
import { verifySignature } from '../../core/ssh-keygen.ts';
import type { Claim } from './check-meaning.ts';

/**
 * Holds the signatures on record against what they are said to be over, by OpenSSH’s own program: what is wrong with
 * them, in sentences. `tmp` is a folder of the machine’s own.
 */
export async function checkSignatures(claims: readonly Claim[], tmp: string): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { seq, ...claim } of claims) {
    const checked = await verifySignature({ ...claim, namespace: DECISION_NAMESPACE }, tmp);
    if (checked.ok) continue;
    const why =
      checked.failure.kind === 'retryable'
        ? `could not be checked: ${sentence(checked.failure)}`
        : 'is not over this decision on this action.';
    problems.push(`Record ${seq} of the ledger is called signed, and its signature ${why}`);
  }
  return problems;
}
