/** The watchers on their own, for pm2 and systemd. */
import { readEnvironment } from '../core/config.ts';
import { createLog, tellOnlyWhoListens } from '../core/log.ts';
import { EXIT, openVault } from '../core/open-vault.ts';
import { sentence } from '../core/outcome.ts';
import { runWatchers, watcherNames } from '../core/run-watchers.ts';
import { holdSecrets } from '../core/secrets.ts';
import { serve } from '../core/service.ts';
import { takeLock } from '../core/state-folder.ts';
import { Vault } from '../core/vault.ts';

tellOnlyWhoListens();
const given = readEnvironment();
const opened = openVault(given);
if (!opened.ok) {
  process.stderr.write(`${sentence(opened.failure)}\n`);
  process.exit(EXIT.usage);
}
const { root, state, config } = opened.value;
if (takeLock(state, 'watchers') === undefined) {
  process.stderr.write(`Another Steward has the vault ${root}.\n`);
  process.exit(EXIT.taken);
}
const { environment, report } = await holdSecrets(given, state, { owners: watcherNames(), thinks: false });
const { secrets } = environment;
const log = createLog(line => process.stdout.write(`${line}\n`), secrets);
report(log);
const vault = new Vault(root, 'watcher');
const loop = await runWatchers({ vault, state, config, secrets, log, now: () => new Date() });
loop.start();
serve(given.service);
