/** The planner process on its own, for pm2 and systemd. It has no credentials and no way to have an effect. */
import { readEnvironment } from '../core/config.ts';
import { createLog, tellOnlyWhoListens } from '../core/log.ts';
import { EXIT, openVault } from '../core/open-vault.ts';
import { sentence } from '../core/outcome.ts';
import { holdSecrets } from '../core/secrets.ts';
import { serve } from '../core/service.ts';
import { takeLock } from '../core/state-folder.ts';
import { openPlanner } from './open-planner.ts';

tellOnlyWhoListens();
const given = readEnvironment();
const opened = openVault(given);

async function run(): Promise<number | undefined> {
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  if (takeLock(opened.value.state, 'planner') === undefined) {
    process.stderr.write(`Another Steward has the vault ${opened.value.root}.\n`);
    return EXIT.taken;
  }
  const { environment, report } = await holdSecrets(given, opened.value.state, { owners: [], thinks: true });
  const log = createLog(line => process.stdout.write(`${line}\n`), environment.secrets);
  report(log);
  const loop = await openPlanner(opened.value, environment, log);
  if (!loop.ok) {
    process.stderr.write(`${sentence(loop.failure)}\n`);
    return EXIT.usage;
  }
  loop.value.start();
  serve(given.service);
  return undefined;
}

const code = await run();
if (code !== undefined) process.exit(code);
