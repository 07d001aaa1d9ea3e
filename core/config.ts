import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { Json } from './digest.ts';
import { EmergencyLimits } from './emergency.ts';
import { Budget, Prices } from './limits.ts';
import { fail, messageOf, ok, type Result } from './outcome.ts';
import { Routing } from './routing.ts';
import { isBrainSecret, isSecretName } from './secret-names.ts';
import { NodeName, Peers, Role, Runs, SyncSettings } from './sync-settings.ts';

const Seconds = z.number().min(0).max(3600);

/** `config.yaml` in the state folder. Everything has a default; an unknown key is a mistake. */
const ConfigFile = z.strictObject({
  /** The name of this node: also the folder under `In_Progress/`. */
  node: NodeName.default('local'),
  /** What this node is for. */
  role: Role.optional(),
  brain: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .optional(),
  /** Further folders to watch beside `Inbox/`, as absolute paths. */
  drop_folders: z.array(z.string().startsWith('/', 'an absolute path')).default([]),
  /** Names of entries of the never list in `Policies.md` that may be done on this machine, each when it is approved. */
  permit: z.array(z.string().min(1).max(80)).default([]),
  /** Hours until an approval that nobody decided lapses. */
  approval_hours: z
    .number()
    .positive()
    .max(24 * 365)
    .default(168),
  /** Seconds of quiet before something is taken. */
  settle: z
    .strictObject({
      note: Seconds.default(20),
      tick: Seconds.default(3),
      drop: Seconds.default(2),
    })
    .prefault({}),
  /** When the morning’s digest is written into `Briefings/`, by the local clock. */
  briefing: z
    .union([
      z.literal('off'),
      z.strictObject({ at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time as "07:00"') }),
    ])
    .default({ at: '07:00' }),
  /** Hours between two test messages that prove the whole way in of each channel; 0 for none. */
  canary_hours: z.number().min(0).max(8760).default(24),
  /** When Steward stops by itself. */
  emergency: EmergencyLimits.prefault({}),
  /** What each action server and each watcher is told, by its name. They check their own part themselves. */
  servers: z.record(z.string(), Json).default({}),
  watchers: z.record(z.string(), Json).default({}),
  budget: Budget,
  /** Dollars for a million tokens, by model: adds to the prices that are shipped, and wins. */
  prices: Prices.default({}),
  /** What each brain is told, by its name. */
  brains: z.record(z.string(), Json).default({}),
  /** Which brain thinks about what; without a rule that fits, the one of `brain`. */
  routing: Routing,
  /** How this vault is kept the same on several nodes. Nothing is synced without it. */
  sync: SyncSettings.optional(),
  peers: Peers.default({}),
  runs: Runs.default({}),
});
export type ConfigFile = z.infer<typeof ConfigFile>;

/** What a service manager asks of a process that it runs. */
export type ServiceWishes = {
  /** systemd’s notification socket (sd_notify(3)). */
  readonly notifySocket: string | undefined;
  /** Milliseconds within which systemd wants a sign of life, where it watches (sd_watchdog_enabled(3)). */
  readonly watchdog: number | undefined;
  /** The file that this process’s output goes to, where nobody else keeps it short. */
  readonly log: string | undefined;
};

/** What the environment says. Read here and nowhere else. */
export type Environment = {
  readonly home: string;
  readonly vault: string;
  readonly enabled: boolean;
  /** Names of secrets and their values; handed only to the process that needs them. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The working folder, and the folder of systemd’s credentials where the service gives any. */
  readonly folder: string;
  readonly credentials: string | undefined;
  /** What the service manager that runs this process wants of it; nothing where a person started it. */
  readonly service: ServiceWishes;
  /** Whether the launcher keeps the servers’ secrets, so that they are not in this process’s environment. */
  readonly launcherKeeps: boolean;
  readonly colour: boolean;
  /** The person’s editor, as a command. */
  readonly editor: string;
};

export function readEnvironment(environment: NodeJS.ProcessEnv = process.env): Environment {
  const secrets: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value !== '' && isSecretName(name)) secrets[name] = value;
  }
  const base = environment.XDG_STATE_HOME ?? path.join(homedir(), '.local', 'state');
  return {
    home: path.resolve(environment.STEWARD_HOME ?? path.join(base, 'steward')),
    vault: path.resolve(environment.STEWARD_VAULT ?? path.join(homedir(), 'Steward')),
    enabled: !/^(false|0|no|off)$/i.test(environment.STEWARD_ENABLED ?? ''),
    secrets,
    folder: process.cwd(),
    credentials: environment.CREDENTIALS_DIRECTORY,
    service: serviceWishes(environment),
    launcherKeeps: environment.STEWARD_LAUNCHER_KEEPS === '1',
    colour: environment.NO_COLOR === undefined && process.stdout.isTTY === true,
    editor: environment.VISUAL || environment.EDITOR || 'vi',
  };
}

