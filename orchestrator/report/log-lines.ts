import { canonicalJson, type Json, sha256 } from '../../core/digest.ts';
import { actionName, type Envelope } from '../../core/envelope.ts';
import { isPlain, shown } from '../../core/inert.ts';
import type { Recorded } from '../../core/journal.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';

/** One line of `Logs/`: what happened, as a person or an auditor reads it. Made from the ledger alone. */
export type LogLine = {
  readonly seq: number;
  readonly timestamp: string;
  readonly action_type: string;
  readonly actor: string;
  readonly target: string;
  readonly parameters: Json;
  readonly approval_status: string;
  readonly approved_by: string;
  readonly result: string;
  readonly ledger: string;
};

/** As a person reads it, in a note: the exact characters stand in the ledger. */
function readable(value: Json): Json {
  if (typeof value === 'string') return shown(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(readable);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [shown(name), readable(inner)]));
}

/** Characters of one text of a receipt that a line holds. */
const LONGEST = 400;

/**
 * A receipt without its long texts, such as a page that was fetched: how each begins, and the hash by which the whole is
 * known again, which stands in the ledger.
 */
function brief(value: Json): Json {
  if (typeof value === 'string') {
    if (value.length <= LONGEST) return value;
    return `${value.slice(0, LONGEST).toWellFormed()} … (${value.length} characters, SHA-256 ${sha256(value)})`;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(brief);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, brief(inner)]));
}

type Known = { envelope: Envelope; status: string; by: string };

/** Turns ledger records into log lines, one for one, chained by SHA-256. The same ledger gives the same lines. */
export class LogLines {
  readonly #actions = new Map<string, Known>();
  #previous = '0'.repeat(64);

  /** Takes in a record whose line stands in the log already; `hash` is that line’s, once it is the last one. */
  learn(record: Recorded<LedgerRecord>, hash: string): void {
    this.#line(record);
    this.#previous = hash;
  }

  next(record: Recorded<LedgerRecord>): { text: string; at: string; seq: number } {
    const line = this.#line(record);
    const exact = canonicalJson(line);
    const text = isPlain(exact) ? exact : canonicalJson(readable(line));
    const hash = sha256(`${this.#previous} ${text}`);
    this.#previous = hash;
    // In canonical JSON its place is before `ledger`; what stands before that are strings, which hold no bare quote.
    const place = text.indexOf(',"ledger":');
    return { text: `${text.slice(0, place)},"hash":"${hash}"${text.slice(place)}\n`, at: record.at, seq: record.seq };
  }

