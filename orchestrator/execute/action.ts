import { type Envelope, envelopeDigest } from '../../core/envelope.ts';
import type { Fault } from '../../core/fault.ts';
import type { ActionRecord, Way } from '../../core/ledger-record.ts';
import { type ActionState, isSettled } from '../../core/states.ts';

/** What the ledger says of one action so far. */
export type Action = {
  readonly id: string;
  /** As proposed; as approved once a person changed it. */
  envelope: Envelope;
  readonly proposed: Envelope;
  digest: string;
  state: ActionState;
  attempts: number;
  /** Tries that count: not those that ended for want of a person’s word about the account, or were ours to repeat. */
  tries: number;
  /** Whose turn it was after the last try that came to nothing. */
  fault: Fault | undefined;
  /** When a retry is due. */
  next: string | undefined;
  reason: string;
  approvedBy: string;
  /** How and when it was approved: `policy` is no person’s word. */
  way: Way | undefined;
  approvedAt: string | undefined;
  /** How long it is held, as put on record last. */
  held: { readonly at: string; readonly until: string } | undefined;
  /** What it waits for although it is approved. */
  capped: { readonly why: string; readonly until: string } | undefined;
  settledAt: string | undefined;
  settled: ActionRecord | undefined;
  /** Whether the person was asked about the state it is in now. */
  asked: boolean;
};

/** An action as it stands once it is proposed. */
export const newAction = (envelope: Envelope): Action => ({
  id: envelope.id,
  envelope,
  proposed: envelope,
  digest: envelopeDigest(envelope),
  state: 'proposed',
  attempts: 0,
  tries: 0,
  fault: undefined,
  next: undefined,
  reason: '',
  approvedBy: '',
  way: undefined,
  approvedAt: undefined,
  held: undefined,
  capped: undefined,
  settledAt: undefined,
  settled: undefined,
  asked: false,
});

/** What a record that moves an action says of it. */
export function advance(action: Action, to: ActionState, record: ActionRecord, at: string): void {
  action.state = to;
  action.asked = false;
  if (isSettled(to)) {
    action.settledAt = at;
    action.settled = record;
  }
  switch (record.kind) {
    case 'APPROVED':
      action.approvedBy = record.by;
      action.way = record.way;
      action.approvedAt = at;
      action.digest = record.digest;
      if (record.envelope !== undefined) action.envelope = record.envelope;
      break;
    case 'HELD':
      action.held = { at, until: record.until };
      break;
    case 'CAPPED':
      action.capped = { why: record.why, until: record.until };
      break;
    case 'INTENT':
      action.capped = undefined;
      action.attempts = record.attempt;
      action.tries += 1;
      action.next = undefined;
      break;
    case 'NOT_SENT_RETRY':
      if (isUncounted(action.fault, record.fault)) action.tries -= 1;
      action.next = record.next;
      action.reason = record.proof;
      action.fault = record.fault;
      break;
    case 'NOT_SENT':
      action.reason = record.proof;
      action.fault = record.fault;
      break;
    case 'UNKNOWN':
    case 'SUPERSEDED':
      action.reason = record.why;
      break;
    case 'REJECTED':
      action.reason = record.reason;
      break;
    default:
      break;
  }
}

/** Whether a try is not counted: the account was refused, or this computer failed for the first time in a row. */
export const isUncounted = (before: Fault | undefined, fault: Fault | undefined): boolean =>
  fault === 'authentication' || (fault === 'system' && before !== 'system');
