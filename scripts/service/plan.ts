import path from 'node:path';
import type { Environment } from '../../core/config.ts';
import type { OpenVault } from '../../core/open-vault.ts';
import { isBrainSecret, ownerOf, secretNames } from '../../core/secret-names.ts';

/** The exit code of a process that waits for the person to mend vault or configuration: starting it again helps nobody. */
export const NEEDS_PERSON = 2;

/** The processes that a service may run, each on its own; the last only where the vault is synced. */
export const PROCESSES = ['watchers', 'planner', 'executor', 'syncer'] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** What a service manager needs to know of one process. */
export type ServiceProcess = {
  readonly name: ProcessName;
  /** The program and its arguments: the pinned Node and our entry module, as absolute paths. */
  readonly command: readonly [string, ...string[]];
  /** All of its environment but what the manager adds itself. */
  readonly env: Readonly<Record<string, string>>;
  /** Secrets that it must not have, wherever they would come from. */
  readonly foreign: readonly string[];
  /** MiB of memory beyond which it is ended and started again; its children count where the manager counts them. */
  readonly memory: number;
  /** Where its output goes if the manager has no journal. */
  readonly log: string;
};

/** A service of one vault, whatever manager runs it. */
export type ServicePlan = {
  /** The first letters of the vault’s id: tells the services of several vaults apart. */
  readonly id: string;
  readonly vault: string;
  /** The state folder of this vault. */
  readonly state: string;
  /** The folder of this Steward, in which its processes run. */
  readonly repository: string;
  /** What the processes have to be able to write, beside the vault and the state folder. */
  readonly dropFolders: readonly string[];
  readonly processes: readonly ServiceProcess[];
};

/** Several times what each needs with 100,000 notes: a bound for what has gone wrong, not for work. */
const MEMORY: Readonly<Record<ProcessName, number>> = { watchers: 512, planner: 1024, executor: 1024, syncer: 1024 };
const ENTRY: Readonly<Record<ProcessName, string>> = {
  watchers: path.join('watchers', 'main.ts'),
  planner: path.join('orchestrator', 'main.ts'),
  executor: path.join('orchestrator', 'executor.ts'),
  syncer: path.join('orchestrator', 'syncer.ts'),
};

/** The names of the watchers and action servers there are. */
export type Modules = { readonly watchers: readonly string[]; readonly servers: readonly string[] };

/** Who may hold a secret: the brains’ belong to the planner, the others to whoever runs a module of that name. */
export function mayHold(process: ProcessName, secret: string, modules: Modules): boolean {
  if (isBrainSecret(secret)) return process === 'planner';
  const owner = ownerOf(secret) ?? '';
  return { watchers: modules.watchers, planner: [], executor: modules.servers, syncer: [] }[process].some(
    name => name === owner,
  );
}

/** What is put into the plan from outside. */
export type Surroundings = Modules & {
  readonly repository: string;
  /** The pinned Node. */
  readonly node: string;
  /** Variables that every process gets. */
  readonly env: Readonly<Record<string, string>>;
  /** Secrets to hand on in the environment of whoever may hold them. */
  readonly secrets: Readonly<Record<string, string>>;
};

/** The service of a vault: its processes, each with its own environment, and none with more than it needs. */
export function planService(opened: OpenVault, environment: Environment, around: Surroundings): ServicePlan {
  const { root, state, config } = opened;
  const { repository, node, watchers, servers } = around;
  const { STEWARD_ENABLED: enabled, ...shared } = around.env;
  const folder = path.join(state.root, 'service');
  const secrets = secretNames([...watchers, ...servers]);
  const processOf = (name: ProcessName): ServiceProcess => ({
    name,
    command: [node, path.join(repository, ENTRY[name])],
    env: {
      ...shared,
      ...(name === 'executor' && enabled !== undefined ? { STEWARD_ENABLED: enabled } : {}),
      STEWARD_VAULT: root,
      STEWARD_HOME: environment.home,
      NODE_COMPILE_CACHE: path.join(folder, 'compile-cache'),
      ...Object.fromEntries(Object.entries(around.secrets).filter(([secret]) => mayHold(name, secret, around))),
    },
    foreign: secrets.filter(secret => !mayHold(name, secret, around)),
    memory: MEMORY[name],
    log: path.join(folder, `${name}.log`),
  });
  return {
    id: path.basename(state.root).slice(0, 6),
    ...{ vault: root, state: state.root, repository, dropFolders: config.drop_folders },
    processes: PROCESSES.filter(name => name !== 'syncer' || config.sync !== undefined).map(processOf),
  };
}
