import { NEEDS_PERSON, type ServicePlan } from './plan.ts';

/** Milliseconds: between the first end and the next start, to be ready, and to end after being asked to. */
const FIRST_PAUSE = 200;
const PATIENCE = 120_000;
const LAST_WORDS = 5000;

/** An app as pm2’s ecosystem file describes it (pm2.keymetrics.io, Ecosystem File). */
export type Pm2App = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
};

/** The processes as pm2 apps. */
export function pm2Apps(plan: ServicePlan): readonly Pm2App[] {
  return plan.processes.map(({ name, command: [node, ...args], env, memory, log }) => ({
    name: `steward-${name}`,
    // The pinned Node is the program, so that no code of pm2’s runs inside ours.
    ...{ script: node, args, interpreter: 'none', exec_mode: 'fork', cwd: plan.repository },
    // What a variable’s name contains is left out, and every name contains nothing: only `env` is given.
    ...{ filter_env: [''], env: { ...env, STEWARD_SERVICE_LOG: log } },
    ...{ out_file: log, error_file: log, merge_logs: true, time: true },
    // pm2 lengthens the pause by half each time, up to 15 seconds, and forgets it after 30 quiet ones.
    ...{ autorestart: true, exp_backoff_restart_delay: FIRST_PAUSE, min_uptime: 1000, max_restarts: 1_000_000 },
    stop_exit_codes: [NEEDS_PERSON],
    max_memory_restart: `${memory}M`,
    ...{ wait_ready: true, listen_timeout: PATIENCE, kill_timeout: LAST_WORDS },
    ...{ vizion: false, automation: false, pmx: false },
  }));
}