function serviceWishes(environment: NodeJS.ProcessEnv): ServiceWishes {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID, STEWARD_SERVICE_LOG } = environment;
  const watchdog = Number(WATCHDOG_USEC) / 1000;
  const isMine = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
  return {
    notifySocket: NOTIFY_SOCKET,
    watchdog: isMine && watchdog > 0 ? watchdog : undefined,
    log: STEWARD_SERVICE_LOG,
  };
}

/** What a service manager’s own programs and the processes it runs are given of this environment: nothing secret. */
export function serviceSurroundings(): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  const names = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME'];
  for (const name of [...names, 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'STEWARD_ENABLED']) {
    const value = process.env[name];
    if (value !== undefined && value !== '') kept[name] = value;
  }
  return kept;
}

/** The environment a child process gets: the paths it needs and the secrets it is meant to have, nothing else. */
export function childEnvironment(secrets: Readonly<Record<string, string>>): Record<string, string> {
  const kept: Record<string, string> = { ...secrets };
  const paths = ['PATH', 'HOME', 'STEWARD_HOME', 'XDG_STATE_HOME', 'NODE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS'];
  for (const name of [...paths, 'LANG', 'LC_ALL', 'TZ']) {
    const value = process.env[name];
    if (value !== undefined) kept[name] ??= value;
  }
  return kept;
}

/**
 * The environment of the executor: everything but the brains’ keys, and what the launcher kept for it. What the servers
 * need is taken out of this process at the same time, so that nothing that thinks or parses what came in carries it along.
 */
export function handOverToExecutor(
  environment: Environment,
  kept: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const handed: NodeJS.ProcessEnv = {
    ...process.env,
    ...kept,
    STEWARD_VAULT: environment.vault,
    STEWARD_HOME: environment.home,
  };
  delete handed.STEWARD_LAUNCHER_KEEPS;
  for (const name of Object.keys(handed).filter(isBrainSecret)) delete handed[name];
  return handed;
}

/** Takes the secrets that a process is not meant to have out of its environment. */
export function forgetSecrets(mine: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env))
    if (isSecretName(name) && mine[name] === undefined) delete process.env[name];
}

/** Reads `config.yaml`, naming every mistake at once with its line. A missing file means the defaults. */
export function readConfig(file: string): Result<ConfigFile> {
  return parseConfig(existsSync(file) ? readFileSync(file, 'utf8') : '', file);
}

/** The first line of a message of the `yaml` package without the place at its end, which is told in front. */
const withoutPlace = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');

export function parseConfig(text: string, file: string): Result<ConfigFile> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const broken = document.errors.map(error => `line ${error.linePos?.[0].line ?? 1}: ${withoutPlace(error.message)}`);
  if (broken.length > 0) return fail('invalid', `${file} cannot be read: ${broken.join('; ')}.`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    return fail('invalid', `${file} cannot be read: ${messageOf(error)}.`, 'Write values out; aliases are not read.');
  }
  const parsed = ConfigFile.safeParse(value ?? {});
  if (parsed.success) return ok(parsed.data);
  const mistakes = parsed.error.issues.map(issue => {
    const known = issue.code === 'unrecognized_keys' ? issue.keys : [];
    const at = [...issue.path, ...known.slice(0, 1)].map(String);
    const node = document.getIn(at, true) ?? document.getIn(at.slice(0, -1), true);
    const offset =
      typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range) ? node.range[0] : 0;
    const { line } = lines.linePos(typeof offset === 'number' ? offset : 0);
    return { line, text: `line ${line}: ${at.join('.') || 'the file'}: ${issue.message}` };
  });
  const told = mistakes.sort((a, b) => a.line - b.line).map(({ text: one }) => one);
  return fail(
    'invalid',
    `${file} has ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}: ${told.join('; ')}.`,
  );
}
