import path from 'node:path';
import { outOfTime } from '../../core/allowed-signers.ts';
import { sha256 } from '../../core/digest.ts';
import { type Failure, fail, ok, type Result } from '../../core/outcome.ts';
import { DECISION_NAMESPACE, decisionText, readSshSignature, type SignedDecision } from '../../core/signed-decision.ts';
import { verifySignature } from '../../core/ssh-keygen.ts';
import type { Action } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import { keysInForce } from './allowed-keys.ts';

/** Who signed, and the signature as it goes on record. */
export type Signed = { readonly by: string; readonly signature: string };

/** Finds out whether a decision was signed by somebody whose word counts. `retryable` where that cannot be said now. */
type Verifier = (decision: SignedDecision, given: string, context: ExecutorContext) => Promise<Result<Signed>>;

/**
 * The kinds of signature, by the word before the colon; what has none is of SSH’s. All of them are over the same text, so
 * that another kind (a passkey in the browser) is another entry.
 */
const VERIFIERS: ReadonlyMap<string, Verifier> = new Map([['ssh', verifySsh]]);

/** Checks a signature for exactly one decision on one action of this vault. */
export function verifyDecision(
  action: Action,
  decision: SignedDecision['decision'],
  given: string,
  context: ExecutorContext,
): Promise<Result<Signed>> {
  const [, kind = 'ssh', rest = given] = /^([a-z]{2,20}):([\s\S]*)$/.exec(given) ?? [];
  const verify = VERIFIERS.get(kind);
  const vault = path.basename(context.state.root);
  if (verify !== undefined) return verify({ vault, action: action.id, decision, digest: action.digest }, rest, context);
  const mend = 'Sign with an SSH key:  steward approve ID --sign';
  return Promise.resolve(fail('invalid', `Signatures of the kind “${kind}” are not known here.`, mend));
}

/** What did not fit once never fits: the same text, signature and key give the same answer. */
const refusals = new Map<string, Failure>();
const MOST_REMEMBERED = 500;

async function verifySsh(decision: SignedDecision, given: string, context: ExecutorContext): Promise<Result<Signed>> {
  const read = readSshSignature(given);
  if (!read.ok) return read;
  const { armoured, line, key, keyType, namespace, isTouched } = read.value;
  if (namespace !== DECISION_NAMESPACE) {
    return fail('denied', `The signature was made for “${namespace.slice(0, 40)}”, not for a decision.`);
  }
  const keys = keysInForce(context);
  if (!keys.ok) return keys;
  const allowed = keys.value.find(({ blob }) => blob === key);
  if (allowed === undefined) {
    const what = keyType.includes('-cert-') ? 'a certificate, and only keys count' : 'a key that is not allowed';
    return fail('denied', `The signature is by ${what}.`, 'Allow it on this computer:  steward key allow FILE.pub');
  }
  if (!isTouched) {
    const mend = 'Make a key that asks for it (ssh-keygen -t ed25519-sk) and allow that one.';
    return fail('denied', 'The signature was made without a touch of the token.', mend);
  }
  const late = outOfTime(allowed, context.now());
  if (late !== undefined) return fail('denied', `The signature is by a key of ${allowed.name} that ${late}.`);
  const { name, type } = allowed;
  const text = decisionText(decision);
  const memory = sha256(`${text}${line} ${type} ${key}`);
  const known = refusals.get(memory);
  if (known !== undefined) return { ok: false, failure: known };
  const checked = await verifySignature(
    { text, armoured, namespace: DECISION_NAMESPACE, name, type, key },
    context.state.tmp,
  );
  if (checked.ok) return ok({ by: name, signature: armoured });
  if (checked.failure.kind === 'retryable') return checked;
  const { failure } = fail(
    'denied',
    `The signature by ${name} is not over this decision on this action as it was prepared.`,
    'Sign it anew:  steward approve ID --sign',
  );
  if (refusals.size >= MOST_REMEMBERED) refusals.clear();
  refusals.set(memory, failure);
  return { ok: false, failure };
}
