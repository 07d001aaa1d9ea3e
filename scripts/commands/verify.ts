import type { Environment } from '../../core/config.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { messageOf, sentence } from '../../core/outcome.ts';
import { Vault } from '../../core/vault.ts';
import { checkRecords } from '../../orchestrator/report/check-records.ts';

/** Checks the chain of the ledger, that every record follows from the ones before, and that the log tells the same. */
export function verify(environment: Environment): number {
  const opened = openVault(environment);
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const { root, state, config } = opened.value;
  try {
    const reader = new JournalReader(state.ledger, LedgerRecord);
    const records = reader.next();
    const problems = checkRecords(records, reader.unread, new Vault(root, 'person'), config.node);
    for (const problem of problems) process.stdout.write(`NOT SOUND  ${problem}\n`);
    if (problems.length > 0) return EXIT.failure;
    process.stdout.write(`sound: ${records.length} records, head ${records.at(-1)?.hash ?? 'none'}\n`);
    return EXIT.ok;
  } catch (error) {
    process.stdout.write(`NOT SOUND  ${messageOf(error)}\n`);
    return EXIT.failure;
  }
}
