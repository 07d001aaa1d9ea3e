import { sentence } from '../../core/outcome.ts';
import { judgeNow } from '../decide/held-policy.ts';
import type { Action } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import { type Signed, verifyDecision } from './signatures.ts';

/** Whether a yes counts as far as signatures go; `later` where that cannot be found out now. */
export type Gate =
  | { readonly kind: 'open'; readonly signed?: Signed }
  | { readonly kind: 'shut'; readonly why: string }
  | { readonly kind: 'later' };

export type Yes = {
  /** What was given as a signature, unchecked. */
  readonly signature: string | undefined;
  /** Whether values differ from what was prepared. */
  readonly isChanged: boolean;
  /** Whether it was said at the command line of this machine, and so by nobody who is elsewhere. */
  readonly isHere: boolean;
  /** Whether our own sync is known to have brought it. */
  readonly isBrought: boolean;
};

/**
 * Where policy wants a signature, or another program brings files into the vault, only a signed yes counts; and a
 * signature that is given must be true wherever it is given.
 */
export async function signatureGate(action: Action, yes: Yes, context: ExecutorContext): Promise<Gate> {
  const { signature, isChanged, isHere, isBrought } = yes;
  const cause = `signature ${action.id}`;
  if (signature === undefined) {
    const others = isHere ? [] : context.syncers();
    const gate = unsigned(action, isChanged, others, isDemanded(action, context));
    return gate.kind === 'open' && isBrought ? { kind: 'shut', why: BROUGHT } : gate;
  }
  if (isChanged) {
    const why =
      'Its values were changed, and a signature holds only for the action as it was prepared. Put them back and approve it unchanged, or reject it and say what should be different.';
    context.log.trouble(cause, `${action.envelope.title}: ${why}`);
    return { kind: 'shut', why };
  }
  const checked = await verifyDecision(action, 'approved', signature, context);
  if (checked.ok) {
    context.log.clear(cause);
    return { kind: 'open', signed: checked.value };
  }
  const why = sentence(checked.failure);
  if (checked.failure.kind === 'retryable') {
    context.log.trouble(cause, `${action.envelope.title}: ${why} The decision is looked at again.`);
    return { kind: 'later' };
  }
  context.log.trouble(cause, `${action.envelope.title}: ${why} It was not approved.`);
  return { kind: 'shut', why };
}

export const BROUGHT = 'The yes was given on another device, and nobody signed for it.';

/** Whether policy wants it signed: as it was prepared, or by what holds now. */
function isDemanded({ proposed }: Action, context: ExecutorContext): boolean {
  if (proposed.signature === 'required') return true;
  const judgement = judgeNow(proposed, context);
  return judgement.kind === 'judged' && judgement.signature;
}

function unsigned({ id }: Action, isChanged: boolean, brought: readonly string[], isDemanded: boolean): Gate {
  if (isDemanded) {
    const change = isChanged ? ' What is signed is the action as it was prepared, so put its values back first.' : '';
    return { kind: 'shut', why: `Policy wants this decision signed:  steward approve ${id} --sign${change}` };
  }
  if (brought.length === 0) return { kind: 'open' };
  const why = `${brought.join(' and ')} also writes to this vault, so that this may come from elsewhere.`;
  return { kind: 'shut', why };
}

/** Who decided, and how that is known: the signer where there is one. */
export const decidedBy = <W extends string>(gate: Gate, way: W, person: string) =>
  gate.kind === 'open' && gate.signed !== undefined
    ? { way: 'signed' as const, by: gate.signed.by, signature: gate.signed.signature }
    : { way, by: person };
