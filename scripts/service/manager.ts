import { spawnSync } from 'node:child_process';
import type { Result } from '../../core/outcome.ts';
import type { ProcessName, ServicePlan } from './plan.ts';
import type { InstalledManager } from './record.ts';

/** How one process of the service stands. */
export type Seen = {
  readonly process: ProcessName;
  readonly state: 'running' | 'starting' | 'pausing' | 'failed' | 'stopped';
  readonly since?: Date;
  /** How often the manager has started it again. */
  readonly restarts?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly pid?: number;
  /** What it said last, where it does not run. */
  readonly said?: string;
};

/** Who keeps the processes running: an adapter for systemd, and one for pm2. */
export type Manager = {
  /** Makes the service what the plan says, and has it run. Nothing is touched that is already so, unless `renew`. */
  readonly install: (plan: ServicePlan, renew: boolean) => Promise<Result<InstalledManager>>;
  readonly look: () => Promise<readonly Seen[]>;
  /** Ends the processes and takes away what was made. Says what a person may want to know of it. */
  readonly remove: () => Promise<Result<readonly string[]>>;
  /** What was made by hand or went missing since it was installed, in words. */
  readonly astray: () => readonly string[];
  /** What the person can do now, each a label and a command. */
  readonly hints: () => readonly (readonly [string, string])[];
};

export type Ran = { readonly ok: boolean; readonly out: string; readonly said: string };

/** Runs a program of the service manager’s to its end, at most for `seconds`. */
export function runTool(program: string, args: readonly string[], env: NodeJS.ProcessEnv, seconds = 60): Ran {
  const done = spawnSync(program, args, { encoding: 'utf8', env, timeout: seconds * 1000 });
  const said = done.error?.message ?? (done.stderr.trim() || done.stdout.trim());
  return { ok: done.status === 0, out: done.stdout ?? '', said: said.split('\n').slice(-3).join(' ') };
}

/** Polls until the answer is yes; false after `ms` milliseconds. */
export async function eventually(is: () => Promise<boolean> | boolean, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (!(await is())) {
    if (performance.now() > end) return false;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return true;
}
