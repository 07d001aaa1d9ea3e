import type { Environment } from '../../core/config.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { messageOf, sentence } from '../../core/outcome.ts';
import { isLocked } from '../../core/state-folder.ts';
import { Vault } from '../../core/vault.ts';
import { checkRecords } from '../../orchestrator/report/check-records.ts';

/** Checks the chain of the ledger, that every record follows from the ones before, and that the log tells the same. */
export async function verify(environment: Environment): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const { root, state, config } = opened.value;
  try {
    // The log follows the ledger within moments: while Steward runs, its last lines may still be on their way.
    for (let tries = isLocked(state, 'executor') ? 20 : 1; ; tries -= 1) {
      const reader = new JournalReader(state.ledger, LedgerRecord);
      const records = reader.next();
      const problems = checkRecords(records, reader.unread, new Vault(root, 'person'), config.node);
      if (problems.length === 0) {
        process.stdout.write(`sound: ${records.length} records, head ${records.at(-1)?.hash ?? 'none'}\n`);
        return EXIT.ok;
      }
      if (tries > 1) {
        await new Promise(resolve => setTimeout(resolve, 250));
        continue;
      }
      for (const problem of problems) process.stdout.write(`NOT SOUND  ${problem}\n`);
      return EXIT.failure;
    }
  } catch (error) {
    process.stdout.write(`NOT SOUND  ${messageOf(error)}\n`);
    return EXIT.failure;
  }
}
