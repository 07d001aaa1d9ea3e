/** Prints the pm2 apps of the vault that the environment names, as JSON, for `ecosystem.config.cjs`. */
import { readEnvironment } from '../../core/config.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { planHere } from './here.ts';
import { pm2Apps } from './pm2-apps.ts';

const environment = readEnvironment();
const opened = openVault(environment);
if (opened.ok) process.stdout.write(`${JSON.stringify(pm2Apps(planHere(opened.value, environment, true)))}\n`);
else {
  process.stderr.write(`${sentence(opened.failure)}\n`);
  process.exitCode = EXIT.usage;
}
