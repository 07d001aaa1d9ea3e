import type { Json } from '../../core/digest.ts';
import { actionName, type Envelope, type Origin } from '../../core/envelope.ts';
import { JournalReader, type Recorded } from '../../core/journal.ts';
import { type ActionRecord, isActionRecord, LedgerRecord } from '../../core/ledger-record.ts';
import { routingNames, UNTOLD } from '../../core/reach.ts';
import { type ActionState, nextActionState, type Verdict } from '../../core/states.ts';
import { Chronicle } from '../schedule/chronicle.ts';

/** What the planner knows of an action, from the ledger that it only reads. */
export type ActionView = {
  readonly id: string;
  readonly task: string;
  readonly server: string;
  readonly title: string;
  readonly note: string;
  /** The node that does it; undefined where it never became an action. */
  readonly node: string | undefined;
  /** What a decision on it is about: the digest of its envelope; empty where it was refused. */
  digest: string;
  /** The envelope of what policy holds, so that it can be shown whole. */
  held: Envelope | undefined;
  /** Whether policy wants the decision signed. */
  readonly isSigned: boolean;
  state: ActionState | 'refused';
  /** Why it failed, was rejected or refused; the proof where it was done. */
  text: string;
  /** The action that replaced it, when it had lapsed and was asked again. */
  next: string | undefined;
  readonly since: string;
  /** When something happens to it by itself: it lapses, or it is tried again. */
  due: string | undefined;
  /** Whether the person let a lapsed approval go. */
  released: boolean;
  /** The digests of the files that it touches. */
  readonly files: readonly string[];
  /** What was read from outside: the envelope that says so, and then the text with its origin. */
  reading: Envelope | undefined;
  fetched: { readonly text: string; readonly origin: Origin } | undefined;
};

/** What an approved reading brought, and from where: the address that it went to, else the tool that went there. */
function fetched(envelope: Envelope, receipt: Readonly<Record<string, Json>>): ActionView['fetched'] {
  if (typeof receipt.text !== 'string') return undefined;
  const urls = routingNames(envelope.reach ?? UNTOLD, Object.keys(envelope.arguments)).flatMap(name => {
    const value = envelope.arguments[name];
    return typeof value === 'string' && /^https?:\/\//i.test(value) ? [value] : [];
  });
  const [url] = urls;
  const origin: Origin = url === undefined ? { kind: 'incoming', source: actionName(envelope) } : { kind: 'web', url };
  return { text: receipt.text, origin };
}

/** Follows the ledger for the tasks that are open. */
export class LedgerView {
  readonly actions = new Map<string, ActionView>();
  readonly closed = new Map<string, Verdict>();
  /** What has been filed: tasks whose notes stand in their last place. */
  readonly filed = new Set<string>();
  readonly questions = new Map<
    string,
    {
      readonly id: string;
      readonly note: string;
      readonly title: string;
      readonly choices: readonly string[];
      readonly at: string;
    }
  >();
  readonly recent: { readonly at: string; readonly title: string; readonly verdict: Verdict }[] = [];
  readonly chronicle = new Chronicle();
  stopped: string | undefined;
  /** Action servers at which nothing is begun. */
  readonly paused = new Map<string, { readonly why: string; readonly at: string }>();
  /** What the person said no to, by the digest of the file that it was about. */
  readonly rejections = new Map<string, { readonly at: string; readonly title: string; readonly reason: string }>();
  readonly #byTask = new Map<string, readonly ActionView[]>();
  /** What the last look found new. */
  news: readonly Recorded<LedgerRecord>[] = [];
  readonly #reader: JournalReader<LedgerRecord>;

  constructor(file: string) {
    this.#reader = new JournalReader(file, LedgerRecord);
  }

  /** Takes in what is new. True where something was. */
  refresh(): boolean {
    this.news = this.#reader.next();
    for (const { body, at } of this.news) this.#apply(body, at);
    return this.news.length > 0;
  }

