import type { ParsedApproval } from '../../core/approval-note.ts';
import { envelopeDigest } from '../../core/envelope.ts';
import type { ActionRecord, Way } from '../../core/ledger-record.ts';
import { type Swept, sooner } from '../../core/loop.ts';
import { sentence } from '../../core/outcome.ts';
import { quarantine } from '../../core/quarantine.ts';
import { FOLDERS, isSettled } from '../../core/states.ts';
import { clauseOf } from '../../core/system-error.ts';
import { prepareChanged } from '../decide/prepare.ts';
import type { Action } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import type { FoundNote } from './approval-folders.ts';
import { type Hand, handIn, showAgain, showsTheSame } from './brought-note.ts';
import { takeCrossed } from './crossing.ts';
import { judgeFound } from './known-text.ts';
import { renew } from './propose.ts';
import { BROUGHT, decidedBy, signatureGate } from './signature-gate.ts';
import { verifyDecision } from './signatures.ts';

const ASK_AGAIN = 'The approval is asked again in `Pending_Approval`. Decide there; this copy can be deleted.';
const NOT_OURS = 'If you want this done, write it as a note into `Needs_Action`. This copy can be deleted.';

export type Approved = Extract<ActionRecord, { kind: 'APPROVED' }>;
/** Puts an approval on record. */
export type Accept = (action: Action, approved: Approved) => Promise<void>;

/** Takes what the person said by moving, ticking or setting a property. A refusal is taken before a yes. */
export async function takeDecisions(
  found: readonly FoundNote[],
  context: ExecutorContext,
  accept: Accept,
): Promise<Swept> {
  let moved = false;
  let settlesIn: number | undefined;
  const order = [...found].sort(
    (a, b) => Number(b.folder === FOLDERS.rejected) - Number(a.folder === FOLDERS.rejected),
  );
  for (const one of order) {
    const taken = await takeOne(one, context, accept).catch((error: unknown) => {
      // One note that cannot be taken now holds up no other.
      context.log.trouble(`take ${one.path}`, `${one.path}: ${clauseOf(error)} It is tried again.`);
      return false;
    });
    if (typeof taken === 'number') settlesIn = sooner(settlesIn, taken);
    else moved ||= taken;
  }
  return { moved, settlesIn };
}

/** True where something was taken, false where there is nothing to take, a number of milliseconds to settle. */
async function takeOne(one: FoundNote, context: ExecutorContext, accept: Accept): Promise<boolean | number> {
  const { config, settle, ledger } = context;
  if (!one.note.ok) {
    const quiet = one.folder === FOLDERS.pending ? config.settle.note : config.settle.tick;
    const wait = settle.wait(one.path, one.stats, quiet * 1000);
    return wait > 0 ? wait : setAside(one, sentence(one.note.failure), ASK_AGAIN, context);
  }
  const note = one.note.value;
  const said = sayingOf(one, note);
  const action = ledger.book.actions.get(note.id);
  if (action !== undefined && isSettled(action.state) && action.state !== 'expired') return false;
  const hand = handIn(one, context);
  if (
    action !== undefined &&
    hand !== 'none' &&
    said?.decision !== 'rejected' &&
    !showsTheSame(action, note, one.sha256)
  )
    return takeAltered(one, note, action, said, hand, context);
  if (said === undefined && action !== undefined) return false;
  if (action === undefined && isOfAnother(note, context)) return false;
  const wait = settle.wait(one.path, one.stats, config.settle.tick * 1000);
  if (wait > 0) return wait;
  if (action === undefined) return takeUnknown(one, note, context);
  // Once it is approved, any no counts, whatever yes still stands beside it.
  const isNo = said?.decision === 'rejected' || (said?.decision === 'both' && isUnderWay(action));
  if (said !== undefined && isNo) return reject(action, note.reason, said.way, context, note.signature, hand === 'all');
  if (said?.decision === 'both') return setAside(one, 'The note says yes and no at once.', ASK_AGAIN, context);
  if (said?.decision === 'approved') return approve(action, note, said.way, one, hand, context, accept);
  return false;
}

/** A note of something that another node does itself: decided on there, and left alone here. */
const isOfAnother = ({ envelope }: ParsedApproval, { config }: ExecutorContext): boolean =>
  envelope.node !== config.node && Object.hasOwn(config.peers, envelope.node);

