import path from 'node:path';
import { type ParsedApproval, renderApproval } from '../../core/approval-note.ts';
import { identify, keyOf } from '../../core/contacts.ts';
import { type Arguments, actionName, type Envelope, envelopeDigest, type Origin } from '../../core/envelope.ts';
import { readProperties, setProperty } from '../../core/front-matter.ts';
import { secretIn } from '../../core/guarded.ts';
import { peopleKnownTo } from '../../core/known-people.ts';
import { nodeKeyFile } from '../../core/node-key.ts';
import { signAsNode, verifyNode } from '../../core/node-signature.ts';
import { type Failure, fail, type Result, sentence } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import { isOwn } from '../decide/policy-change.ts';
import { prepareEnvelope } from '../decide/prepare.ts';
import type { Action } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import type { FoundNote } from './approval-folders.ts';

/** What a node signs of an action that another is to do: the digest of its envelope. */
const ABOUT = 'proposal';
/** The properties of an approval note that name who prepared it elsewhere. Nothing else is read of them. */
const FROM = 'from_node';
const SIGNATURE = 'node_signature';

/** Whether an action was prepared here for another node: it is decided and done there, and never here. */
export const isForAnother = ({ node }: Pick<Envelope, 'node'>, { config }: Pick<ExecutorContext, 'config'>): boolean =>
  node !== config.node;

/**
 * Writes the approval note of an action that another node is to do, with this node’s word for it, and lets go of it: from
 * here on only that node decides. Called again after a crash it finds its note and does no more.
 */
export async function sendAcross(action: Action, context: ExecutorContext): Promise<boolean> {
  const { config, state, vault, ledger, log } = context;
  const { envelope, digest, id } = action;
  const statement = { vault: path.basename(state.root), node: config.node, about: ABOUT, digest };
  const signed = await signAsNode(statement, nodeKeyFile(state, config.sync));
  if (!signed.ok) return told(action, signed.failure, context);
  const named = setProperty(renderApproval(envelope), FROM, config.node);
  const text = named.ok ? setProperty(named.value, SIGNATURE, signed.value) : named;
  if (!text.ok) return told(action, text.failure, context);
  const secret = secretIn(text.value);
  if (secret !== undefined) {
    const why = `It holds ${secret}, so that its note is not written.`;
    await ledger.record({ kind: 'SUPERSEDED', id, why });
    return true;
  }
  const made = vault.create(`${FOLDERS.pending}/${envelope.note}.md`, text.value);
  if (!made.ok) return told(action, made.failure, context);
  log.clear(`across ${id}`);
  await ledger.record({ kind: 'SUPERSEDED', id, why: `It is decided and done on “${envelope.node}”.` });
  log.event(`hands over ${envelope.title}  →  ${envelope.node}`);
  return true;
}

function told({ id, envelope }: Action, failure: Failure, { log }: ExecutorContext): false {
  log.trouble(`across ${id}`, `${envelope.title} is for “${envelope.node}” and waits: ${sentence(failure)}`);
  return false;
}

/** What becomes of a note that this node’s ledger does not know. */
export type Crossed =
  /** No other node gave its word for it. */
  | { readonly kind: 'unsigned' }
  /** It is looked at again. */
  | { readonly kind: 'later' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * Takes in what another node prepared for this one: its word is checked, and then the action is prepared anew by this
 * node’s own server and judged by this node’s own policy. Whatever that says, the person is asked: the word of another
 * node lowers no zone. Only what this node itself knows vouches for a value.
 */
export async function takeCrossed(
  one: FoundNote,
  { id, envelope: theirs }: ParsedApproval,
  context: ExecutorContext,
): Promise<Crossed> {
  const { vault, state, config, ledger, log } = context;
  const read = vault.read(one.path);
  const split = read.ok && read.value.sha256 === one.sha256 ? readProperties(read.value.text) : undefined;
  if (split === undefined || !split.ok) return { kind: 'later' };
  const { [FROM]: from, [SIGNATURE]: signature } = split.value.properties;
  if (typeof from !== 'string' || typeof signature !== 'string' || ledger.book.isKnown(id)) return { kind: 'unsigned' };
  const vaultId = path.basename(state.root);
  const statement = { vault: vaultId, node: from, about: ABOUT, digest: envelopeDigest(theirs) };
  const word = await verifyNode(statement, signature, config.peers, state.tmp);
  if (!word.ok && word.failure.kind === 'retryable') return { kind: 'later' };
  if (!word.ok) return { kind: 'refused', why: sentence(word.failure) };
  if (theirs.vault !== vaultId) return { kind: 'refused', why: 'It was prepared for another vault.' };
  const missing = theirs.attachments.find(file => !vault.exists(file.path));
  if (missing !== undefined) {
    log.trouble(`crossed ${id}`, `${one.path} waits for ${missing.path}, which is not on this computer yet.`);
    return { kind: 'later' };
  }
  log.clear(`crossed ${id}`);
  const prepared = await prepareAnew(theirs, from, context);
  if (!prepared.ok && prepared.failure.kind === 'retryable') throw new Error(sentence(prepared.failure));
  if (!prepared.ok) {
    const why = `What “${from}” prepared cannot be done here: ${sentence(prepared.failure)}`;
    await ledger.record({ kind: 'REFUSED', id, task: theirs.task, action: actionName(theirs), why });
    return { kind: 'refused', why };
  }
  await ledger.record({ kind: 'PROPOSED', envelope: prepared.value, digest: envelopeDigest(prepared.value) });
  log.event(
    `asks       ${prepared.value.title} (prepared on ${from})  →  ${FOLDERS.pending}/${prepared.value.note}.md`,
  );
  return { kind: 'taken' };
}

/** The same action as this node prepares and judges it, always to be asked about. */
async function prepareAnew(theirs: Envelope, from: string, context: ExecutorContext): Promise<Result<Envelope>> {
  const isPlain = theirs.id.startsWith(`${theirs.task}-a`) && !/^(undo|policy|after)-/.test(theirs.task);
  if (isOwn(theirs) || !isPlain) return fail('denied', 'That is nothing that another node may ask for.');
  const proposal = {
    ...theirs,
    origins: vouchedHere(theirs.arguments, context),
    exposure: { untrusted: [`node ${from}`], private: ['unknown'] },
    source: theirs.source ?? 'unknown',
    from_node: from,
  };
  const prepared = await prepareEnvelope(proposal, context);
  if (!prepared.ok) return prepared;
  if (prepared.value.reach?.by === 'steward') return fail('denied', 'That is nothing that can be proposed.');
  return prepared;
}

/** Where each value came from, as far as this node can tell by itself: it knows its own contacts, and nothing else. */
function vouchedHere(values: Arguments, { vault, state }: ExecutorContext): Record<string, Origin> {
  const people = peopleKnownTo(vault, state);
  const whose = (value: unknown): Origin => {
    const known = typeof value === 'string' ? people.get(keyOf(identify(value))) : undefined;
    return known === undefined ? { kind: 'unknown' } : { kind: 'contacts', note: known };
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      if (!Array.isArray(value)) return [[name, whose(value)]];
      const each = value.map(whose);
      const whole = each.find(({ kind }) => kind === 'unknown') ?? each[0] ?? { kind: 'unknown' as const };
      return [[name, whole], ...each.slice(0, 100).map((origin, at): [string, Origin] => [`${name}.${at}`, origin])];
    }),
  );
}
