import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Json } from '../../core/digest.ts';
import { type Envelope, envelopeDigest } from '../../core/envelope.ts';
import { GENESIS, type Link, writeRecord } from '../../core/journal-record.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { createLog } from '../../core/log.ts';
import { Vault } from '../../core/vault.ts';
import { type Answer, checkRecords, type Question } from '../../orchestrator/report/check-records.ts';
import { LogWriter } from '../../orchestrator/report/log-writer.ts';
import { TempFolder } from './temp.ts';

export const VAULT_ID = '0123456789abcdef';

/** An envelope of a task, with everything that the executor would have filled in. */
export function envelopeOf(task: string, number = 1, more: Partial<Envelope> = {}): Envelope {
  const name = `paper-${task.slice(5, 13)}`;
  return {
    ...{ format: 1, id: `${task}-a${number}`, task, task_note: name, plan_note: `${name}-plan` },
    ...{ note: `${name}-approval-${number}`, server: 'files', tool: 'move', definition: 'd'.repeat(64), account: '' },
    arguments: { from: `Inbox/${name}.pdf`, to: `Accounting/${name}.pdf` },
    attachments: [],
    origins: { from: { kind: 'model' }, to: { kind: 'model' } },
    ...{ title: `Move ${name}`, brain: 'tester', zone: 'red', policy: '0'.repeat(64), node: 'local' },
    ...{ created: '2026-01-01T08:00:00.000Z', expires: '2027-01-01T08:00:00.000Z', nonce: '0'.repeat(32) },
    ...more,
  };
}

export const taskOf = (number: number): string => `file-${number.toString(16).padStart(12, '0')}`;

/** The records of one task, from its proposal until it is filed: most are done, every fifth is refused. */
export function recordsOfTask(number: number): LedgerRecord[] {
  const task = taskOf(number);
  const envelope = envelopeOf(task);
  const { id } = envelope;
  const by = 'tester';
  const proposed: LedgerRecord = { kind: 'PROPOSED', envelope, digest: envelopeDigest(envelope) };
  const filed: LedgerRecord[] = [
    { kind: 'FILED', what: id },
    {
      ...({ kind: 'CLOSED', task, title: `Paper ${number}`, why: 'It is in its place.', notes: [] } as const),
      verdict: number % 5 === 4 ? 'rejected' : 'done',
    },
    { kind: 'FILED', what: task },
  ];
  if (number % 5 === 4)
    return [proposed, { kind: 'REJECTED', id, way: 'moved', by, reason: `übel “${number}”` }, ...filed];
  const changed =
    number % 5 === 2 ? { ...envelope, arguments: { ...envelope.arguments, to: 'Documents/x.pdf' } } : undefined;
  const digest = envelopeDigest(changed ?? envelope);
  const approved: LedgerRecord =
    changed === undefined
      ? { kind: 'APPROVED', id, digest, way: 'ticked', by, changed: [] }
      : { kind: 'APPROVED', id, digest, way: 'moved', by, changed: ['to'], envelope: changed };
  const receipt = { path: String((changed ?? envelope).arguments.to), size: number };
  return [
    proposed,
    approved,
    { kind: 'INTENT', id, digest, attempt: 1 },
    { kind: 'CONFIRMED', id, receipt, how: 'answered' },
    ...filed,
  ];
}

/** As many records as are wanted, in the order in which an executor would have made them. */
export function* manyRecords(count: number): Generator<LedgerRecord> {
  let made = 1;
  yield { kind: 'OPENED', vault: VAULT_ID, version: '0.0.0' };
  for (let number = 0; ; number += 1) {
    for (const record of recordsOfTask(number)) {
      if (made >= count) return;
      made += 1;
      yield record;
    }
  }
}

/** A ledger of any length with the log that belongs to it, written as the executor writes them but without waiting. */
export class LongLedger {
  readonly #base = new TempFolder();
  readonly root = path.join(this.#base.path, 'vault');
  readonly ledger = path.join(this.#base.path, 'ledger.journal');
  readonly #writer: LogWriter;
  link: Link = GENESIS;

  constructor() {
    mkdirSync(path.join(this.root, 'Logs'), { recursive: true });
    writeFileSync(this.ledger, '');
    this.#writer = new LogWriter(
      new Vault(this.root, 'executor'),
      'local',
      createLog(() => undefined, {}),
    );
  }

  get base(): string {
    return this.#base.path;
  }

  /** Adds records as of a moment; one a second from there on. */
  add(records: Iterable<LedgerRecord>, from = new Date('2026-01-01T09:00:00Z')): void {
    let text = '';
    let number = 0;
    for (const body of records) {
      const at = new Date(from.getTime() + number * 1000).toISOString();
      const { line, hash } = writeRecord(this.link, at, asJson(body));
      this.link = { seq: this.link.seq + 1, hash };
      this.#writer.heard({ seq: this.link.seq, at, body, hash });
      text += `${line}\n`;
      number += 1;
      if (text.length > 1_000_000) {
        appendFileSync(this.ledger, text);
        text = '';
      }
    }
    appendFileSync(this.ledger, text);
    this.#writer.flush();
  }

  log(name: string): string {
    return path.join(this.root, 'Logs', name);
  }

  get logs(): string[] {
    return readdirSync(path.join(this.root, 'Logs')).sort();
  }

  check(more: Partial<Question> = {}): Answer {
    const vault = new Vault(this.root, 'person');
    return checkRecords({ ledger: this.ledger, vault, node: 'local', id: VAULT_ID, ...more });
  }

  [Symbol.dispose](): void {
    this.#base[Symbol.dispose]();
  }
}

/** A record as plain JSON: what is optional and not there has no key. */
function asJson(body: LedgerRecord): Json {
  return JSON.parse(JSON.stringify(body));
}