/**
 * A note whose text was brought and is not what is on record. Whatever it says now, nobody here has seen it as this node
 * shows it: that a yes is wanted goes on record, and it is shown, and asked, again.
 */
async function takeAltered(
  one: FoundNote,
  note: ParsedApproval,
  action: Action,
  said: Saying | undefined,
  hand: Hand,
  context: ExecutorContext,
): Promise<boolean> {
  if (!awaitsYes(action)) return false;
  const isSigned = note.signature !== undefined;
  if (said?.decision === 'approved' && hand === 'all')
    await want(
      action,
      isSigned ? 'Its text was changed on the way, so its signature does not count.' : BROUGHT,
      context,
    );
  return showAgain(one, action, isTheirs(note, action) ? undefined : ALTERED, context);
}

const ALTERED = 'its text came from another device and was not what is on record';

/** Still as the other node wrote it, that prepared it: the person was just told that it is asked here. */
const isTheirs = ({ envelope }: ParsedApproval, { proposed }: Action): boolean =>
  proposed.from_node !== undefined && envelope.from_node === undefined;

const isUnderWay = ({ state }: Action): boolean => ['held', 'approved', 'capped', 'retrying'].includes(state);

/** The states in which a yes is waited for, or comes early. */
const awaitsYes = ({ state }: Action): boolean => ['proposed', 'wanted', 'held', 'expired'].includes(state);

type Saying = { decision: 'approved' | 'rejected' | 'both'; way: Way };

/** What the place of a note and its own words say together. */
function sayingOf({ folder }: FoundNote, note: ParsedApproval): Saying | undefined {
  const byPlace = folder === FOLDERS.approved ? 'approved' : folder === FOLDERS.rejected ? 'rejected' : undefined;
  if (byPlace !== undefined) {
    const contradicts = note.decision !== undefined && note.decision !== byPlace;
    return { decision: contradicts ? 'both' : byPlace, way: 'moved' };
  }
  return note.decision === undefined ? undefined : { decision: note.decision, way: note.way };
}

/** A note whose id is not open: prepared by another node for this one, never written by us, or used up. */
async function takeUnknown(one: FoundNote, note: ParsedApproval, context: ExecutorContext): Promise<boolean> {
  const crossed = await takeCrossed(one, note, context);
  if (crossed.kind === 'taken') return true;
  if (crossed.kind === 'later') return false;
  if (crossed.kind === 'refused') return setAside(one, crossed.why, NOT_OURS, context);
  const past = context.ledger.book.past.get(note.id);
  const why =
    past === undefined
      ? 'Steward never wrote this approval: its ledger does not know it.'
      : `This was decided before, and is on record as ${past}. An approval counts once.`;
  return setAside(one, why, NOT_OURS, context);
}

/** A no: before the effect it always counts. */
export async function reject(
  action: Action,
  reason: string,
  way: Way,
  context: ExecutorContext,
  signature?: string,
  isBrought = false,
): Promise<boolean> {
  const question = [...context.ledger.book.questions.values()].find(({ about }) => about === action.id);
  if (action.state === 'expired' && question !== undefined) {
    await context.ledger.record({ kind: 'ANSWERED', question: question.id, about: action.id, answer: 'Let it go' });
    return true;
  }
  if (!['proposed', 'wanted', 'held', 'approved', 'capped', 'retrying'].includes(action.state)) return false;
  const signed = await whoRefused(action, way, signature, isBrought, context);
  await context.ledger.record({ kind: 'REJECTED', id: action.id, ...signed, reason });
  context.log.event(`rejected   ${action.envelope.title}${reason === '' ? '' : ` (${reason})`}`);
  return true;
}

