import type { Environment } from '../../core/config.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';

export function where(environment: Environment): number {
  const opened = openVault(environment);
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const { root, state } = opened.value;
  process.stdout.write(`vault   ${root}\nstate   ${state.root}\nconfig  ${state.config}\nledger  ${state.ledger}\n`);
  return EXIT.ok;
}
