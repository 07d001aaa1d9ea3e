import { existsSync, rmSync } from 'node:fs';
import type { Environment } from '../../core/config.ts';
import { EXIT, type OpenVault, openVault } from '../../core/open-vault.ts';
import { type Failure, fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { isLocked, stateFolderOf, vaultIdentity } from '../../core/state-folder.ts';
import { chooseManager, managerOf, type Wanted } from '../service/choose.ts';
import { planHere } from '../service/here.ts';
import { eventually, type Seen } from '../service/manager.ts';
import type { ServicePlan } from '../service/plan.ts';
import { PROCESSES } from '../service/plan.ts';
import { type Installed, readInstalled, serviceFolder, writeInstalled } from '../service/record.ts';
import { madeFor, staleness } from '../service/stale.ts';

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

function complain(failure: Failure, code: number = EXIT.usage): number {
  process.stderr.write(`${sentence(failure)}\n`);
  return code;
}

type Service = {
  readonly opened: OpenVault;
  readonly plan: ServicePlan;
  readonly installed: Installed | undefined;
};

function open(environment: Environment): Result<Service> {
  const opened = openVault(environment);
  if (!opened.ok) return opened;
  const installed = readInstalled(opened.value.state);
  if (!installed.ok) return installed;
  return ok({
    ...{ opened: opened.value, installed: installed.value },
    plan: planHere(opened.value, environment, false),
  });
}

/** Makes Steward a service of this vault, or renews the one there is. Repeating it changes nothing. */
export async function installService(environment: Environment, wanted: Wanted): Promise<number> {
  if (wanted.system === true) {
    const foreign = ofNobody(environment);
    if (foreign !== undefined) return complain(foreign);
  }
  const service = open(environment);
  if (!service.ok) return complain(service.failure);
  const { opened, plan, installed } = service.value;
  const { state } = opened;
  const before = installed === undefined ? undefined : managerOf(installed, plan, environment);
  const runs = before === undefined ? [] : (await before.look()).filter(({ state: now }) => now !== 'stopped');
  if (runs.length === 0 && PROCESSES.some(name => isLocked(state, name))) {
    const mend = 'End it where it was started (Ctrl-C), then repeat this.';
    return complain(fail('denied', 'Steward runs here already, and not as a service.', mend).failure, EXIT.taken);
  }
  const isOpen = wanted.with === undefined && wanted.system !== true && wanted.credential === undefined;
  if (installed !== undefined && !isOpen && kindOf(installed) !== kindOf(wanted)) {
    const mend = 'Remove that first: steward service remove';
    return complain(fail('denied', `Steward is a service already, by ${kindOf(installed)}.`, mend).failure);
  }
  const isKept = before !== undefined && wanted.credential === undefined;
  const chosen = isKept ? ok(before) : chooseManager(wanted, opened, plan, environment);
  if (!chosen.ok) return complain(chosen.failure);
  const stale = installed === undefined ? ['it is new'] : staleness(installed, plan);
  const made = await chosen.value.install(plan, stale.length > 0);
  if (!made.ok) return complain(made.failure, EXIT.failure);
  const record: Installed = { format: 1, manager: made.value, ...madeFor(plan) };
  writeInstalled(state, record);
  say(`Steward is a service of ${kindOf(record)}, for the vault ${plan.vault}`);
  const code = tell(await chosen.value.look());
  const manager = managerOf(record, plan, environment);
  for (const [label, command] of [...manager.hints(), ...HINTS]) say(`${`${label}:`.padEnd(22)}${command}`);
  for (const line of forgotten(environment)) say(line);
  return code;
}

const HINTS = [
  ['how it stands', 'steward service status'],
  ['remove it', 'steward service remove   (vault and records stay)'],
] as const;

/** How each process of the service stands, a line each: exit 0 all run, 1 not. */
export async function serviceStatus(environment: Environment): Promise<number> {
  const service = open(environment);
  if (!service.ok) return complain(service.failure);
  const { plan, installed } = service.value;
  if (installed === undefined) {
    return complain(fail('invalid', 'Steward is no service here.', NOT_YET).failure, EXIT.failure);
  }
  const manager = managerOf(installed, plan, environment);
  const code = tell(await manager.look());
  for (const what of [...staleness(installed, plan), ...manager.astray()]) say(`! ${what}: steward service install`);
  return code;
}

const NOT_YET = 'Make it one: steward service install';

/** Ends the service and takes away what was made for it. Vault and records stay as they are. */
export async function removeService(environment: Environment): Promise<number> {
  const service = open(environment);
  if (!service.ok) return complain(service.failure);
  const { opened, plan, installed } = service.value;
  if (installed === undefined) {
    say('Steward is no service here; there is nothing to remove.');
    return EXIT.ok;
  }
  const removed = await managerOf(installed, plan, environment).remove();
  if (!removed.ok) return complain(removed.failure, EXIT.failure);
  // A process that is ending writes into its cache to the last.
  await eventually(() => !PROCESSES.some(name => isLocked(opened.state, name)), 10_000);
  rmSync(serviceFolder(opened.state), { recursive: true, force: true, maxRetries: 5 });
  say(`Steward is no service any more. The vault ${plan.vault} and its records stay.`);
  for (const line of removed.value) say(line);
  return EXIT.ok;
}

/** One line for each process. */
function tell(seen: readonly Seen[]): number {
  for (const { process: name, state, since, restarts = 0, memory, pid, said } of seen) {
    const parts = [
      state === 'pausing' ? 'starts again soon' : state,
      ...(since === undefined ? [] : [`since ${since.toLocaleString('sv-SE').slice(0, 16)}`]),
      `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`,
      ...(memory === undefined ? [] : [`${Math.round(memory / 1024 / 1024)} MB`]),
      ...(pid === undefined ? [] : [`process ${pid}`]),
      ...(said === undefined ? [] : [said]),
    ];
    say(`${name.padEnd(10)} ${parts.join('  ')}`);
  }
  return seen.every(({ state }) => state === 'running') ? EXIT.ok : EXIT.failure;
}

/** Secrets of this shell, which a service does not see. */
function forgotten({ secrets }: Environment): readonly string[] {
  return Object.keys(secrets).map(
    name => `! ${name} is set in this shell only, where a service does not see it: steward secret set ${name}`,
  );
}

/** What a service is run by, as the person names it. */
function kindOf(one: Installed | Wanted): string {
  if ('manager' in one) {
    if (one.manager.with === 'pm2') return 'pm2';
    return one.manager.user === undefined ? 'systemd' : 'systemd --system';
  }
  if (one.with === 'pm2') return 'pm2';
  return one.system === true ? 'systemd --system' : 'systemd';
}

/** Root’s own state folder is not where the owner of a vault keeps theirs: it must be named, and be there. */
function ofNobody({ vault, home }: Environment): Failure | undefined {
  const id = vaultIdentity(vault);
  if (!id.ok || existsSync(stateFolderOf(home, vault, id.value).root)) return undefined;
  const mend = 'Say where its owner has it: STEWARD_HOME=/home/you/.local/state/steward';
  return fail('invalid', `${home} holds no state of the vault ${vault}.`, mend).failure;
}