  /** Forgets what ended, but for the tasks that are still open here. */
  forgetAllBut(open: ReadonlyMap<string, unknown>): void {
    for (const id of this.closed.keys()) if (!open.has(id)) this.closed.delete(id);
    for (const id of this.filed) if (!open.has(id)) this.filed.delete(id);
  }

  actionsOf(task: string): readonly ActionView[] {
    return this.#byTask.get(task) ?? [];
  }

  #add(action: ActionView): void {
    this.actions.set(action.id, action);
    this.#byTask.set(action.task, [...this.actionsOf(action.task), action]);
  }

  #apply(body: LedgerRecord, at: string): void {
    this.chronicle.apply(body, at);
    if (isActionRecord(body)) {
      this.#move(body, at);
      return;
    }
    switch (body.kind) {
      case 'PROPOSED': {
        const { id, task, server, title, note, node, expires, attachments } = body.envelope;
        const files = attachments.map(({ sha256 }) => sha256);
        this.#add({
          id,
          task,
          server,
          title,
          note,
          node,
          digest: body.digest,
          held: body.envelope.zone === 'yellow' ? body.envelope : undefined,
          isSigned: body.envelope.signature === 'required',
          state: 'proposed',
          text: '',
          next: undefined,
          since: at,
          due: expires,
          released: false,
          files,
          reading: body.envelope.reach?.does === 'read' ? body.envelope : undefined,
          fetched: undefined,
        });
        return;
      }
      case 'REFUSED':
        this.#add({
          id: body.id,
          task: body.task,
          server: body.action.split('.')[0] ?? '',
          title: body.action,
          note: '',
          node: undefined,
          digest: '',
          held: undefined,
          isSigned: false,
          state: 'refused',
          text: body.why,
          next: undefined,
          since: at,
          due: undefined,
          released: false,
          files: [],
          reading: undefined,
          fetched: undefined,
        });
        return;
      case 'ASKED':
        this.questions.set(body.asked.id, { ...body.asked, at });
        return;
      case 'ANSWERED': {
        this.questions.delete(body.question);
        const about = this.actions.get(body.about);
        if (about?.state === 'expired') about.released = true;
        return;
      }
      case 'CLOSED':
        this.closed.set(body.task, body.verdict);
        for (const action of this.actionsOf(body.task)) this.actions.delete(action.id);
        this.#byTask.delete(body.task);
        this.recent.push({ at, title: body.title, verdict: body.verdict });
        if (this.recent.length > 50) this.recent.shift();
        return;
      case 'FILED':
        this.filed.add(body.what);
        return;
      case 'STOPPED':
        this.stopped = body.why;
        return;
      case 'RESUMED':
        this.stopped = undefined;
        return;
      case 'PAUSED':
        this.paused.set(body.channel, { why: body.why, at });
        return;
      case 'UNPAUSED':
        this.paused.delete(body.channel);
        return;
      default:
        return;
    }
  }

  #move(body: ActionRecord, at: string): void {
    const action = this.actions.get(body.id);
    if (action === undefined || action.state === 'refused') return;
    action.state = nextActionState(action.state, body.kind) ?? action.state;
    action.due = body.kind === 'NOT_SENT_RETRY' ? body.next : 'until' in body ? body.until : undefined;
    switch (body.kind) {
      case 'REJECTED':
        action.text = body.reason;
        for (const file of action.files) this.rejections.set(file, { at, title: action.title, reason: body.reason });
        return;
      case 'NOT_SENT':
      case 'NOT_SENT_RETRY':
        action.text = body.proof;
        return;
      case 'UNKNOWN':
      case 'CAPPED':
        action.text = body.why;
        return;
      case 'CONFIRMED':
        action.text = JSON.stringify(body.receipt);
        if (action.reading !== undefined) action.fetched = fetched(action.reading, body.receipt);
        return;
      case 'APPROVED':
        action.digest = body.digest;
        if (body.envelope !== undefined && action.held !== undefined) action.held = body.envelope;
        if (action.reading !== undefined) action.reading = body.envelope ?? action.reading;
        return;
      case 'SUPERSEDED':
        action.text = body.why;
        action.next = body.by;
        return;
      default:
        return;
    }
  }
}
