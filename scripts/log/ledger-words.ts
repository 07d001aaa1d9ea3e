import { terminalLine } from '../../core/inert.ts';
import { type ActionRecord, isActionRecord, type LedgerRecord } from '../../core/ledger-record.ts';
import { minuteOf } from '../../core/names.ts';

/** One record as a person reads it: a word for what happened, the id that commands take, and the rest in plain words. */
export type Told = {
  readonly word: string;
  readonly id: string;
  readonly text: string;
  /** The task that it is about; undefined where it is about everything. */
  readonly task: string | undefined;
};

/** Puts ledger records into words, one by one in their order: what an action is called is known from its proposal. */
export class LedgerWords {
  readonly #actions = new Map<string, { readonly title: string; readonly task: string }>();

  /** Undefined for what only Steward’s own housekeeping is. */
  tell(body: LedgerRecord): Told | undefined {
    const told = this.#tell(body);
    if (told === undefined) return undefined;
    return { ...told, id: terminalLine(told.id), text: terminalLine(told.text.replace(/\s+/g, ' ').trim()) };
  }

  #tell(body: LedgerRecord): Told | undefined {
    if (isActionRecord(body)) {
      const { title = '', task } = this.#actions.get(body.id) ?? {};
      const [word, more] = happened(body);
      return { word, id: body.id, text: more === '' ? title : `${title}${more}`, task };
    }
    const all = (word: string, text: string): Told => ({ word, id: '', text, task: undefined });
    switch (body.kind) {
      case 'PROPOSED': {
        const { id, title, task, zone } = body.envelope;
        this.#actions.set(id, { title, task });
        return { word: zone === 'red' ? 'asks' : 'proposes', id, text: title, task };
      }
      case 'REFUSED':
        return { word: 'refused', id: body.id, text: `${body.action}: ${body.why}`, task: body.task };
      case 'ASKED':
        return { word: 'question', id: body.asked.id, text: body.asked.title, task: body.asked.task };
      case 'ANSWERED': {
        const task = this.#actions.get(body.about)?.task ?? body.about;
        return { word: 'answered', id: body.question, text: body.answer, task };
      }
      case 'CLOSED':
        return { word: 'ended', id: body.task, text: `${body.title}: ${body.verdict}. ${body.why}`, task: body.task };
      case 'READ':
        return { word: 'read', id: body.task, text: body.action, task: body.task };
      case 'FILED':
        this.#actions.delete(body.what);
        return undefined;
      case 'PINNED':
        return undefined;
      case 'OPENED':
        return all('began', `a ledger, by Steward ${body.version}`);
      case 'QUARANTINED':
        return all('set aside', `${body.path}: ${body.why}`);
      case 'STOPPED':
        return all('STOPPED', `everything, by ${body.by}: ${body.why}`);
      case 'RESUMED':
        return all('resumed', `everything, by ${body.by}`);
      case 'PAUSED':
        return all('paused', `${body.channel}, by ${body.by}: ${body.why}`);
      case 'UNPAUSED':
        return all('resumed', `${body.channel}, by ${body.by}`);
      case 'POLICY':
        return all('policy', `Policies.md holds as it was put on record, by ${body.by}`);
      case 'KEYS':
        return all('keys', `${body.fingerprints.join(', ')} ${body.change}, by ${body.by}`);
    }
  }
}

/** The word for what happened to an action, and what is said behind its title. */
function happened(body: ActionRecord): readonly [string, string] {
  switch (body.kind) {
    case 'APPROVED': {
      const changed = body.changed.length === 0 ? '' : `, with ${body.changed.join(' and ')} changed`;
      return body.way === 'policy' ? ['allowed', ` (by ${body.by})`] : ['approved', ` (by ${body.by}${changed})`];
    }
    case 'REJECTED':
      return ['rejected', ` (by ${body.by}${body.reason === '' ? '' : `: ${body.reason}`})`];
    case 'WANTED':
      return ['wanted', `: ${body.why}`];
    case 'HELD':
      return ['holds', `, until ${minuteOf(body.until)}`];
    case 'CAPPED':
      return ['waits', `: ${body.why}`];
    case 'EXPIRED':
      return ['lapsed', ''];
    case 'SUPERSEDED':
      return ['replaced', `${body.by === undefined ? '' : ` by ${body.by}`}: ${body.why}`];
    case 'INTENT':
      return ['does', body.attempt === 1 ? '' : ` (try ${body.attempt})`];
    case 'CONFIRMED':
      return ['done', ''];
    case 'NOT_SENT_RETRY':
      return ['not yet', `: ${body.proof}`];
    case 'NOT_SENT':
      return ['failed', `: ${body.proof}`];
    case 'UNKNOWN':
      return ['unknown', `: ${body.why}`];
  }
}
