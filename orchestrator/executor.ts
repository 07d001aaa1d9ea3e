/**
 * The executor process. It alone holds credentials and the ledger, and it alone has effects. It reads decisions from
 * the vault and messages from its spool, and calls nobody.
 */
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { Brought } from '../core/brought.ts';
import { readEnvironment } from '../core/config.ts';
import { modulesIn } from '../core/discover.ts';
import { executorKey, publicHalf } from '../core/grant.ts';
import { tellOn } from '../core/live-line.ts';
import { createLog, tellOnlyWhoListens } from '../core/log.ts';
import { Loop } from '../core/loop.ts';
import { faultsOfNode, isCloud } from '../core/node-role.ts';
import { EXIT, openVault } from '../core/open-vault.ts';
import { messageOf, sentence } from '../core/outcome.ts';
import { privateKeysIn } from '../core/private-keys.ts';
import { secretsFor } from '../core/secret-names.ts';
import { keptNames } from '../core/secret-store/index.ts';
import { holdSecrets } from '../core/secrets.ts';
import { serve } from '../core/service.ts';
import { Settle } from '../core/settle.ts';
import { Spool } from '../core/spool.ts';
import { sweepPassing, takeLock } from '../core/state-folder.ts';
import { FOLDERS } from '../core/states.ts';
import { findSyncers } from '../core/syncers.ts';
import { clauseOf, reasonOf } from '../core/system-error.ts';
import { Vault } from '../core/vault.ts';
import { VERSION } from '../core/version.ts';
import { watchFolders } from '../core/watch.ts';
import { keysInForce } from './approve/allowed-keys.ts';
import { APPROVAL_FOLDERS } from './approve/approval-folders.ts';
import { Brake } from './execute/brake.ts';
import type { ExecutorContext } from './execute/context.ts';
import { Ledger } from './execute/ledger.ts';
import { checkPins, publishOffers } from './execute/pins.ts';
import { ActionServers } from './execute/servers.ts';
import { Executor } from './execute/sweep.ts';
import { LogWriter } from './report/log-writer.ts';

/** Milliseconds between two looks around when no event tells of anything. */
const EVERY = 5000;
/** Milliseconds for which a predecessor that is going down may still hold the ledger. */
const PATIENCE = 8000;

// Whoever started us is gone: so are we, before anything else.
process.on('disconnect', () => process.exit(EXIT.ok));
tellOnlyWhoListens();
const given = readEnvironment();

function giveUp(why: string, code: number): never {
  process.stderr.write(`${why}\n`);
  process.exit(code);
}

const opened = openVault(given);
if (!opened.ok) giveUp(sentence(opened.failure), EXIT.usage);
const { root, state, config } = opened.value;
const SERVERS = path.join(import.meta.dirname, '..', 'mcp-servers');
const held = await holdSecrets(given, state, { owners: [...modulesIn(SERVERS).keys()], thinks: false });
const { environment } = held;
const log = createLog(tellOn(process.stdout, given.colour), environment.secrets);
held.report(log);

const deadline = performance.now() + PATIENCE;
while (takeLock(state, 'executor') === undefined) {
  if (performance.now() > deadline) giveUp(`Another Steward has the vault ${root}.`, EXIT.taken);
  await new Promise(resolve => setTimeout(resolve, 50));
}

const now = (): Date => new Date();
const vault = new Vault(root, 'executor');
sweepPassing(state.tmp, now());
sweepPassing(path.join(root, '.steward', 'tmp'), now());

const logs = new LogWriter(vault, config.node, log);
let ledger: Ledger;
try {
  ledger = Ledger.open(state.ledger, state.tmp, now, record => logs.heard(record));
} catch (error) {
  giveUp(`The ledger cannot be trusted, so nothing is done: ${messageOf(error)} Run \`steward verify\`.`, EXIT.failure);
}
logs.checkAgainst(ledger.head);
const faults = faultsOfNode(config, {
  secrets: [...Object.keys({ ...given.secrets, ...environment.secrets }), ...keptNames(state)],
  servers: Object.keys(config.servers),
  watchers: Object.keys(config.watchers),
  approving: [path.join(homedir(), '.ssh'), state.keys]
    .flatMap(privateKeysIn)
    .filter(({ blob }) => ledger.book.keys.some(key => key.blob === blob))
    .map(({ file }) => file),
});
if (faults.length > 0) giveUp(faults.join('\n'), EXIT.usage);
if (ledger.book.isNew) await ledger.record({ kind: 'OPENED', vault: path.basename(state.root), version: VERSION });

const key = executorKey(state.keys, state.tmp);
let syncers = findSyncers(root);
const servers = new ActionServers(
  server => ({
    vault: root,
    state: path.join(state.servers, server),
    dropFolders: config.drop_folders,
    settings: config.servers[server] ?? null,
    grantKey: publicHalf(key),
    secrets: secretsFor(server, environment.secrets),
    ...(isCloud(config) ? { preparesOnly: true } : {}),
  }),
  (server, definitions) => checkPins(ledger, server, definitions),
  log,
);
const context: ExecutorContext = {
  ...{ vault, state, config, ledger, servers, key, log, now },
  settle: new Settle(),
  person: userInfo().username,
  syncers: () => syncers,
  brought: new Brought(state),
};
// A list of keys that was changed behind the ledger is told of before anything is signed.
keysInForce(context);
const brake = new Brake(context, environment.enabled);
if (logs.isAheadOfLedger) {
  await brake.stop(
    'The log in the vault tells of things that this computer’s ledger does not know: it was restored from a backup.',
    'steward',
    'What was done since that backup may be done twice if it is approved again. Put the newer records back, or see in Logs/ what was done since, and then resume.',
  );
}

const spool = new Spool(state.executorSpool, state.tmp);
const loop: Loop = new Loop(
  async () => {
    const swept = await executor.sweep();
    log.clear('executor');
    return swept;
  },
  EVERY,
  why => log.trouble('executor', `The executor met a problem and tries again: ${why}`),
);
const executor = new Executor(context, spool, brake, logs, () => loop.look());

const watched = [...APPROVAL_FOLDERS, FOLDERS.questions].map(folder => path.join(root, folder));
for (const folder of APPROVAL_FOLDERS) vault.makeFolder(folder);
vault.makeFolder(FOLDERS.questions);
await watchFolders([...watched, state.executorSpool], {
  deep: false,
  promptly: true,
  look: () => loop.look(),
  failed: error =>
    log.trouble('watch', `A folder cannot be watched, so that changes are noticed late: ${clauseOf(error)}`),
});

process.on('message', async (message: unknown) => {
  if (message !== 'sweep') return;
  try {
    const swept = await loop.now();
    // Whoever drives waits for effects here instead of asking again and again.
    const hasWorked = await executor.finish();
    process.send?.({ swept: { ...swept, moved: swept.moved || hasWorked } });
  } catch (error) {
    process.send?.({
      failed: `The executor could not go on: ${reasonOf(error)}. Nothing was lost; start Steward again.`,
    });
  }
});
process.on('SIGTERM', () => process.exit(EXIT.ok));
process.on('SIGINT', () => process.exit(EXIT.ok));

const driven = process.argv.includes('--driven');
if (!driven) loop.start();
process.send?.({ ready: true });
serve(given.service);
await publishOffers(context);
setInterval(() => {
  syncers = findSyncers(root);
  publishOffers(context).catch((error: unknown) =>
    log.trouble('offers', `What can be done could not be looked up: ${clauseOf(error)}`),
  );
}, 60_000).unref();
