import { z } from 'zod';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { type Line, readLines } from '../../core/read-lines.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';
import type { Book } from '../execute/book.ts';
import type { Anchor } from './anchor.ts';
import { type Claim, Meaning } from './check-meaning.ts';
import { FIRST_LINE, followsLine, type LineLink } from './log-chain.ts';
import { LogComparison, linesOfLogs } from './log-comparison.ts';
import { claimsToBeLog, type LogFile, parseLogName } from './log-file.ts';
import { LogLines } from './log-lines.ts';

/** Another copy of `Logs/`: last week’s backup, the other node’s clone. */
export type LogCopy = {
  readonly files: readonly LogFile[];
  readonly read: (name: string) => Iterable<Line>;
};

export type Question = {
  readonly ledger: string;
  readonly vault: Vault;
  readonly node: string;
  /** The vault’s id, where it is known. */
  readonly id?: string;
  readonly anchors?: readonly Anchor[];
  readonly copies?: readonly LogCopy[];
};

export type Answer = {
  /** What is wrong, in words; empty where all is sound. */
  readonly problems: readonly string[];
  readonly records: number;
  readonly head: string;
  readonly first: string | undefined;
  /** When the last record was made. */
  readonly newest: string | undefined;
  readonly book: Book;
  /** The signatures among the records; `checkSignatures` says whether they are true. */
  readonly claims: readonly Claim[];
};

const MOST_TOLD = 20;

/**
 * Holds ledger and log against each other: the chain is unbroken, each record follows from the ones before, each line of
 * `Logs/` is to the byte the one that its record gives, and every anchor and every copy agrees. One record at a time.
 */
export function checkRecords({ ledger, vault, node, id, anchors = [], copies = [] }: Question): Answer {
  const problems: string[] = [];
  let more = 0;
  const tell = (problem: string): void => {
    if (problems.length < MOST_TOLD) problems.push(problem);
    else more += 1;
  };
  const files = checkFiles(vault, node, tell);
  const read = (name: string): ReturnType<typeof readLines> => linesIn(vault, name);
  const logs = [
    new LogComparison(linesOfLogs(files, read, tell), true, tell),
    ...copies.map(copy => {
      const mine = copy.files.filter(file => file.node === node);
      const told = (problem: string): void => tell(`In the copy: ${problem}`);
      return new LogComparison(linesOfLogs(mine, copy.read, told), false, told);
    }),
  ];
  const meaning = new Meaning(id);
  const reader = new JournalReader(ledger, z.unknown());
  const lines = new LogLines();
  const bySeq = Map.groupBy(anchors, ({ seq }) => seq);
  let first: string | undefined;
  let newest: string | undefined;
  let isKnown = true;
  for (const { seq, at, hash, body } of reader.each()) {
    first ??= hash;
    newest = at;
    for (const anchor of bySeq.get(seq) ?? [])
      if (anchor.head !== hash) tell(`Record ${seq} is not the one that was anchored at ${anchor.at}.`);
    const parsed = LedgerRecord.safeParse(body);
    if (!parsed.success) {
      if (isKnown) tell(`Record ${seq} is none that this version of Steward knows.`);
      isKnown = false;
      continue;
    }
    const record = { seq, at, hash, body: parsed.data };
    for (const why of meaning.take(record)) tell(`Record ${seq} of the ledger cannot be true: ${why}.`);
    if (!isKnown) continue;
    const line = lines.next(record).text.trimEnd();
    for (const log of logs) log.expect(seq, at, line);
  }
  const { head } = reader;
  if (reader.unread > 0) {
    const why = reader.problem ?? 'it is being written';
    tell(`The ledger is damaged at record ${head.seq + 1}: ${why}. ${reader.unread} bytes from there on do not count.`);
  }
  if (isKnown) for (const log of logs) log.end(head.seq);
  for (const anchor of anchors) tellAnchor(anchor, { id, node, first, last: head.seq }, tell);
  if (more > 0) problems.push(`And ${more} more of the kind.`);
  return { problems, records: head.seq, head: head.hash, first, newest, book: meaning.book, claims: meaning.claims };
}

/** The log files of this node, in order. What lies beside them and could pass for one is told; others’ are checked. */
function checkFiles(vault: Vault, node: string, tell: (problem: string) => void): readonly LogFile[] {
  const own: LogFile[] = [];
  const others = new Map<string, LogFile[]>();
  for (const { name, kind } of vault.list(FOLDERS.logs)) {
    const file = parseLogName(name);
    if (file === undefined || kind !== 'file') {
      if (claimsToBeLog(name)) tell(`${FOLDERS.logs}/${name} is no log of Steward’s.`);
    } else if (file.node === node) own.push(file);
    else others.set(file.node, [...(others.get(file.node) ?? []), file]);
  }
  const sorted = (files: LogFile[]): LogFile[] => files.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const files of others.values()) {
    let after: LineLink = FIRST_LINE;
    for (const { file, number, bytes } of linesOfLogs(sorted(files), name => linesIn(vault, name), tell)) {
      const next = followsLine(bytes, after);
      if (next === undefined) {
        tell(`${file.name}: line ${number} does not follow from the line before it.`);
        break;
      }
      after = next;
    }
  }
  return sorted(own);
}

function linesIn(vault: Vault, name: string): ReturnType<typeof readLines> {
  const absolute = vault.resolve(`${FOLDERS.logs}/${name}`);
  return readLines(absolute.ok ? absolute.value : '');
}

type Chain = { id: string | undefined; node: string; first: string | undefined; last: number };

function tellAnchor(anchor: Anchor, { id, node, first, last }: Chain, tell: (problem: string) => void): void {
  const { at, seq } = anchor;
  if (id !== undefined && anchor.vault !== id) tell(`The anchor of ${at} is of another vault, ${anchor.vault}.`);
  else if (anchor.node !== node) tell(`The anchor of ${at} is of another node, ${anchor.node}.`);
  else if (anchor.first !== first) tell(`The ledger does not begin as it did when it was anchored at ${at}.`);
  else if (seq > last)
    tell(
      `The ledger ends with record ${last}, and had ${seq} records when it was anchored at ${at}: it was cut, or restored from an older backup.`,
    );
}
