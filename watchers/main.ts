/** The watchers on their own, for pm2 and systemd. */
import { readEnvironment } from '../core/config.ts';
import { createLog, tellOnlyWhoListens } from '../core/log.ts';
import { EXIT, openVault } from '../core/open-vault.ts';
import { sentence } from '../core/outcome.ts';
import { runWatchers } from '../core/run-watchers.ts';
import { takeLock } from '../core/state-folder.ts';
import { Vault } from '../core/vault.ts';

tellOnlyWhoListens();
const environment = readEnvironment();
const log = createLog(line => process.stdout.write(`${line}\n`), environment.secrets);
const opened = openVault(environment);
if (!opened.ok) {
  process.stderr.write(`${sentence(opened.failure)}\n`);
  process.exit(EXIT.usage);
}
const { root, state, config } = opened.value;
if (takeLock(state, 'watchers') === undefined) {
  process.stderr.write(`Another Steward has the vault ${root}.\n`);
  process.exit(EXIT.taken);
}
const loop = await runWatchers({ vault: new Vault(root, 'watcher'), state, config, log, now: () => new Date() });
loop.start();
process.send?.('ready');
