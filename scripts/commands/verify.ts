import type { Environment } from '../../core/config.ts';
import { JournalReader, type Recorded } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { messageOf, sentence } from '../../core/outcome.ts';
import { isLocked, type StateFolder } from '../../core/state-folder.ts';
import { Vault } from '../../core/vault.ts';
import { checkRecords } from '../../orchestrator/report/check-records.ts';

export type Soundness = { readonly problems: readonly string[]; readonly records: readonly Recorded<LedgerRecord>[] };

/** Checks the chain of the ledger, that every record follows from the ones before, and that the log tells the same. */
export async function checkSoundness(root: string, state: StateFolder, node: string): Promise<Soundness> {
  // The log follows the ledger within moments: while Steward runs, its last lines may still be on their way.
  for (let tries = isLocked(state, 'executor') ? 20 : 1; ; tries -= 1) {
    try {
      const reader = new JournalReader(state.ledger, LedgerRecord);
      const records = reader.next();
      const problems = checkRecords(records, reader.unread, new Vault(root, 'person'), node);
      if (problems.length === 0 || tries <= 1) return { problems, records };
    } catch (error) {
      return { problems: [messageOf(error)], records: [] };
    }
    await new Promise(resolve => setTimeout(resolve, 250));
  }
}

export async function verify(environment: Environment): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const { root, state, config } = opened.value;
  const { problems, records } = await checkSoundness(root, state, config.node);
  for (const problem of problems) process.stdout.write(`NOT SOUND  ${problem}\n`);
  if (problems.length > 0) return EXIT.failure;
  process.stdout.write(`sound: ${records.length} records, head ${records.at(-1)?.hash ?? 'none'}\n`);
  return EXIT.ok;
}
