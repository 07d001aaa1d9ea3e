import { outOfTime } from '../../core/allowed-signers.ts';
import { canonicalJson, sha256 } from '../../core/digest.ts';
import { type Envelope, envelopeDigest } from '../../core/envelope.ts';
import type { Recorded } from '../../core/journal.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { messageOf } from '../../core/outcome.ts';
import { DECISION_NAMESPACE, decisionText, readSshSignature } from '../../core/signed-decision.ts';
import { isSettled, type Verdict, verdictOf } from '../../core/states.ts';
import { loosenings } from '../decide/policy/compare.ts';
import { FALLBACK } from '../decide/policy/fallback.ts';
import { parsePolicy } from '../decide/policy/parse.ts';
import { isOwn } from '../decide/policy-change.ts';
import { type Action, Book } from '../execute/book.ts';

type Of<Kind extends LedgerRecord['kind']> = Extract<LedgerRecord, { kind: Kind }>;

/** What follows anew from values that a person changed; all else of an envelope stays. */
const DERIVED: ReadonlySet<string> = new Set([
  ...(['arguments', 'attachments', 'title', 'account', 'definition', 'origins'] as const),
  ...(['policy', 'zone', 'reasons', 'signature', 'reach'] as const),
]);
/** Milliseconds within which an effect that was on its way may still be begun once everything is stopped. */
const GRACE = 2000;
/** Milliseconds by which the end of a hold that is on record may differ from the one that was counted down. */
const HELD_WITHIN = 60_000;
const WORST: readonly Verdict[] = ['done', 'rejected', 'failed'];

/** A signature on record, by a key that counted then; whether it is over this text is still to be found out. */
export type Claim = {
  readonly seq: number;
  readonly text: string;
  readonly armoured: string;
  readonly name: string;
  readonly type: string;
  readonly key: string;
};

/**
 * Says of each record whether Steward can have written it where it stands: a chain can be forged by whoever holds the
 * file, and what a forger adds still has to make sense. The rules are those of the executor.
 */
export class Meaning {
  readonly book = new Book();
  /** The vault that the ledger belongs to, by its id; undefined where that is not known. */
  #vault: string | undefined;
  /** What the signatures among the records say. */
  readonly claims: Claim[] = [];
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
      case 'OPENED': {
        const expected = this.#vault;
        this.#vault ??= body.vault;
        return [
          ...said(seq !== 1, 'a ledger is opened once, by its first record'),
          ...said(expected !== undefined && body.vault !== expected, `it belongs to another vault, ${body.vault}`),
        ];
      }
      case 'PROPOSED':
        return said(body.digest !== envelopeDigest(body.envelope), 'its digest is not that of its envelope');
      case 'APPROVED':
        if (action === undefined) return [];
        return [...approval(body, action, Date.parse(at)), ...this.#signature(seq, at, body, action, 'approved')];
      case 'REJECTED':
        return action === undefined ? [] : this.#signature(seq, at, body, action, 'rejected');
      case 'INTENT':
        return [
          ...said(action !== undefined && body.digest !== action.digest, 'what was begun is not what was approved'),
          ...said(action !== undefined && body.attempt !== action.attempts + 1, `it is no try ${body.attempt}`),
          ...said(this.#isStopped(at), 'it was begun while everything was stopped'),
          ...said(
            action !== undefined && Date.parse(at) - Date.parse(action.envelope.expires) > GRACE,
            'it was begun after its approval had lapsed',
          ),
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
        return [
          ...said(body.sha256 !== sha256(body.text), 'its hash is not that of its text'),
          ...said(!this.#mayHold(body), 'it allows more than the one before, and nobody approved that'),
        ];
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

  /** A looser policy holds only by way of its approved action; but for the first, which a vault comes with. */
  #mayHold({ text, sha256: hash, by }: Of<'POLICY'>): boolean {
    const before = this.book.policy;
    if (before === undefined && by === 'steward') return true;
    const [held, wanted] = [parsePolicy(before?.text ?? ''), parsePolicy(text)];
    // What cannot be understood has everything asked.
    if (!wanted.ok || loosenings(held.ok ? held.value : FALLBACK, wanted.value).length === 0) return true;
    return [...this.book.actions.values()].some(
      ({ envelope, state }) => isOwn(envelope) && state === 'executing' && envelope.arguments.sha256 === hash,
    );
  }

  /** Whether a decision that is called signed is by a key that counted then. */
  #signature(
    seq: number,
    at: string,
    { way, by, signature }: Of<'APPROVED' | 'REJECTED'>,
    { id, digest, proposed }: Action,
    decision: 'approved' | 'rejected',
  ): string[] {
    if (way !== 'signed' || signature === undefined) return [];
    const read = readSshSignature(signature);
    if (!read.ok) return ['its signature cannot be read'];
    const { armoured, key, namespace, isTouched } = read.value;
    const allowed = this.book.keys.find(({ name, blob }) => name === by && blob === key);
    if (allowed === undefined || outOfTime(allowed, new Date(at)) !== undefined)
      return [`it is signed by a key that did not count for ${by}`];
    if (namespace !== DECISION_NAMESPACE || !isTouched) return ['its signature was made for something else'];
    const vault = this.#vault ?? proposed.vault ?? '';
    const text = decisionText({ vault, action: id, decision, digest });
    this.claims.push({ seq, text, armoured, key, name: allowed.name, type: allowed.type });
    return [];
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
function approval(body: Of<'APPROVED'>, action: Action, at: number): string[] {
  const { proposed, state, held } = action;
  const envelope = body.envelope ?? proposed;
  const isPolicy = body.way === 'policy';
  return [
    ...said(body.digest !== envelopeDigest(envelope), 'its digest is not that of what was approved'),
    ...(body.envelope === undefined
      ? said(body.changed.length > 0, 'it says that values were changed, and does not hold them')
      : changes(proposed, body.envelope, body.changed)),
    ...said(isPolicy && envelope.zone === 'red', 'policy approved what it says a person must be asked for'),
    ...said(isPolicy && envelope.zone === 'yellow' && state !== 'held', 'policy approved it without holding it first'),
    ...said(
      isPolicy && held !== undefined && Date.parse(held.until) - at > HELD_WITHIN,
      'policy approved it before its hold was over',
    ),
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
