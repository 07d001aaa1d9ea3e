import path from 'node:path';
import { type BrainSetup, isBrainModule } from '../core/brain.ts';
import { Brought } from '../core/brought.ts';
import { ALONE, claimsFolder, SharedClaims } from '../core/claims.ts';
import type { Environment } from '../core/config.ts';
import { discover } from '../core/discover.ts';
import type { Log } from '../core/log.ts';
import { Loop } from '../core/loop.ts';
import type { OpenVault } from '../core/open-vault.ts';
import { fail, ok, type Result, sentence } from '../core/outcome.ts';
import { isBrainSecret } from '../core/secret-names.ts';
import { Settle } from '../core/settle.ts';
import { Spool } from '../core/spool.ts';
import { FOLDERS } from '../core/states.ts';
import { clauseOf } from '../core/system-error.ts';
import { Vault } from '../core/vault.ts';
import { watchFolders } from '../core/watch.ts';
import { Planner } from './planner.ts';
import { BRAINS, brainName } from './think/brain-name.ts';
import { Brains } from './think/brains.ts';
import { LedgerView } from './think/ledger-view.ts';

const EVERY = 5000;

/** Builds the planner and the loop that drives it. The caller holds the planner’s lock. */
export async function openPlanner(opened: OpenVault, environment: Environment, log: Log): Promise<Result<Loop>> {
  const { root, state, config } = opened;
  const modules = await discover(BRAINS, value => (isBrainModule(value) ? value : undefined));
  const name = brainName(config.brain, environment);
  const none = (wanted: string, key: string): Result<never> =>
    fail(
      'invalid',
      `There is no brain “${wanted}”. Known: ${[...modules.keys()].join(', ')}.`,
      `Change \`${key}\` in ${state.config}.`,
    );
  const secrets = Object.fromEntries(Object.entries(environment.secrets).filter(([secret]) => isBrainSecret(secret)));
  const setup = (of: string): BrainSetup => ({
    ...{ settings: config.brains[of] ?? null, secrets, now: () => new Date() },
  });
  const module = modules.get(name);
  if (module === undefined) return none(name, 'brain');
  const made = module.create(setup(name));
  if (!made.ok) return made;
  const brains = new Brains(made.value, modules, setup);
  const routed = new Set(config.routing.flatMap(({ brain, fallback }) => [brain, fallback]));
  for (const wanted of routed) {
    if (wanted === undefined) continue;
    if (!modules.has(wanted)) return none(wanted, 'routing');
    const ready = brains.named(wanted);
    if (!ready.ok)
      log.trouble(`brain ${wanted}`, `What the routing gives to ${wanted} waits: ${sentence(ready.failure)}`);
  }
  const vault = new Vault(root, 'planner');
  const context: ConstructorParameters<typeof Planner>[0] = {
    ...{ vault, state, config, log },
    brain: made.value,
    brains,
    ledger: new LedgerView(state.ledger),
    executor: new Spool(state.executorSpool, state.tmp),
    claims: config.sync === undefined ? ALONE : new SharedClaims(state, config.sync.lease),
    brought: config.sync === undefined ? undefined : new Brought(state),
    settle: new Settle(),
    now: () => new Date(),
    signal: new AbortController().signal,
  };
  const planner = new Planner(context, new Spool(state.plannerSpool, state.tmp), () => loop.look());
  const loop: Loop = new Loop(
    async () => {
      const swept = await planner.sweep();
      log.clear('planner');
      return swept;
    },
    EVERY,
    why => log.trouble('planner', `The planner met a problem and tries again: ${why}`),
  );
  for (const folder of [FOLDERS.needsAction, FOLDERS.questions, FOLDERS.plans, FOLDERS.briefings])
    vault.makeFolder(folder);
  const watched = [
    path.join(root, FOLDERS.needsAction),
    path.join(root, FOLDERS.questions),
    path.join(root, FOLDERS.briefings),
    state.root,
    state.seen,
    state.plannerSpool,
    ...(config.sync === undefined ? [] : [claimsFolder(state)]),
  ];
  await watchFolders(watched, {
    deep: false,
    look: () => loop.look(),
    failed: error =>
      log.trouble('watch', `A folder cannot be watched, so that changes are noticed late: ${clauseOf(error)}`),
  });
  return ok(loop);
}
