import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of a processor’s clock in a second, as Linux tells of them (proc_pid_stat(5)). */
const TICKS = 100;

/** A process and all its children, by /proc. */
export function family(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => {
      try {
        return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
  return [pid, ...children.flatMap(family)];
}

/** Proportional memory of processes in MB: what several share counts once. */
export const pss = (pids: readonly number[]): number =>
  pids
    .map(pid => Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024)
    .reduce((sum, one) => sum + one, 0);

/** Processor time that processes have used, in seconds. */
export const cpu = (pids: readonly number[]): number => ticks(pids, [11, 12]) / TICKS;

/** The same with all children that have ended: for processes that start others now and then. */
export const cpuWithEnded = (pids: readonly number[]): number => ticks(pids, [11, 12, 13, 14]) / TICKS;

/** The sum of some fields of /proc/PID/stat, counted from behind the name (proc_pid_stat(5)). */
const ticks = (pids: readonly number[], places: readonly number[]): number =>
  pids
    .map(pid => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return places.reduce((sum, place) => sum + Number(fields[place]), 0);
    })
    .reduce((sum, one) => sum + one, 0);

/** The words that a process was started with. */
export const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
