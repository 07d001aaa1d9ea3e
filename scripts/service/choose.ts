import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../core/config.ts';
import type { OpenVault } from '../../core/open-vault.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { isSecretName } from '../../core/secret-names.ts';
import { modulesHere } from './here.ts';
import type { Manager } from './manager.ts';
import { mayHold, PROCESSES, type ServicePlan } from './plan.ts';
import { findPm2, Pm2, pm2Home } from './pm2.ts';
import { type Installed, serviceFolder } from './record.ts';
import { Systemd, systemdVersion } from './systemd.ts';
import type { Credential, Scope } from './units.ts';

/** What the person asks for. */
export type Wanted = {
  readonly with?: string;
  readonly system?: boolean;
  /** `NAME=FILE`, each a secret that systemd hands over. */
  readonly credential?: readonly string[];
};

/** The manager of a service that is on record. */
export function managerOf(installed: Installed, plan: ServicePlan, environment: Environment): Manager {
  const { manager } = installed;
  if (manager.with === 'pm2') return new Pm2(findPm2(manager.program), manager.home, plan, environment.home);
  const scope: Scope = manager.user === undefined ? { kind: 'user' } : { kind: 'system', user: manager.user };
  return new Systemd(scope, plan, manager.credentials, manager.units);
}

/** The manager for a new service: the one that is asked for, else the person’s systemd, else pm2. */
export function chooseManager(
  wanted: Wanted,
  opened: OpenVault,
  plan: ServicePlan,
  environment: Environment,
): Result<Manager> {
  const credentials = readCredentials(wanted.credential ?? []);
  if (!credentials.ok) return credentials;
  const isSystemd = wanted.with === 'systemd' || wanted.system === true || credentials.value.length > 0;
  if (isSystemd && wanted.with === 'pm2') {
    return fail('invalid', 'pm2 knows neither --system nor --credential.', 'Leave them out, or use --with systemd.');
  }
  if (wanted.system === true) {
    if (systemdVersion('system') === undefined || process.getuid?.() !== 0) {
      return fail('denied', 'A service of the machine’s systemd is installed by root.', 'As root: steward service …');
    }
    return ok(new Systemd({ kind: 'system', user: String(statSync(opened.state.root).uid) }, plan, credentials.value));
  }
  if (wanted.with !== 'pm2' && (isSystemd || systemdVersion('user') !== undefined)) {
    if (systemdVersion('user') !== undefined) return ok(new Systemd({ kind: 'user' }, plan, credentials.value));
    const mend = 'Log in as yourself (not by su or sudo), or use --with pm2; as root on a server: --system';
    return fail('invalid', 'Your own systemd does not answer: systemctl --user.', mend);
  }
  const program = findPm2();
  if (program !== undefined) {
    return ok(new Pm2(program, pm2Home(serviceFolder(opened.state), plan.id), plan, environment.home));
  }
  const missing = wanted.with === 'pm2' ? 'pm2 is not installed.' : 'Neither systemd nor pm2 answers here.';
  return fail('invalid', missing, 'Install pm2: npm install -g pm2');
}

/** `NAME=FILE` as credentials of the process that may hold them. */
function readCredentials(given: readonly string[]): Result<readonly Credential[]> {
  const credentials: Credential[] = [];
  const modules = modulesHere();
  for (const one of given) {
    const [, name = '', file = ''] = /^([^=]*)=(.+)$/s.exec(one) ?? [];
    const holder = PROCESSES.find(process => mayHold(process, name, modules));
    if (!isSecretName(name) || holder === undefined) {
      return fail('invalid', `“${one}” names no secret.`, 'Write NAME=FILE: STEWARD_EMAIL_PASSWORD=/run/secrets/mail');
    }
    const absolute = path.resolve(file);
    if (!existsSync(absolute)) return fail('invalid', `There is no file ${absolute} for ${name}.`);
    credentials.push({ name, file: absolute, holder });
  }
  return ok(credentials);
}