async function approve(
  action: Action,
  note: ParsedApproval,
  way: Way,
  one: FoundNote,
  hand: Hand,
  context: ExecutorContext,
  accept: Accept,
): Promise<boolean> {
  if (!awaitsYes(action)) return false;
  const { log, person } = context;
  const judged = judgeFound(action.proposed, note, one.sha256, action.capped);
  if (judged.kind === 'tampered') return setAside(one, judged.why, ASK_AGAIN, context);
  if (isExpired(action, context)) return renew(action.proposed, context);
  const { signature } = note;
  const isBrought = hand === 'all';
  const isChanged = judged.kind === 'changed';
  const gate = await signatureGate(action, { signature, isChanged, isHere: false, isBrought }, context);
  if (gate.kind === 'later') return false;
  if (gate.kind === 'shut') {
    const wanted = await want(action, gate.why, context);
    return isBrought ? showAgain(one, action, 'it waits for a word on this computer', context) || wanted : wanted;
  }
  const decided = decidedBy(gate, way, person);
  if (judged.kind === 'same') {
    await accept(action, { kind: 'APPROVED', id: action.id, digest: action.digest, ...decided, changed: [] });
  } else {
    const changed = await prepareChanged(action.proposed, note.envelope.arguments, judged.names, context);
    if (!changed.ok)
      return setAside(one, `As changed, this cannot be done: ${sentence(changed.failure)}`, ASK_AGAIN, context);
    const digest = envelopeDigest(changed.value);
    await accept(action, {
      kind: 'APPROVED',
      id: action.id,
      digest,
      ...decided,
      changed: [...judged.names],
      envelope: changed.value,
    });
  }
  log.event(`approved   ${action.envelope.title}`);
  return true;
}

/** Puts on record that somebody wants it whose word is not enough; what is still missing is said. */
async function want(action: Action, why: string, context: ExecutorContext): Promise<boolean> {
  if (action.state === 'held') {
    const told = `${action.envelope.title}: ${why} The yes did not count, so it stays held; it is done when its hold is over, unless you say no.`;
    context.log.trouble(`early ${action.id}`, told);
  }
  if (action.state !== 'proposed') return false;
  await context.ledger.record({ kind: 'WANTED', id: action.id, why });
  const sign = why.includes('--sign') ? ' --sign' : '';
  context.log.event(`wanted     ${action.envelope.title}: confirm here with  steward approve ${action.id}${sign}`);
  return true;
}

/** A no counts whether or not its signature does; who gave it is on record by name only where that does. */
async function whoRefused(
  action: Action,
  way: Way,
  signature: string | undefined,
  isBrought: boolean,
  context: ExecutorContext,
) {
  const by = isBrought ? 'somebody on another device' : context.person;
  const unsigned = { way: way === 'signed' ? 'command' : way, by } as const;
  if (signature === undefined) return unsigned;
  const checked = await verifyDecision(action, 'rejected', signature, context);
  if (checked.ok) return { way: 'signed', ...checked.value } as const;
  const told = `${action.envelope.title}: ${sentence(checked.failure)} It was rejected all the same.`;
  context.log.trouble(`signature ${action.id}`, told);
  return unsigned;
}

/** A yes that was given at the command line on this machine: it counts whatever else writes to the vault. */
export async function approveByCommand(
  action: Action,
  by: string,
  context: ExecutorContext,
  signature?: string,
): Promise<boolean> {
  if (!awaitsYes(action)) return false;
  if (isExpired(action, context)) return renew(action.proposed, context);
  const gate = await signatureGate(action, { signature, isChanged: false, isHere: true, isBrought: false }, context);
  if (gate.kind === 'later') throw new Error('A signed decision cannot be checked now.');
  if (gate.kind === 'shut') return want(action, gate.why, context);
  await context.ledger.record({
    kind: 'APPROVED',
    id: action.id,
    digest: action.digest,
    ...decidedBy(gate, 'command', by),
    changed: [],
  });
  context.log.event(`approved   ${action.envelope.title}`);
  return true;
}

export const isExpired = (action: Action, context: ExecutorContext): boolean =>
  action.state === 'expired' || Date.parse(action.envelope.expires) <= context.now().getTime();

async function setAside(one: FoundNote, why: string, mend: string, context: ExecutorContext): Promise<boolean> {
  const { vault, ledger, log, now } = context;
  const aside = quarantine(vault, one.path, why, mend, now());
  if (!aside.ok) {
    log.trouble(`quarantine ${one.path}`, sentence(aside.failure));
    return false;
  }
  if (aside.value === undefined) return false;
  await ledger.record({ kind: 'QUARANTINED', path: aside.value, why });
  log.event(`set aside  ${one.path}: ${why}`);
  return true;
}
