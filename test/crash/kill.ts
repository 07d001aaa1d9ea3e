import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NODE, type Place, type Ran } from './place.ts';
import { type Snapshots, STEPS, type Step } from './scenario.ts';

export const ROLES = ['supervisor', 'executor', 'server'] as const;
export type Role = (typeof ROLES)[number];
export type KillPoint = { readonly step: Step; readonly role: Role; readonly call: string; readonly when: number };

export const nameOf = ({ step, role, call, when }: KillPoint): string => `kill:${step}:${role}:${call}:${when}`;

/**
 * Calls that change a file system, or that another process sees. Opening is not among them: the empty file that it may
 * make is what a kill before the first write leaves.
 */
const CALLS =
  'write,writev,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,sendmsg,sendto,shutdown';

/**
 * Runs `start --once` with strace around some of its processes. Each process is told apart by the file it runs: a small
 * program stands in for `node` (a preload makes the processes start their children through it), and strace stands
 * beside its process (`-D`), so that signals and exits pass as ever. `trace` gives strace’s arguments for a role; only
 * the first process of a role is traced, so that one that is started again after a kill lives.
 */
export async function traced(place: Place, trace: (role: Role) => readonly string[] | undefined): Promise<Ran> {
  const preload = path.join(place.base, 'through.cjs');
  const through = path.join(place.base, 'node.sh');
  writeFileSync(preload, `process.execPath = ${JSON.stringify(through)};\n`);
  const cases = ROLES.flatMap(role => {
    const args = trace(role);
    if (args === undefined) return [];
    const file = {
      supervisor: 'scripts/launch.mjs',
      executor: 'orchestrator/executor.ts',
      server: 'mcp-servers/main.ts',
    }[role];
    const mark = path.join(place.base, `${role}.begun`);
    rmSync(mark, { recursive: true, force: true });
    const line = ['strace', '-D', '-f', '-b', 'execve', '-o', logOf(place, role), ...args, NODE].join(' ');
    return [`*${file}*) if mkdir '${mark}' 2>/dev/null; then exec ${line} "$@"; fi;;`];
  });
  const script = [
    '#!/bin/sh',
    'export UV_THREADPOOL_SIZE=1',
    'case "$*" in',
    ...cases,
    'esac',
    `exec ${NODE} "$@"`,
    '',
  ];
  writeFileSync(through, script.join('\n'));
  chmodSync(through, 0o755);
  return place.once({ program: [through], environment: { NODE_OPTIONS: `--require ${preload}` } });
}

const logOf = (place: Place, role: Role): string => path.join(place.base, `${role}.strace`);

/** Kills one process before its `when`-th call; the call `ledger` is a write to the ledger. False where it was not reached. */
export async function killAt(place: Place, { role, call, when }: KillPoint): Promise<boolean> {
  const limit = call === 'ledger' ? [`-P ${path.join(place.state, 'ledger.journal')}`] : [];
  const name = call === 'ledger' ? 'write' : call;
  await traced(place, one =>
    one === role ? [...limit, `-e trace=${name}`, `-e inject=${name}:signal=SIGKILL:when=${when}`] : undefined,
  );
  return existsSync(logOf(place, role)) && readFileSync(logOf(place, role), 'utf8').includes('killed by SIGKILL');
}

/** Every point that every one of two undisturbed runs reaches. */
export async function killPoints(before: Snapshots, base: string): Promise<KillPoint[]> {
  const points: KillPoint[] = [];
  for (const step of STEPS) {
    const counts = await Promise.all(
      [1, 2].map(run => count(before[step].copyTo(path.join(base, `count-${step}-${run}`)))),
    );
    for (const role of ROLES) {
      for (const [call, most] of counts[0]?.get(role) ?? []) {
        const times = Math.min(most, counts[1]?.get(role)?.get(call) ?? 0);
        for (let when = 1; when <= times; when += 1) points.push({ step, role, call, when });
      }
    }
  }
  return points;
}

type Counts = ReadonlyMap<Role, ReadonlyMap<string, number>>;

/** How often each process makes each call, in the thread that makes it most: strace counts per thread. */
async function count(place: Place): Promise<Counts> {
  await traced(place, () => [`-e trace=${CALLS}`]);
  const counts = new Map<Role, Map<string, number>>();
  for (const role of ROLES) {
    const threads = new Map<string, number>();
    const log = readdirSync(place.base).includes(`${role}.strace`) ? readFileSync(logOf(place, role), 'utf8') : '';
    for (const line of log.split('\n')) {
      const call = /^(\d+) +([a-z0-9]+)\(/.exec(line);
      if (call !== null) threads.set(`${call[1]} ${call[2]}`, (threads.get(`${call[1]} ${call[2]}`) ?? 0) + 1);
    }
    const most = new Map<string, number>();
    for (const [key, times] of threads) {
      const call = key.split(' ')[1] ?? '';
      most.set(call, Math.max(most.get(call) ?? 0, times));
    }
    counts.set(role, most);
  }
  place.remove();
  return counts;
}

/** Reads a point’s name back; undefined where it is only the beginning of one. */
export function parsePoint(name: string): KillPoint | undefined {
  const [kind, step, role, call, when] = name.split(':');
  const known = { step: STEPS.find(one => one === step), role: ROLES.find(one => one === role) };
  if (kind !== 'kill' || known.step === undefined || known.role === undefined || call === undefined) return undefined;
  return Number(when) > 0 ? { step: known.step, role: known.role, call, when: Number(when) } : undefined;
}
