import type { Passing } from '../../core/approval-callout.ts';
import { actionName, type Envelope, envelopeDigest } from '../../core/envelope.ts';
import { secretIn } from '../../core/guarded.ts';
import { fail, type Result, sentence } from '../../core/outcome.ts';
import { ACTION_HOME, FILES, FOLDERS } from '../../core/states.ts';
import { isOwn } from '../decide/policy-change.ts';
import { type Proposal, prepareEnvelope } from '../decide/prepare.ts';
import type { Action } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import { textOf } from './known-text.ts';

/** Puts a proposal on record and renders its note. One that cannot be prepared is refused, with the reason on record. */
export async function propose(
  proposal: Proposal,
  context: ExecutorContext,
  by: 'planner' | 'executor' = 'executor',
): Promise<boolean> {
  const { ledger, log } = context;
  if (ledger.book.isKnown(proposal.id)) return false;
  const prepared = await prepareFor(by, proposal, context);
  if (!prepared.ok && prepared.failure.kind === 'retryable') throw new Error(sentence(prepared.failure));
  if (!prepared.ok) {
    const { id, task } = proposal;
    const why = sentence(prepared.failure);
    await ledger.record({ kind: 'REFUSED', id, task, action: actionName(proposal), why });
    log.event(`refused    ${actionName(proposal)}: ${why}`);
    return true;
  }
  await ledger.record({ kind: 'PROPOSED', envelope: prepared.value, digest: envelopeDigest(prepared.value) });
  if (prepared.value.zone !== 'red') return true;
  // What another node does is sent there by the next look around.
  if (prepared.value.node !== context.config.node) return true;
  const action = ledger.book.actions.get(proposal.id);
  if (action !== undefined) render(action, context);
  log.event(`asks       ${prepared.value.title}  →  ${FOLDERS.pending}/${prepared.value.note}.md`);
  return true;
}

/** What only Steward’s own code proposes is refused to anybody else. */
async function prepareFor(
  by: 'planner' | 'executor',
  proposal: Proposal,
  context: ExecutorContext,
): Promise<Result<Envelope>> {
  if (by === 'executor') return prepareEnvelope(proposal, context);
  if (isOwn(proposal)) return fail('denied', `There is no action server “${proposal.server}”.`);
  const prepared = await prepareEnvelope(proposal, context);
  const isForCode = prepared.ok && prepared.value.reach?.by === 'steward';
  return isForCode ? fail('denied', `${actionName(proposal)} is nothing that can be proposed.`) : prepared;
}

/** Puts on record that policy lets an action be done, and by which word. */
export async function byPolicy(action: Action, context: ExecutorContext): Promise<boolean> {
  const { id, digest, envelope } = action;
  const by = FILES.policies;
  await context.ledger.record({ kind: 'APPROVED', id, digest, way: 'policy', by, changed: [] });
  context.log.event(`allowed    ${envelope.title} (by ${by})`);
  return true;
}

/** What is shown beside the envelope as things stand: how long it is held, what it waits for. */
export const passingOf = ({ state, held, capped }: Action): Passing => ({
  until: state === 'held' ? held?.until : undefined,
  wanted: state === 'wanted',
  waits: state === 'capped' ? capped : undefined,
});

/** Writes the approval note of an open action where the person looks for it. True where it is there now. */
export function render(action: Action, context: ExecutorContext): boolean {
  // What lapsed is decided on where it was asked.
  const home = action.state === 'expired' ? FOLDERS.pending : ACTION_HOME[action.state];
  const text = textOf(action.proposed, passingOf(action));
  const secret = secretIn(text);
  if (secret !== undefined) {
    // Proposed before the secret was set. Without it, the note would not say what is on record.
    const why = `The approval ${action.id} holds ${secret}, so its note is not written. End it: steward reject ${action.id}`;
    context.log.trouble(`render ${action.id}`, why);
    return false;
  }
  const made = context.vault.createFree(`${home}/${action.proposed.note}.md`, text);
  if (made.ok) context.log.clear(`render ${action.id}`);
  else context.log.trouble(`render ${action.id}`, sentence(made.failure));
  return made.ok;
}

/**
 * Asks again for something whose approval has lapsed: prepared anew under a new id, and the old one is on record as
 * replaced by it.
 */
export async function renew(old: Envelope, context: ExecutorContext): Promise<boolean> {
  const { ledger } = context;
  const state = ledger.book.actions.get(old.id)?.state;
  if (state !== 'expired' && state !== 'held') await ledger.record({ kind: 'EXPIRED', id: old.id });
  return askAnew(old, 'It had lapsed and was asked again.', context);
}

/** Prepares something anew under a new id, judged as things are now; the old one is on record as replaced by it. */
export async function askAnew(old: Envelope, why: string, context: ExecutorContext): Promise<boolean> {
  const { ledger, log } = context;
  const { book } = ledger;
  const question = [...book.questions.values()].find(({ about }) => about === old.id);
  // What Policies.md says by then is asked about by itself.
  const by = isOwn(old) ? undefined : again(old.id);
  if (by !== undefined && !book.isKnown(by))
    await propose({ ...proposalOf(old), id: by, note: again(old.note) }, context);
  await ledger.record({ kind: 'SUPERSEDED', id: old.id, why, ...(by === undefined ? {} : { by }) });
  if (question !== undefined) {
    await ledger.record({ kind: 'ANSWERED', question: question.id, about: old.id, answer: 'Ask me again' });
  }
  log.event(`asks again ${old.title}: ${why}`);
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
