import { actionName, type Envelope } from '../../core/envelope.ts';
import type { Recorded } from '../../core/journal.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { minuteOf } from '../../core/names.ts';
import { type ActionState, isSettled, nextActionState } from '../../core/states.ts';

/** What Steward decided by itself, by how it decided. */
export const KINDS = ['green', 'yellow', 'refused', 'held', 'capped', 'lapsed', 'withdrawn', 'brakes'] as const;
export type Kind = (typeof KINDS)[number];

/** One decision that no person made. */
export type Decided = {
  readonly kind: Kind;
  readonly at: string;
  readonly id: string;
  readonly action: string;
  readonly title: string;
  /** Why: the rule and the reasons of policy, the cap, the fault. */
  readonly why: readonly string[];
  /** What became of it, as the ledger has it now; empty where it is no action. */
  readonly state: ActionState | '';
};

type Known = { envelope: Envelope; state: ActionState; by: Decided | undefined; waits: { at: string; why: string } };

/**
 * Goes through the ledger and keeps what nobody but Steward decided since a moment: let through by policy at once
 * (green) or after a hold (yellow), refused, lapsed, taken back, stopped; and what is held or over a cap now. What
 * ended before that moment is forgotten as it goes.
 */
export class Review {
  readonly #since: string;
  readonly #open = new Map<string, Known>();
  readonly #found: (Decided & { readonly known?: Known })[] = [];
  /** What a person decided in that time, for the total. */
  decided = 0;

  /** `since` in ISO 8601, UTC. */
  constructor(since: string) {
    this.#since = since;
  }

  take({ at, body }: Recorded<LedgerRecord>): void {
    const isNew = at >= this.#since;
    if (body.kind === 'PROPOSED') {
      const { envelope } = body;
      this.#open.set(envelope.id, { envelope, state: 'proposed', by: undefined, waits: { at, why: '' } });
    } else if (body.kind === 'FILED') this.#open.delete(body.what);
    else if (body.kind === 'REFUSED') {
      if (isNew) this.#add('refused', at, { ...body, title: body.action, why: [body.why] });
    } else if ('id' in body) this.#move(body, at, isNew);
    else if (isNew) this.#brake(body, at);
  }

  #move(body: Exclude<Extract<LedgerRecord, { id: string }>, { kind: 'REFUSED' }>, at: string, isNew: boolean): void {
    const known = this.#open.get(body.id);
    if (known === undefined) return;
    const isHeld = known.state === 'held';
    known.state = nextActionState(known.state, body.kind) ?? known.state;
    if (body.kind === 'APPROVED' && body.envelope !== undefined) known.envelope = body.envelope;
    if (body.kind === 'HELD') known.waits = { at, why: `until ${minuteOf(body.until)}` };
    if (body.kind === 'CAPPED') known.waits = { at, why: `${body.why} Until ${minuteOf(body.until)}.` };
    if (!isNew) return;
    const { envelope } = known;
    const what = { id: body.id, action: actionName(envelope), title: envelope.title, known };
    if (body.kind === 'APPROVED' && body.way === 'policy')
      this.#add(isHeld ? 'yellow' : 'green', at, { ...what, why: envelope.reasons ?? [] });
    else if (body.kind === 'APPROVED' || body.kind === 'REJECTED') this.decided += 1;
    else if (body.kind === 'EXPIRED') this.#add('lapsed', at, { ...what, why: [] });
    else if (body.kind === 'SUPERSEDED') this.#add('withdrawn', at, { ...what, why: [body.why] });
  }

  #brake(body: LedgerRecord, at: string): void {
    const nothing = { id: '', action: '' };
    if (body.kind === 'STOPPED' && body.by === 'steward')
      this.#add('brakes', at, { ...nothing, title: 'Stopped everything', why: [body.why] });
    if (body.kind === 'PAUSED' && body.by === 'steward')
      this.#add('brakes', at, { ...nothing, title: `Paused ${body.channel}`, why: [body.why] });
    if (body.kind === 'UNPAUSED' && body.by === 'steward')
      this.#add('brakes', at, { ...nothing, title: `Let ${body.channel} go on`, why: [] });
  }

  #add(kind: Kind, at: string, what: Omit<Decided, 'kind' | 'at' | 'state'> & { known?: Known }): void {
    const { id, action, title, why, known } = what;
    this.#found.push({ kind, at, id, action, title, why, state: '', ...(known === undefined ? {} : { known }) });
  }

  /** Every decision in the order of time, with what became of it; what waits now comes last. */
  found(): readonly Decided[] {
    const past = this.#found.map(({ known, ...one }) => ({ ...one, state: known?.state ?? one.state }));
    const now = [...this.#open].flatMap(([id, { envelope, state, waits }]): Decided[] => {
      if (isSettled(state) || (state !== 'held' && state !== 'capped')) return [];
      const why = [...(state === 'held' ? (envelope.reasons ?? []) : []), waits.why];
      return [{ kind: state, at: waits.at, id, action: actionName(envelope), title: envelope.title, why, state }];
    });
    return [...past, ...now];
  }
}
