import { canonicalJson, sha256 } from '../../core/digest.ts';
import { type Envelope, envelopeDigest } from '../../core/envelope.ts';
import type { Recorded } from '../../core/journal.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { messageOf } from '../../core/outcome.ts';
import { isSettled, type Verdict, verdictOf } from '../../core/states.ts';
import { type Action, Book } from '../execute/book.ts';

type Of<Kind extends LedgerRecord['kind']> = Extract<LedgerRecord, { kind: Kind }>;

/** What follows anew from values that a person changed; all else of an envelope stays. */
const DERIVED: ReadonlySet<string> = new Set([
  ...(['arguments', 'attachments', 'title', 'account', 'definition', 'origins'] as const),
  ...(['policy', 'zone', 'reasons', 'signature', 'reach'] as const),
]);
/** Milliseconds within which an effect that was on its way may still be begun once everything is stopped. */
const GRACE = 2000;
const WORST: readonly Verdict[] = ['done', 'rejected', 'failed'];

/**
 * Says of each record whether Steward can have written it where it stands: a chain can be forged by whoever holds the
 * file, and what a forger adds still has to make sense. The rules are those of the executor.
 */
export class Meaning {
  readonly book = new Book();
  /** The vault that the ledger belongs to, by its id; undefined where that is not known. */
  readonly #vault: string | undefined;
  readonly #asked = new Set<string>();
  #stoppedAt: number | undefined;

  constructor(vault?: string) {
    this.#vault = vault;
  }

  /** What cannot be true about the next record, as clauses. */
  take(record: Recorded<LedgerRecord>): readonly string[] {
    const found = this.#look(record);
    try {
      this.book.apply(record);
    } catch (error) {
      found.push(messageOf(error));
    }
    return found;
  }

  #look({ seq, at, body }: Recorded<LedgerRecord>): string[] {
    const action = 'id' in body ? this.book.actions.get(body.id) : undefined;
    switch (body.kind) {
      case 'OPENED':
        return [
          ...said(seq !== 1, 'a ledger is opened once, by its first record'),
          ...said(
            this.#vault !== undefined && body.vault !== this.#vault,
            `it belongs to another vault, ${body.vault}`,
          ),
        ];
      case 'PROPOSED':
        return said(body.digest !== envelopeDigest(body.envelope), 'its digest is not that of its envelope');
      case 'APPROVED':
        return action === undefined ? [] : approval(body, action);
      case 'INTENT':
        return [
          ...said(action !== undefined && body.digest !== action.digest, 'what was begun is not what was approved'),
          ...said(action !== undefined && body.attempt !== action.attempts + 1, `it is no try ${body.attempt}`),
          ...said(this.#isStopped(at), 'it was begun while everything was stopped'),
        ];
      case 'ASKED':
        this.#asked.add(body.asked.id);
        return [];
      case 'ANSWERED':
        return said(!this.#asked.has(body.question), `nobody asked ${body.question}`);
      case 'CLOSED':
        return this.#closed(body);
      case 'FILED':
        return this.#filed(body.what);
      case 'POLICY':
        return said(body.sha256 !== sha256(body.text), 'its hash is not that of its text');
      case 'STOPPED':
        this.#stoppedAt = Date.parse(at);
        return [];
      case 'RESUMED':
        this.#stoppedAt = undefined;
        return [];
      default:
        return [];
    }
  }

  #isStopped(at: string): boolean {
    return this.#stoppedAt !== undefined && Date.parse(at) - this.#stoppedAt > GRACE;
  }

  /** A task ends as its worst action did, and what was intended can only make it worse. */
  #closed(body: Of<'CLOSED'>): string[] {
    const states = this.book.statesOf(body.task);
    if (this.book.actionsOf(body.task).some(({ state }) => !isSettled(state))) return ['an action of it is still open'];
    const best = verdictOf(states, 'done');
    return said(WORST.indexOf(body.verdict) < WORST.indexOf(best), `it is called ${body.verdict}, and ended ${best}`);
  }

  #filed(what: string): string[] {
    const action = this.book.actions.get(what);
    if (action !== undefined) return said(!isSettled(action.state), `${what} is not settled`);
    return said(!this.book.closing.has(what), `${what} was not closed`);
  }
}

const said = (isWrong: boolean, why: string): string[] => (isWrong ? [why] : []);
const same = (one: unknown, two: unknown): boolean => sameJson(one) === sameJson(two);
const sameJson = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value));

/** An approval is for exactly what was proposed, or for that with the named values changed; policy’s only by its zones. */
function approval(body: Of<'APPROVED'>, action: Action): string[] {
  const { proposed, state } = action;
  const envelope = body.envelope ?? proposed;
  const isPolicy = body.way === 'policy';
  return [
    ...said(body.digest !== envelopeDigest(envelope), 'its digest is not that of what was approved'),
    ...(body.envelope === undefined
      ? said(body.changed.length > 0, 'it says that values were changed, and does not hold them')
      : changes(proposed, body.envelope, body.changed)),
    ...said(isPolicy && envelope.zone === 'red', 'policy approved what it says a person must be asked for'),
    ...said(isPolicy && envelope.zone === 'yellow' && state !== 'held', 'policy approved it without holding it first'),
    ...said(isPolicy && body.changed.length > 0, 'only a person changes values'),
    ...said(body.way === 'signed' && body.signature === undefined, 'it is called signed, and has no signature'),
    ...said(envelope.signature === 'required' && body.signature === undefined, 'it needed a signature and has none'),
  ];
}

function changes(before: Envelope, after: Envelope, named: readonly string[]): string[] {
  const one: Readonly<Record<string, unknown>> = before;
  const two: Readonly<Record<string, unknown>> = after;
  const parts = Object.keys({ ...one, ...two }).filter(key => !DERIVED.has(key) && !same(one[key], two[key]));
  const values = Object.keys({ ...before.arguments, ...after.arguments }).filter(
    name => canonicalJson(before.arguments[name] ?? null) !== canonicalJson(after.arguments[name] ?? null),
  );
  const secret = values.filter(name => !named.includes(name));
  const origins = Object.keys(after.origins).filter(
    name => !values.includes(name) && !same(before.origins[name], after.origins[name]),
  );
  return [
    ...said(parts.length > 0, `its ${parts.join(' and ')} changed with it`),
    ...said(secret.length > 0, `the value ${secret.join(' and ')} changed, and that is not said`),
    ...said(origins.length > 0, `the origin of ${origins.join(' and ')} changed, and its value did not`),
  ];
}
