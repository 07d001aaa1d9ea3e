import { renderApproval } from '../../core/approval-note.ts';
import { actionName, type Envelope, envelopeDigest } from '../../core/envelope.ts';
import { sentence } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import { type Proposal, prepareEnvelope } from '../decide/prepare.ts';
import type { Action } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';

/** Puts a proposal on record and renders its note. One that cannot be prepared is refused, with the reason on record. */
export async function propose(proposal: Proposal, context: ExecutorContext): Promise<boolean> {
  const { ledger, log } = context;
  if (ledger.book.isKnown(proposal.id)) return false;
  const prepared = await prepareEnvelope(proposal, context);
  if (!prepared.ok && prepared.failure.kind === 'retryable') throw new Error(sentence(prepared.failure));
  if (!prepared.ok) {
    const { id, task } = proposal;
    const why = sentence(prepared.failure);
    await ledger.record({ kind: 'REFUSED', id, task, action: actionName(proposal), why });
    log.event(`refused    ${actionName(proposal)}: ${why}`);
    return true;
  }
  await ledger.record({ kind: 'PROPOSED', envelope: prepared.value, digest: envelopeDigest(prepared.value) });
  const action = ledger.book.actions.get(proposal.id);
  if (action !== undefined) render(action, context);
  log.event(`asks       ${prepared.value.title}  →  ${FOLDERS.pending}/${prepared.value.note}.md`);
  return true;
}

/** Writes the approval note of an open action where the person looks for it. */
export function render(action: Action, context: ExecutorContext): void {
  const made = context.vault.createFree(
    `${FOLDERS.pending}/${action.proposed.note}.md`,
    renderApproval(action.proposed),
  );
  if (made.ok) context.log.clear(`render ${action.id}`);
  else context.log.trouble(`render ${action.id}`, sentence(made.failure));
}

/**
 * Asks again for something whose approval has lapsed: prepared anew under a new id, and the old one is on record as
 * replaced by it.
 */
export async function renew(old: Envelope, context: ExecutorContext): Promise<boolean> {
  const { ledger, log } = context;
  const { book } = ledger;
  const id = again(old.id);
  if (book.actions.get(old.id)?.state !== 'expired') await ledger.record({ kind: 'EXPIRED', id: old.id });
  if (!book.isKnown(id)) await propose({ ...proposalOf(old), id, note: again(old.note) }, context);
  await ledger.record({ kind: 'SUPERSEDED', id: old.id, by: id, why: 'It had lapsed and was asked again.' });
  const question = [...book.questions.values()].find(({ about }) => about === old.id);
  if (question !== undefined) {
    await ledger.record({ kind: 'ANSWERED', question: question.id, about: old.id, answer: 'Ask me again' });
  }
  log.event(`asks again ${old.title} (the first approval had lapsed)`);
  return true;
}

/** What was proposed, as far as an envelope of an earlier version tells. */
const proposalOf = (old: Envelope): Proposal => ({
  ...old,
  exposure: old.exposure ?? { untrusted: ['unknown'], private: ['unknown'] },
  source: old.source ?? 'unknown',
});

/** `x` → `x-again` → `x-again-2` …: a name that does not grow, however often something is asked again. */
function again(name: string): string {
  const [, first, count] = /^(.*)-again(?:-(\d+))?$/.exec(name) ?? [];
  return first === undefined ? `${name}-again` : `${first}-again-${Number(count ?? 1) + 1}`;
}
