/**
 * The process that keeps this vault the same as on the other nodes. It alone holds the node’s key; it has no effects and
 * thinks nothing, and meets the others only in the vault and the state folder.
 */
import { readEnvironment } from '../core/config.ts';
import { tellOn } from '../core/live-line.ts';
import { createLog, tellOnlyWhoListens } from '../core/log.ts';
import { EXIT, openVault } from '../core/open-vault.ts';
import { sentence } from '../core/outcome.ts';
import { holdSecrets } from '../core/secrets.ts';
import { serve } from '../core/service.ts';
import { takeLock } from '../core/state-folder.ts';
import { reasonOf } from '../core/system-error.ts';
import { openSync } from './sync/open-sync.ts';

/** Milliseconds for which a predecessor that is going down may still hold the lock. */
const PATIENCE = 8000;
/** Rounds that `--once` makes at most until everything is quiet, and milliseconds that it waits for that. */
const ROUNDS = 10;
const LONGEST = 30_000;

process.on('disconnect', () => process.exit(EXIT.ok));
process.on('SIGTERM', () => process.exit(EXIT.ok));
process.on('SIGINT', () => process.exit(EXIT.ok));
tellOnlyWhoListens();
const given = readEnvironment();

function giveUp(why: string, code: number): never {
  process.stderr.write(`${why}\n`);
  process.exit(code);
}

const opened = openVault(given);
if (!opened.ok) giveUp(sentence(opened.failure), EXIT.usage);
const { root, state, config } = opened.value;
const settings = config.sync;
if (settings === undefined) giveUp(`Nothing is synced: ${state.config} has no “sync:”.`, EXIT.usage);
// It needs no secret; it knows of all, so that none is ever sent.
const held = await holdSecrets(given, state, { owners: [], thinks: false });
const log = createLog(tellOn(process.stdout, given.colour), held.environment.secrets);
held.report(log);

const deadline = performance.now() + PATIENCE;
while (takeLock(state, 'syncer') === undefined) {
  if (performance.now() > deadline) giveUp(`Another Steward syncs the vault ${root}.`, EXIT.taken);
  await new Promise(resolve => setTimeout(resolve, 50));
}

const { loop, driver, listen } = await openSync(opened.value, settings, log);
if (process.argv.includes('--once')) process.exit(await once());
loop.start();
await listen();
process.send?.({ ready: true });
serve(given.service);

/** Rounds until nothing is about to settle: exit 3 where the remote could not be reached. */
async function once(): Promise<number> {
  const end = performance.now() + LONGEST;
  for (let round = 0; round < ROUNDS; round += 1) {
    try {
      driver.called();
      await loop.now();
    } catch (error) {
      giveUp(`Syncing failed: ${reasonOf(error)}.`, EXIT.failure);
    }
    if (driver.trouble !== undefined) return EXIT.retry;
    const settles = driver.settlesIn;
    if (settles === undefined || performance.now() + settles > end) return EXIT.ok;
    await new Promise(resolve => setTimeout(resolve, settles));
  }
  return EXIT.ok;
}