  #line({ seq, at, body, hash }: Recorded<LedgerRecord>): LogLine {
    const base = {
      seq,
      timestamp: at,
      ledger: hash,
      actor: 'steward',
      action_type: '',
      target: '',
      parameters: {},
      approval_status: '',
      approved_by: '',
    };
    if (body.kind === 'PROPOSED') {
      this.#actions.set(body.envelope.id, { envelope: body.envelope, status: 'pending', by: '' });
      return { ...base, ...this.#about(body.envelope.id), actor: body.envelope.brain, result: 'proposed' };
    }
    if (body.kind === 'REFUSED')
      return { ...base, action_type: body.action, target: body.id, result: `refused: ${body.why}` };
    if (body.kind === 'CLOSED') {
      return {
        ...base,
        action_type: 'task',
        target: body.task,
        parameters: { title: body.title },
        result: `${body.verdict}: ${body.why}`,
      };
    }
    if (body.kind === 'FILED') {
      const known = this.#about(body.what);
      this.#actions.delete(body.what);
      return {
        ...base,
        ...known,
        action_type: known.action_type ?? 'task',
        target: body.what,
        parameters: {},
        result: 'filed',
      };
    }
    if (!('id' in body)) return { ...base, ...plain(body) };
    const known = this.#actions.get(body.id);
    const decided = this.#decide(body, known);
    return { ...base, ...this.#about(body.id), ...decided };
  }

  /** What a record about an action changes, and how its result reads. */
  #decide(
    body: Extract<LedgerRecord, { id: string }>,
    known: Known | undefined,
  ): { actor: string; result: string } & Partial<LogLine> {
    const status = (value: string, by: string): { approval_status: string; approved_by: string } => {
      if (known !== undefined) Object.assign(known, { status: value, by });
      return { approval_status: value, approved_by: by };
    };
    switch (body.kind) {
      case 'APPROVED': {
        if (known !== undefined && body.envelope !== undefined) known.envelope = body.envelope;
        const how = body.changed.length === 0 ? body.way : `${body.way}, changed: ${body.changed.join(', ')}`;
        return { ...this.#about(body.id), actor: body.by, ...status('approved', body.by), result: `approved (${how})` };
      }
      case 'REJECTED':
        return {
          actor: body.by,
          ...status('rejected', ''),
          result: `rejected (${body.way})${body.reason === '' ? '' : `: ${body.reason}`}`,
        };
      case 'EXPIRED':
        return { actor: 'steward', ...status('expired', ''), result: 'expired' };
      case 'CONFIRMED':
        return { actor: 'executor', result: `done (${body.how}): ${canonicalJson(brief(body.receipt))}` };
      case 'NOT_SENT':
        return { actor: 'executor', result: `failed: ${body.proof}` };
      case 'NOT_SENT_RETRY':
        return { actor: 'executor', result: `not done, next try ${body.next}: ${body.proof}` };
      case 'UNKNOWN':
        return { actor: 'executor', result: `outcome unknown: ${body.why}` };
      case 'INTENT':
        return { actor: 'executor', result: `begun (try ${body.attempt})` };
      case 'SUPERSEDED':
        return { actor: 'steward', ...status('superseded', ''), result: `replaced: ${body.why}` };
      case 'HELD':
        return { actor: 'steward', ...status('held', ''), result: `held until ${body.until}` };
      case 'WANTED':
      case 'CAPPED':
        return { actor: 'steward', result: `${body.kind.toLowerCase()}: ${body.why}` };
      case 'REFUSED':
        return { actor: 'steward', result: `refused: ${body.why}` };
    }
  }

  #about(id: string): {
    action_type?: string;
    target: string;
    parameters: Json;
    approval_status: string;
    approved_by: string;
  } {
    const known = this.#actions.get(id);
    if (known === undefined) return { target: id, parameters: {}, approval_status: '', approved_by: '' };
    const { envelope, status, by } = known;
    return {
      action_type: actionName(envelope),
      target: id,
      parameters: envelope.arguments,
      approval_status: status,
      approved_by: by,
    };
  }
}

type Plain = { action_type: string; target: string; actor?: string; parameters?: Json; result: string };

function plain(
  body: Exclude<LedgerRecord, { id: string } | { kind: 'PROPOSED' | 'CLOSED' | 'FILED' | 'REFUSED' }>,
): Plain {
  switch (body.kind) {
    case 'OPENED':
      return { action_type: 'ledger', target: body.vault, result: `opened by Steward ${body.version}` };
    case 'PINNED':
      return {
        action_type: 'pin',
        target: body.server,
        parameters: { ...body.definitions },
        result: 'tool definitions pinned',
      };
    case 'ASKED':
      return { action_type: 'question', target: body.asked.id, result: `asked: ${body.asked.title}` };
    case 'ANSWERED':
      return { action_type: 'question', target: body.question, actor: 'person', result: `answered: ${body.answer}` };
    case 'QUARANTINED':
      return { action_type: 'quarantine', target: body.path, result: `set aside: ${body.why}` };
    case 'STOPPED':
      return { action_type: 'stop', target: '', actor: body.by, result: `stopped: ${body.why}` };
    case 'RESUMED':
      return { action_type: 'stop', target: '', actor: body.by, result: 'resumed' };
    case 'PAUSED':
      return { action_type: 'pause', target: body.channel, actor: body.by, result: `paused: ${body.why}` };
    case 'UNPAUSED':
      return { action_type: 'pause', target: body.channel, actor: body.by, result: 'goes on' };
    case 'POLICY':
      return { action_type: 'policy', target: body.sha256, actor: body.by, result: 'holds from here on' };
    case 'KEYS':
      return {
        ...{ action_type: 'keys', target: body.fingerprints.join(', '), actor: body.by },
        result: `${body.change}; signed decisions count from ${body.keys.length} keys`,
      };
    case 'READ':
      return { action_type: body.action, target: body.task, result: `read: ${body.sha256}` };
  }
}
