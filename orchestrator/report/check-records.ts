import type { Recorded } from '../../core/journal.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { messageOf } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';
import { Book } from '../execute/book.ts';
import { LogLines } from './log-lines.ts';
import { linesOf, logFiles } from './log-writer.ts';

/**
 * Holds ledger and log against each other: records follow from one another, and each line of `Logs/` is, to the byte,
 * the line that the ledger’s record gives. Returns what is wrong, in words; empty where all is sound.
 */
export function checkRecords(
  records: readonly Recorded<LedgerRecord>[],
  unread: number,
  vault: Vault,
  node: string,
): string[] {
  const problems: string[] = [];
  if (unread > 0)
    problems.push(`The ledger is damaged after record ${records.length}: ${unread} bytes there are no record.`);
  const book = new Book();
  const lines = new LogLines();
  const expected: string[] = [];
  for (const record of records) {
    try {
      book.apply(record);
    } catch (error) {
      problems.push(`Record ${record.seq} of the ledger cannot be true: ${messageOf(error)}.`);
    }
    expected.push(lines.next(record).text.trimEnd());
  }
  const found = logFiles(vault, node).flatMap(name =>
    linesOf(vault.readLong(`${FOLDERS.logs}/${name}`)).map(line => ({ name, line })),
  );
  found.forEach(({ name, line }, index) => {
    if (line !== expected[index])
      problems.push(`${FOLDERS.logs}/${name}: line ${index + 1} of the log is not what the ledger says.`);
  });
  // The log follows the ledger: while Steward is down after a crash it may lack the last lines, never others.
  if (found.length < expected.length)
    problems.push(`The log lacks ${expected.length - found.length} of the ledger’s last records.`);
  return problems.slice(0, 20);
}
