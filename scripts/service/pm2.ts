import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { serviceSurroundings } from '../../core/config.ts';
import { ensureFolder, readEnd } from '../../core/durable.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { quote } from '../doctor/finding.ts';
import { withoutPackages } from './here.ts';
import { eventually, type Manager, type Ran, runTool, type Seen } from './manager.ts';
import { NEEDS_PERSON, type ServicePlan } from './plan.ts';
import type { InstalledManager } from './record.ts';

/** A socket’s path may have 103 bytes on some systems, and pm2 puts `/interactor.sock` behind its home. */
const LONGEST_HOME = 103 - '/interactor.sock'.length;
/** Seconds until every app must have said that it is ready, one after the other. */
const START = 400;

/** What `pm2 jlist` says of an app; the rest is of no interest. */
const Listed = z.array(
  z.object({
    name: z.string(),
    pid: z.number().optional(),
    monit: z.object({ memory: z.number() }).optional(),
    pm2_env: z.object({
      status: z.string(),
      pm_uptime: z.number().optional(),
      restart_time: z.number().optional(),
      exit_code: z.number().optional(),
    }),
  }),
);

const STATES: Readonly<Record<string, Seen['state']>> = {
  online: 'running',
  launching: 'starting',
  'waiting restart': 'pausing',
  errored: 'failed',
};

/** pm2 says “waiting restart” also of an app that it leaves alone because of how it ended. */
function stateOf(status = '', exitCode = 0): Seen['state'] {
  const state = STATES[status] ?? 'stopped';
  return state === 'pausing' && exitCode === NEEDS_PERSON ? 'failed' : state;
}

/** The home of a pm2 of our own: in the service’s folder, unless its sockets would have too long a path there. */
export function pm2Home(service: string, id: string): string {
  const home = path.join(service, 'pm2');
  return Buffer.byteLength(home) <= LONGEST_HOME ? home : path.join(homedir(), `.steward-pm2-${id}`);
}

/** Where pm2 is: on the search path, else where it was when the service was installed. */
export function findPm2(known?: string): string | undefined {
  const given = serviceSurroundings();
  // One that came with the packages of ours is for our tests.
  const env = { ...given, PATH: withoutPackages(given.PATH ?? '') };
  const found = runTool('/bin/sh', ['-c', 'command -v pm2'], env, 10);
  if (found.ok) return found.out.trim();
  return known !== undefined && existsSync(known) ? known : undefined;
}

/** The service under a pm2 that serves nothing else. */
export class Pm2 implements Manager {
  readonly #program: string | undefined;
  readonly #home: string;
  readonly #plan: ServicePlan;
  readonly #stewardHome: string;

  constructor(program: string | undefined, home: string, plan: ServicePlan, stewardHome: string) {
    this.#program = program;
    this.#home = home;
    this.#plan = plan;
    this.#stewardHome = stewardHome;
  }

  async install(plan: ServicePlan, renew: boolean): Promise<Result<InstalledManager>> {
    const program = this.#program;
    if (program === undefined) return fail('invalid', 'pm2 is not installed.', 'Install it: npm install -g pm2');
    ensureFolder(this.#home);
    const made: InstalledManager = { with: 'pm2', home: this.#home, program };
    const seen = renew ? [] : await this.look();
    if (seen.length > 0 && seen.every(({ state }) => state === 'running')) return ok(made);
    const ended = await this.#end();
    if (!ended.ok) return ended;
    const started = this.#run(['start', path.join(plan.repository, 'ecosystem.config.cjs')], START);
    if (!started.ok) return fail('permanent', `pm2 did not start Steward: ${started.said}.`);
    // What `pm2 resurrect` brings back after a restart of the computer.
    const saved = this.#run(['save']);
    return saved.ok ? ok(made) : fail('permanent', `pm2 could not keep its list: ${saved.said}.`);
  }

  async look(): Promise<readonly Seen[]> {
    // Asking a pm2 that does not run would start one.
    const listed = (await this.#answers()) ? this.#list() : [];
    return this.#plan.processes.map(({ name: process }) => {
      const app = listed.find(({ name }) => name === `steward-${process}`);
      const state = stateOf(app?.pm2_env.status, app?.pm2_env.exit_code);
      const { pm_uptime: since, restart_time: restarts } = app?.pm2_env ?? {};
      return {
        ...{ process, state },
        ...(restarts === undefined ? {} : { restarts }),
        ...(state === 'running'
          ? {
              ...(since === undefined ? {} : { since: new Date(since) }),
              ...(app?.monit === undefined ? {} : { memory: app.monit.memory }),
              ...(app?.pid === undefined ? {} : { pid: app.pid }),
            }
          : this.#lastWords(process)),
      };
    });
  }

  async remove(): Promise<Result<readonly string[]>> {
    const ended = await this.#end();
    if (!ended.ok) return ended;
    rmSync(this.#home, { recursive: true, force: true });
    return ok([]);
  }

  astray(): readonly string[] {
    if (!existsSync(this.#home)) return [`${this.#home} is gone`];
    return this.#program === undefined ? ['pm2 is not installed any more'] : [];
  }

  hints(): readonly (readonly [string, string])[] {
    const home = `PM2_HOME=${quote(this.#home)}`;
    return [
      ['logs', `${home} pm2 logs`],
      ['after a new setting', `${home} pm2 restart all`],
      ['with the computer', `${home} pm2 startup   (tells one command to run as root)`],
    ];
  }

  /** Ends this pm2 with all that it runs. */
  async #end(): Promise<Result<'ended'>> {
    if (!(await this.#answers())) return ok('ended');
    if (this.#program === undefined) {
      const mend = 'Install it again (npm install -g pm2), then repeat this.';
      return fail('permanent', 'pm2 is not installed any more, and yet it runs.', mend);
    }
    const killed = this.#run(['kill']);
    if (await eventually(async () => !(await this.#answers()), 20_000)) return ok('ended');
    return fail('permanent', `pm2 does not end: ${killed.said}.`);
  }

  #run(args: readonly string[], seconds?: number): Ran {
    const env = {
      ...serviceSurroundings(),
      ...{ STEWARD_VAULT: this.#plan.vault, STEWARD_HOME: this.#stewardHome },
      ...{ PM2_HOME: this.#home, PM2_DISCRETE_MODE: 'true', PM2_DISABLE_VERSION_CHECK: '1', NO_COLOR: '1' },
    };
    return runTool(this.#program ?? 'pm2', args, env, seconds);
  }

  #list(): z.infer<typeof Listed> {
    // What pm2 has to say about itself may stand before the list.
    const line = this.#run(['jlist'])
      .out.split('\n')
      .find(one => one.startsWith('['));
    try {
      const parsed = Listed.safeParse(JSON.parse(line ?? '[]'));
      return parsed.success ? parsed.data : [];
    } catch {
      return [];
    }
  }

  #lastWords(process: string): { readonly said?: string } {
    const file = this.#plan.processes.find(({ name }) => name === process)?.log;
    if (file === undefined || !existsSync(file)) return {};
    const lines = readEnd(file, 2000).data.toString('utf8').trim().split('\n');
    const said = lines.at(-1)?.replace(/^\d{4}-\d\d-\d\dT[\d:]+: /, '');
    return said === undefined || said === '' ? {} : { said };
  }

  #answers(): Promise<boolean> {
    return new Promise(resolve => {
      const socket = connect(path.join(this.#home, 'rpc.sock'));
      const end = (is: boolean): void => {
        socket.destroy();
        resolve(is);
      };
      socket.once('connect', () => end(true));
      socket.once('error', () => end(false));
    });
  }
}
