import { NEEDS_PERSON, type ProcessName, type ServicePlan, type ServiceProcess } from './plan.ts';
import { commandLine, quoted, section, wholeLine } from './unit-text.ts';

/** Where the units run: under the person’s own systemd, or under that of the machine as a user of it. */
export type Scope =
  | { readonly kind: 'user' }
  | {
      readonly kind: 'system';
      /** The name or number of the user who owns vault and state folder. */
      readonly user: string;
    };

/** A secret that systemd hands to a process: a file, sealed by systemd-creds(1) if its name ends in `.cred`. */
export type Credential = { readonly name: string; readonly file: string; readonly holder: ProcessName };

export type Unit = { readonly name: string; readonly text: string };

/** systemd from this version on lengthens the pauses between restarts. */
const GROWING_PAUSES = 254;

export const targetOf = ({ id }: { readonly id: string }): string => `steward-${id}.target`;
export const unitOf = ({ id }: { readonly id: string }, process: string): string => `steward-${id}-${process}.service`;

/** The units of a service: one for each process, and a target that stands for all of them. */
export function unitsOf(
  plan: ServicePlan,
  scope: Scope,
  version: number,
  credentials: readonly Credential[] = [],
): readonly Unit[] {
  const target = section('Unit', {
    Description: wholeLine(`Steward: ${plan.vault}`),
    Wants: plan.processes.map(({ name }) => unitOf(plan, name)).join(' '),
  });
  const install = section('Install', { WantedBy: scope.kind === 'user' ? 'default.target' : 'multi-user.target' });
  return [
    { name: targetOf(plan), text: `${target}\n${install}` },
    ...plan.processes.map(process => ({
      name: unitOf(plan, process.name),
      text: serviceUnit(
        plan,
        process,
        scope,
        version,
        credentials.filter(({ holder }) => holder === process.name),
      ),
    })),
  ];
}

function serviceUnit(
  plan: ServicePlan,
  { name, command, env, foreign, memory }: ServiceProcess,
  scope: Scope,
  version: number,
  credentials: readonly Credential[],
): string {
  const unit = section('Unit', {
    Description: wholeLine(`Steward ${name}: ${plan.vault}`),
    PartOf: targetOf(plan),
    // It comes back however often it ends: pauses keep that cheap, and giving up would be found out days later.
    StartLimitIntervalSec: 0,
    RequiresMountsFor: scope.kind === 'system' ? `${quoted(plan.vault)} ${quoted(plan.state)}` : undefined,
  });
  const service = section('Service', {
    // Readiness and signs of life come from systemd-notify, a child of the process.
    ...{ Type: 'notify', NotifyAccess: 'all', TimeoutStartSec: 180, WatchdogSec: 180 },
    // A process that hangs is ended at once, and neither leaves its memory behind as a file.
    ...{ WatchdogSignal: 'SIGKILL', LimitCORE: 0 },
    User: scope.kind === 'system' ? scope.user : undefined,
    WorkingDirectory: wholeLine(plan.repository),
    ExecStart: commandLine(command),
    Environment: Object.entries(env)
      .filter(([variable]) => !GIVEN_BY_SYSTEMD.includes(variable))
      .map(([variable, value]) => quoted(`${variable}=${value}`)),
    // A desktop may have put its whole environment into the user’s systemd.
    UnsetEnvironment: foreign.join(' '),
    ...credentialLines(credentials),
    Restart: 'always',
    RestartPreventExitStatus: NEEDS_PERSON,
    ...(version >= GROWING_PAUSES
      ? { RestartSec: '200ms', RestartSteps: 10, RestartMaxDelaySec: 30 }
      : { RestartSec: 3 }),
    ...{ TimeoutStopSec: 5, MemoryMax: `${memory}M` },
    ...HARDENING,
    ...(scope.kind === 'system' ? walls(plan) : {}),
  });
  return `${unit}\n${service}`;
}

function credentialLines(credentials: readonly Credential[]): Readonly<Record<string, readonly string[]>> {
  const lines = (sealed: boolean): readonly string[] =>
    credentials
      .filter(({ file }) => file.endsWith('.cred') === sealed)
      .map(({ name, file }) => `${name}:${wholeLine(file)}`);
  return { LoadCredential: lines(false), LoadCredentialEncrypted: lines(true) };
}

/** What systemd knows better: root who installs a service has another home than the user that it runs as. */
const GIVEN_BY_SYSTEMD: readonly string[] = [
  ...['HOME', 'USER', 'LOGNAME', 'XDG_RUNTIME_DIR', 'XDG_STATE_HOME', 'XDG_CONFIG_HOME', 'DBUS_SESSION_BUS_ADDRESS'],
];

/** What holds without privileges, and is in the way of neither git and ssh nor of a sandbox or browser of our own. */
const HARDENING: Readonly<Record<string, string>> = {
  NoNewPrivileges: 'yes',
  LockPersonality: 'yes',
  RestrictRealtime: 'yes',
  RestrictSUIDSGID: 'yes',
  SystemCallArchitectures: 'native',
  RestrictAddressFamilies: 'AF_UNIX AF_INET AF_INET6 AF_NETLINK',
};

/**
 * Walls in the file system, which need the machine’s systemd: under a user’s they would bring a user namespace in which
 * ssh refuses its own configuration, since nothing belongs to root in it.
 */
function walls(plan: ServicePlan): Readonly<Record<string, string>> {
  const written = [plan.vault, plan.state, ...plan.dropFolders];
  const isPassing = (file: string): boolean => /^\/(var\/)?tmp(\/|$)/.test(file);
  const needed = [...written, plan.repository];
  return {
    ProtectSystem: 'strict',
    // A drop folder may be on a disk that is not there today.
    ReadWritePaths: written.map((file, at) => quoted(`${at < 2 ? '' : '-'}${file}`)).join(' '),
    ...(needed.some(isPassing) ? {} : { PrivateTmp: 'yes' }),
    ...{ PrivateDevices: 'yes', CapabilityBoundingSet: '', ProtectClock: 'yes', ProtectHostname: 'yes' },
    ...{ ProtectControlGroups: 'yes', ProtectKernelLogs: 'yes', ProtectKernelModules: 'yes' },
    ProtectKernelTunables: 'yes',
  };
}
