import { existsSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { serviceSurroundings } from '../../core/config.ts';
import { sha256 } from '../../core/digest.ts';
import { ensureFolder, overwriteFile } from '../../core/durable.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { eventually, type Manager, type Ran, runTool, type Seen } from './manager.ts';
import type { ProcessName, ServicePlan } from './plan.ts';
import type { InstalledManager } from './record.ts';
import { unfitFor } from './unit-text.ts';
import { type Credential, type Scope, targetOf, unitOf, unitsOf } from './units.ts';

/** Seconds until every process must be ready, and milliseconds for one that is being started again. */
const START = 200;
const WAIT = 20_000;

/** The variables by which systemctl finds the person’s systemd, also from a shell that was not logged in. */
function surroundings(): Readonly<Record<string, string>> {
  const runtime = `/run/user/${userInfo().uid}`;
  return { ...(existsSync(runtime) ? { XDG_RUNTIME_DIR: runtime } : {}), ...serviceSurroundings(), LC_ALL: 'C' };
}

const folderOf = (scope: Scope): string => {
  if (scope.kind === 'system') return '/etc/systemd/system';
  const config = serviceSurroundings().XDG_CONFIG_HOME ?? path.join(homedir(), '.config');
  return path.join(config, 'systemd', 'user');
};

/** The version of the systemd that answers there; undefined where none does. */
export function systemdVersion(kind: Scope['kind']): number | undefined {
  const said = runTool('systemctl', [`--${kind}`, 'show', '--property=Version', '--value'], surroundings(), 20);
  const version = Number.parseInt(said.out, 10);
  return said.ok && version > 0 ? version : undefined;
}

/** The service under systemd: a unit for each process, and a target for all of them. */
export class Systemd implements Manager {
  readonly #scope: Scope;
  readonly #id: { readonly id: string };
  readonly #processes: readonly ProcessName[];
  readonly #credentials: readonly Credential[];
  readonly #made: Readonly<Record<string, string>>;

  constructor(
    scope: Scope,
    plan: ServicePlan,
    credentials: readonly Credential[],
    made: Readonly<Record<string, string>> = {},
  ) {
    this.#scope = scope;
    this.#id = { id: plan.id };
    this.#processes = plan.processes.map(({ name }) => name);
    this.#credentials = credentials;
    this.#made = made;
  }

  async install(plan: ServicePlan, renew: boolean): Promise<Result<InstalledManager>> {
    const version = systemdVersion(this.#scope.kind);
    if (version === undefined) return fail('retryable', `systemd does not answer (systemctl --${this.#scope.kind}).`);
    const paths = [plan.vault, plan.state, plan.repository, ...plan.dropFolders];
    const unfit = [...paths, ...this.#credentials.map(({ file }) => file)].map(unfitFor).find(why => why !== undefined);
    if (unfit !== undefined) return fail('invalid', unfit, 'Give it another name, or use pm2: --with pm2');
    const folder = folderOf(this.#scope);
    ensureFolder(folder);
    const units = unitsOf(plan, this.#scope, version, this.#credentials);
    const changed = units.filter(({ name, text }) => readIfThere(path.join(folder, name)) !== text);
    for (const { name, text } of changed) overwriteFile(folder, path.join(folder, name), text);
    if (changed.length > 0) this.#ctl(['daemon-reload']);
    const names = [targetOf(plan), ...this.#services()];
    this.#ctl(['reset-failed', ...names]);
    const enabled = this.#ctl(['enable', targetOf(plan)]);
    if (!enabled.ok) return fail('permanent', `systemd did not take the service: ${enabled.said}.`);
    // It ends once each says that it is ready, or has failed for the first time.
    this.#ctl([changed.length > 0 || renew ? 'restart' : 'start', ...names], START);
    await eventually(async () => (await this.look()).every(({ state }) => /running|failed|stopped/.test(state)), WAIT);
    const made = units.map(({ name, text }): [string, string] => [path.join(folder, name), sha256(text)]);
    return ok({
      with: 'systemd',
      ...(this.#scope.kind === 'system' ? { user: this.#scope.user } : {}),
      units: Object.fromEntries(made),
      credentials: [...this.#credentials],
    });
  }

  look(): Promise<readonly Seen[]> {
    const properties = 'Id,ActiveState,SubState,ActiveEnterTimestamp,NRestarts,MemoryCurrent,MainPID';
    const shown = this.#ctl(['show', '--timestamp=unix', `--property=${properties}`, ...this.#services()]).out;
    const units = shown.split('\n\n').map(
      block =>
        new Map(
          block.split('\n').map(line => {
            const at = line.indexOf('=');
            return [line.slice(0, at), line.slice(at + 1)];
          }),
        ),
    );
    return Promise.resolve(
      this.#processes.map(process => {
        const unit = unitOf(this.#id, process);
        const said = units.find(one => one.get('Id') === unit) ?? new Map<string, string>();
        const state = stateOf(said.get('ActiveState'), said.get('SubState'));
        const pid = Number(said.get('MainPID') ?? 0);
        const since = Number(/^@(\d+)/.exec(said.get('ActiveEnterTimestamp') ?? '')?.[1] ?? 0);
        const memory = Number(said.get('MemoryCurrent') ?? Number.NaN);
        return {
          ...{ process, state, restarts: Number(said.get('NRestarts') ?? 0) },
          ...(state !== 'running'
            ? this.#lastWords(unit)
            : {
                ...{ pid, memory: Number.isSafeInteger(memory) ? memory : residentOf(pid) },
                ...(since > 0 ? { since: new Date(since * 1000) } : {}),
              }),
        };
      }),
    );
  }

  async remove(): Promise<Result<readonly string[]>> {
    const names = [targetOf(this.#id), ...this.#services()];
    this.#ctl(['disable', targetOf(this.#id)]);
    const stopped = this.#ctl(['stop', ...names]);
    const isOver = await eventually(async () => !(await this.look()).some(({ pid }) => pid !== undefined), 20_000);
    if (!isOver) return fail('permanent', `systemd did not end Steward: ${stopped.said}.`);
    const folder = folderOf(this.#scope);
    for (const name of names) if (existsSync(path.join(folder, name))) unlinkSync(path.join(folder, name));
    this.#ctl(['daemon-reload']);
    this.#ctl(['reset-failed', ...names]);
    const own = existsSync(folder) ? readdirSync(folder).filter(name => names.some(unit => name === `${unit}.d`)) : [];
    return ok(own.map(name => `Your own ${path.join(folder, name)} is left.`));
  }

  astray(): readonly string[] {
    return Object.entries(this.#made).flatMap(([file, digest]) => {
      const text = readIfThere(file);
      if (text === undefined) return [`${file} is gone`];
      return sha256(text) === digest ? [] : [`${file} was changed (what is yours belongs into ${file}.d/)`];
    });
  }

  hints(): readonly (readonly [string, string])[] {
    const flag = this.#scope.kind === 'user' ? '--user ' : '';
    const logs = ['logs', `journalctl ${flag}-u 'steward-${this.#id.id}-*' -f`] as const;
    const restart = ['after a new setting', `systemctl ${flag}restart ${targetOf(this.#id)}`] as const;
    if (this.#scope.kind === 'system') return [logs, restart];
    const { username } = userInfo();
    const lingers = runTool('loginctl', ['show-user', username, '--property=Linger', '--value'], surroundings(), 10);
    if (lingers.out.trim() === 'yes') return [logs, restart];
    return [logs, restart, ['with the computer', 'loginctl enable-linger   (else only while you are logged in)']];
  }

  #services(): readonly string[] {
    return this.#processes.map(process => unitOf(this.#id, process));
  }

  #ctl(args: readonly string[], seconds = 60): Ran {
    return runTool('systemctl', [`--${this.#scope.kind}`, '--no-ask-password', ...args], surroundings(), seconds);
  }

  #lastWords(unit: string): { readonly said?: string } {
    const kind = this.#scope.kind === 'user' ? '--user-unit' : '--unit';
    const read = runTool('journalctl', [kind, unit, '-n', '1', '-o', 'cat', '-q', '--no-pager'], surroundings(), 10);
    const said = read.ok ? read.out.trim() : '';
    return said === '' ? {} : { said };
  }
}

function stateOf(active: string | undefined, sub: string | undefined): Seen['state'] {
  if (active === 'active') return 'running';
  if (active === 'failed') return 'failed';
  if (active === 'activating') return sub?.startsWith('auto-restart') ? 'pausing' : 'starting';
  return 'stopped';
}

const readIfThere = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

/** Bytes of memory that a process has, where systemd does not count them. */
function residentOf(pid: number): number {
  const said = runTool('ps', ['-o', 'rss=', '-p', String(pid)], surroundings(), 10);
  return (Number.parseInt(said.out, 10) || 0) * 1024;
}
