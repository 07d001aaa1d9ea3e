import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { renderApproval } from '../../core/approval-note.ts';
import type { Brain } from '../../core/brain.ts';
import { readEnvironment } from '../../core/config.ts';
import { Json, sha256 } from '../../core/digest.ts';
import { type Envelope, envelopeDigest } from '../../core/envelope.ts';
import { Journal, JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { createLog } from '../../core/log.ts';
import { type OpenVault, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { quarantine } from '../../core/quarantine.ts';
import type { Seen } from '../../core/seen.ts';
import { Settle } from '../../core/settle.ts';
import { Spool } from '../../core/spool.ts';
import { Vault } from '../../core/vault.ts';
import { Book } from '../../orchestrator/execute/book.ts';
import { Planner } from '../../orchestrator/planner.ts';
import { renderReceipt } from '../../orchestrator/report/receipt-note.ts';
import { renderStop } from '../../orchestrator/report/stop-note.ts';
import { LedgerView } from '../../orchestrator/think/ledger-view.ts';
import { SpendJournal } from '../../orchestrator/think/spending.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { makeVault } from '../../scripts/commands/init.ts';
import { dropNote } from '../../watchers/filesystem/drop-note.ts';
import { envelopeWith } from './any-envelope.ts';
import { TempFolder } from './temp.ts';

// The person’s clock, wherever the tests run.
process.env.TZ = 'Europe/Berlin';
const at = (day: number, hour: number, minute = 0): Date => new Date(2026, 10, day, hour, minute);
const NOW = at(21, 8, 7);
const PERSON = { kind: 'person' } as const;
const CONTACTS = { kind: 'contacts', note: 'Anna' } as const;
const usage = { model: 'claude-sonnet-5-5', input_tokens: 1200, output_tokens: 300 };

/** Never asked: every task of this day waits for something. */
const silent: Brain = {
  name: 'claude',
  label: 'Claude',
  next: () => Promise.resolve({ ok: false, failure: { kind: 'retryable', message: 'It is not asked.' } }),
};

/** The actions of the day: what is asked, held, over a cap, done and failed. */
const invoice = envelopeWith({
  ...{ id: 'file-2718bb805f10-a1', task: 'file-2718bb805f10', task_note: 'invoice-2718bb805f10' },
  ...{ plan_note: 'invoice-2718bb805f10-plan', note: 'invoice-2718bb805f10-approval-1' },
  arguments: { from: 'Inbox/invoice.pdf', to: 'Accounting/2026/2026-11-03 invoice.pdf' },
  origins: { from: { kind: 'dropped', path: 'Inbox/invoice.pdf' }, to: { kind: 'dropped', path: 'Inbox/invoice.pdf' } },
  reasons: ['The rule “moving files” of your policy asks.'],
  created: at(20, 17, 30).toISOString(),
  expires: at(27, 17, 30).toISOString(),
});
const mail = (part: Partial<Envelope>): Envelope =>
  envelopeWith({
    ...{ server: 'email', tool: 'send', account: 'you@example.com', attachments: [], brain: 'claude' },
    origins: { to: CONTACTS, subject: PERSON, text: { kind: 'model' } },
    created: at(21, 8).toISOString(),
    expires: at(28, 8).toISOString(),
    ...part,
  });
const held = mail({
  ...{ id: 'note-c6ad0dc622ab-a1', task: 'note-c6ad0dc622ab', task_note: 'Tell Anna when I come' },
  ...{ plan_note: 'tell-anna-when-i-come-c6ad0dc622ab-plan', note: 'tell-anna-when-i-come-c6ad0dc622ab-approval-1' },
  ...{ zone: 'yellow', reasons: ['The rule “mail to people you know” of your policy holds it.'] },
  title: 'Send “I come at six” to anna@example.com',
  arguments: { to: ['anna@example.com'], subject: 'I come at six', text: 'Hello Anna, I come at six. Best regards' },
});
const capped = mail({
  ...{ id: 'note-7be0c1f0a9d3-a1', task: 'note-7be0c1f0a9d3', task_note: 'Ask the bank' },
  ...{ plan_note: 'ask-the-bank-7be0c1f0a9d3-plan', note: 'ask-the-bank-7be0c1f0a9d3-approval-1' },
  title: 'Send “Question about a transfer” to service@bank.example',
  arguments: {
    to: ['service@bank.example'],
    subject: 'Question about a transfer',
    text: 'Hello,\n\nwhen will it arrive?',
  },
});
const summary = envelopeWith({
  ...{ id: 'note-1f5c9a0b77e2-a1', task: 'note-1f5c9a0b77e2', task_note: 'Sum up the meeting', tool: 'write' },
  ...{ plan_note: 'sum-up-the-meeting-1f5c9a0b77e2-plan', note: 'sum-up-the-meeting-1f5c9a0b77e2-approval-1' },
  ...{ zone: 'green', brain: 'claude', attachments: [], title: 'Write Documents/2026-11-20 meeting.md' },
  reasons: ['The rule “new notes that Steward writes for itself” of your policy allows it.'],
  arguments: { path: 'Documents/2026-11-20 meeting.md', text: '# Meeting\n\nAnna brings the numbers.' },
  origins: { path: { kind: 'model' }, text: { kind: 'model' } },
  created: at(20, 18).toISOString(),
  expires: at(27, 18).toISOString(),
});
const lost = mail({
  ...{ id: 'note-99d04cbb12aa-a1', task: 'note-99d04cbb12aa', task_note: 'Write to Ben' },
  ...{ plan_note: 'write-to-ben-99d04cbb12aa-plan', note: 'write-to-ben-99d04cbb12aa-approval-1' },
  title: 'Send “Lunch?” to ben@example.com',
  arguments: { to: ['ben@example.com'], subject: 'Lunch?', text: 'Hello Ben' },
});

type Moment = readonly [Date, LedgerRecord];
const proposed = (envelope: Envelope, when: Date): Moment => [
  when,
  { kind: 'PROPOSED', envelope, digest: envelopeDigest(envelope) },
];
const approved = (envelope: Envelope, when: Date, way: 'moved' | 'policy'): Moment => [
  when,
  {
    kind: 'APPROVED',
    id: envelope.id,
    digest: envelopeDigest(envelope),
    way,
    by: way === 'policy' ? 'Policies.md' : 'you',
    changed: [],
  },
];
const begun = (envelope: Envelope, when: Date): Moment => [
  when,
  { kind: 'INTENT', id: envelope.id, digest: envelopeDigest(envelope), attempt: 1 },
];
const closed = (of: Envelope, when: Date, verdict: 'done' | 'rejected' | 'failed', why: string): Moment => [
  when,
  { kind: 'CLOSED', task: of.task, title: of.task_note, verdict, why, notes: [`Plans/${of.plan_note}.md`] },
];

const LEDGER: readonly Moment[] = [
  [at(18, 9), { kind: 'OPENED', vault: '0123456789abcdef', version: '0.1.0' }],
  proposed(lost, at(20, 11)),
  approved(lost, at(20, 11, 5), 'moved'),
  begun(lost, at(20, 11, 5)),
  [
    at(20, 11, 6),
    { kind: 'NOT_SENT', id: lost.id, proof: '550 5.1.1 There is nobody called ben here.', fault: 'data' },
  ],
  closed(lost, at(20, 11, 7), 'failed', 'email.send failed: 550 5.1.1 There is nobody called ben here.'),
  proposed(invoice, at(20, 17, 30)),
  proposed(summary, at(20, 18)),
  approved(summary, at(20, 18), 'policy'),
  begun(summary, at(20, 18)),
  [
    at(20, 18),
    {
      ...{ kind: 'CONFIRMED', id: summary.id, how: 'answered' },
      receipt: { path: 'Documents/2026-11-20 meeting.md', sha256: sha256('meeting'), size: 36 },
    },
  ],
  closed(summary, at(20, 18, 1), 'done', 'The summary was written.'),
  proposed(capped, at(20, 19)),
  approved(capped, at(20, 19, 1), 'moved'),
  [
    at(20, 19, 1),
    {
      ...{ kind: 'CAPPED', id: capped.id, until: at(22, 0).toISOString() },
      why: 'The cap “mail” lets 20 through in a day, and 20 were sent today.',
    },
  ],
  closed(
    envelopeWith({ task: 'file-aa51d0c3b2e9', task_note: 'boots.jpg', plan_note: 'boots-aa51d0c3b2e9-plan' }),
    at(21, 6, 30),
    'rejected',
    'You said no.',
  ),
  closed(
    envelopeWith({
      task: 'file-5503d9f1c8e4',
      task_note: 'receipt taxi.pdf',
      plan_note: 'receipt-taxi-5503d9f1c8e4-plan',
    }),
    at(21, 7, 45),
    'done',
    'It was filed.',
  ),
  proposed(held, at(21, 8)),
  [at(21, 8), { kind: 'HELD', id: held.id, until: at(21, 8, 30).toISOString() }],
];

const drop: Seen = {
  ...{ kind: 'seen', source: 'filesystem', task: invoice.task, note: invoice.task_note, title: 'invoice.pdf' },
  origin: { kind: 'dropped', path: 'Inbox/invoice.pdf' },
  file: {
    ...{ path: 'Inbox/invoice.pdf', name: 'invoice.pdf', sha256: 'b'.repeat(64), size: 12_345 },
    modified: at(20, 17, 29).toISOString(),
  },
  instance: '1',
};

/** A vault on one fixed morning, in which every kind of note stands that Steward writes. */
export class GoldenDay {
  readonly #base = new TempFolder();
  readonly root = path.join(this.#base.path, 'vault');
  readonly #opened: OpenVault;
  #clock = NOW;
  readonly #now = (): Date => this.#clock;

  constructor() {
    const environment = readEnvironment({
      STEWARD_HOME: path.join(this.#base.path, 'state'),
      STEWARD_VAULT: this.root,
    });
    const made = makeVault(environment, false);
    const opened = made.ok ? openVault(environment) : made;
    if (!opened.ok) throw new Error(sentence(opened.failure));
    this.#opened = opened.value;
  }

  /** Has everything that stands in the vault on that morning written by what writes it. */
  async write(): Promise<void> {
    const { state, config } = this.#opened;
    const vault = new Vault(this.root, 'planner');
    this.#ledger();
    this.#tasks();
    this.#spending();
    writeFileSync(path.join(this.root, 'Needs_Action', 'Broken.md'), '---\na: [1\n---\nText\n');
    quarantine(
      vault,
      'Needs_Action/Broken.md',
      'The properties cannot be read: line 2: a list is not closed.',
      'Mend the note and move it back into `Needs_Action`.',
      NOW,
    );
    const planner = new Planner(
      {
        ...{ vault, state, config, log: createLog(() => undefined, {}), now: this.#now, settle: new Settle() },
        ...{ brain: silent, ledger: new LedgerView(state.ledger), signal: new AbortController().signal },
        executor: new Spool(state.executorSpool, state.tmp),
      },
      new Spool(state.plannerSpool, state.tmp),
    );
    while ((await planner.sweep()).moved);
  }

  #ledger(): void {
    const { state } = this.#opened;
    const journal = Journal.open(state.ledger, state.tmp, LedgerRecord.and(Json), this.#now, () => undefined);
    for (const [when, body] of LEDGER) {
      this.#clock = when;
      journal.appendNow(LedgerRecord.and(Json).parse(body));
    }
    journal.close();
    this.#clock = NOW;
  }

  #tasks(): void {
    const call = (id: string, tool: string, input: Record<string, string>) => ({ id, tool, input });
    const turn = (calls: readonly ReturnType<typeof call>[]) => ({ say: '', calls: [...calls], usage });
    const begin = (of: Envelope, when: Date, text: string): TaskJournal => {
      this.#clock = when;
      const stem = of.plan_note.replace(/-plan$/, '');
      const own = text !== '';
      const note = `Needs_Action/${of.task_note}.md`;
      const bytes = own ? text : dropNote(drop, when);
      new Vault(this.root, 'planner').create(note, bytes);
      const task = TaskJournal.open(this.#opened.state, of.task, this.#now, {
        ...{ kind: 'TAKEN', id: of.task, stem, title: own ? of.task_note : drop.title, note, own },
        ...{ sha256: sha256(bytes), source: own ? 'person' : 'filesystem', origin: own ? PERSON : drop.origin },
        ...(own || drop.file === undefined ? {} : { file: drop.file }),
      });
      if (task === undefined) throw new Error('no task');
      return task;
    };
    const propose = (of: Envelope, when: Date, text: string, brain: string, say: string, step: string): void => {
      const task = begin(of, when, text);
      const plan = { id: 'c1', tool: 'plan_update', input: { summary: say, steps: [{ text: step, action: 1 }] } };
      task.record({ kind: 'TURN', brain, turn: { ...turn([]), calls: [plan, call('c2', 'propose', {})] } });
      task.record({ kind: 'RESULT', result: { call: 'c1', ok: true, text: 'written' } });
      task.record({ kind: 'PROPOSED', call: 'c2', action: of.id, note: of.note });
    };
    const [file, letter] = ['An invoice or receipt was dropped. (rule: file-invoice)', 'You asked to mail somebody.'];
    propose(invoice, at(20, 17, 30), '', 'rulebook', file, 'Move it to Accounting/2026');
    propose(held, at(21, 7, 59), 'Tell Anna that I come at six.\n', 'claude', letter, 'Send the mail to Anna');
    propose(capped, at(20, 19), 'Ask the bank when my transfer arrives.\n', 'claude', letter, 'Send the mail');
    const plants = begin(
      envelopeWith({
        task: 'note-d8a92c31f06e',
        task_note: 'Water the plants',
        plan_note: 'water-the-plants-d8a92c31f06e-plan',
      }),
      at(21, 7, 20),
      'Water the plants on Friday.\n',
    );
    plants.record({
      kind: 'TURN',
      brain: 'rulebook',
      turn: turn([call('c1', 'ask_person', { question: 'What shall I do about this?' })]),
    });
    plants.record({
      ...{
        kind: 'ASKED',
        call: 'c1',
        question: 'note-d8a92c31f06e-q1',
        note: 'water-the-plants-d8a92c31f06e-question-1',
      },
      ...{ title: 'What shall I do about this?', context: 'No rule in Skills fits this.' },
      choices: ['I did it myself', 'Drop it'],
    });
    const offers = begin(
      envelopeWith({
        task: 'note-30c7e5b4d211',
        task_note: 'Compare the offers',
        plan_note: 'compare-the-offers-30c7e5b4d211-plan',
      }),
      at(21, 7, 55),
      'Compare the three offers in Documents.\n',
    );
    const steps = [{ text: 'Read the three offers', done: true }, { text: 'Write down what they cost' }];
    const plan = { id: 'c1', tool: 'plan_update', input: { summary: 'I compare price and delivery.', steps } };
    offers.record({ kind: 'TURN', brain: 'claude', turn: { ...turn([]), calls: [plan] } });
    offers.record({ kind: 'RESULT', result: { call: 'c1', ok: true, text: 'written' } });
    offers.record({
      ...{ kind: 'BRAIN_DOWN', why: 'The Claude API is overloaded (529).' },
      next: at(21, 8, 9).toISOString(),
    });
    this.#clock = NOW;
  }

  #spending(): void {
    const { state } = this.#opened;
    const journal = new SpendJournal(state.spending, state.tmp, this.#now);
    for (const [id, when] of [
      ['s1', at(20, 18)],
      ['s2', at(21, 7, 56)],
    ] as const) {
      this.#clock = when;
      journal.record({ kind: 'RESERVED', id, task: held.task, brain: 'claude', tokens: 20_000, money: 0.1 });
      journal.record({ kind: 'SPENT', id, usage, tokens: 1500, money: 0.0081, priced: true });
    }
    journal.close();
    this.#clock = NOW;
  }

  /** Each kind of note, by the name of its golden file. */
  notes(): ReadonlyMap<string, string> {
    const read = (file: string): string => readFileSync(path.join(this.root, file), 'utf8');
    const book = new Book();
    for (const record of new JournalReader(this.#opened.state.ledger, LedgerRecord).next()) book.apply(record);
    const receipt = (of: Envelope): string => {
      const action = book.actions.get(of.id);
      if (action === undefined) throw new Error(`no action ${of.id}`);
      return renderReceipt(action);
    };
    const only = (folder: string, end: string): string => {
      const [found] = readdirSync(path.join(this.root, folder)).filter(name => name.endsWith(end));
      if (found === undefined) throw new Error(`nothing in ${folder} ends in ${end}`);
      return read(`${folder}/${found}`);
    };
    const until = at(21, 8, 30).toISOString();
    const waits = {
      why: 'The cap “mail” lets 20 through in a day, and 20 were sent today.',
      until: at(22, 0).toISOString(),
    };
    return new Map([
      ['task.md', read(`In_Progress/local/${invoice.task_note}.md`)],
      ['plan.md', read(`Plans/${invoice.plan_note}.md`)],
      ['plan-in-work.md', read('Plans/compare-the-offers-30c7e5b4d211-plan.md')],
      ['approval-red.md', renderApproval(invoice)],
      ['approval-yellow.md', renderApproval(held, { until })],
      ['approval-green.md', renderApproval(summary)],
      ['approval-over-a-cap.md', renderApproval(capped, { waits })],
      ['question.md', only('Questions', '-question-1.md')],
      ['receipt.md', receipt(summary)],
      ['failure.md', receipt(lost)],
      ['digest.md', read('Briefings/2026-11-21 morning.md')],
      ['dashboard.md', read('Dashboard.md')],
      ['quarantine.md', only('Quarantine', '.why.md')],
      ['stop.md', renderStop({ why: 'Until I am back.', by: 'you' }, NOW)],
      [
        'stop-by-itself.md',
        renderStop(
          { why: 'More than $50 were spent today.', by: 'steward', mend: 'Look in Logs at what was paid.' },
          NOW,
        ),
      ],
    ]);
  }

  [Symbol.dispose](): void {
    this.#base[Symbol.dispose]();
  }
}
