import { readdirSync, readFileSync } from 'node:fs';
import { TestVault, until } from '../test/helpers/vault.ts';
import type { Measured } from './run.ts';

const IDLE_SECONDS = 30;

/** A process and all its children, by /proc. */
function family(pid: number): number[] {
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

/** Proportional memory in MB. */
const pss = (pid: number): number =>
  Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;

/** Processor time that a process has used, in seconds. */
function cpu(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Memory of all processes after a task has gone through, and the share of a core that idling takes. */
export default async function measure(): Promise<Measured[]> {
  await using vault = new TestVault();
  const child = await vault.start();
  vault.write('Inbox/invoice-2026-01-02.txt', 'Invoice');
  await until(
    () => vault.files('Pending_Approval').length === 1,
    () => vault.output,
  );
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => vault.files('Done').length === 4,
    () => vault.output,
  );
  const all = family(child.pid ?? 0);
  const memory = all.map(pss).reduce((sum, one) => sum + one, 0);
  const before = all.map(cpu).reduce((sum, one) => sum + one, 0);
  await until(
    () => false,
    () => '',
    IDLE_SECONDS * 1000,
  ).catch(() => undefined);
  const idle = (all.map(cpu).reduce((sum, one) => sum + one, 0) - before) / IDLE_SECONDS;
  return [
    { name: 'memory of all processes', unit: 'MB (PSS)', value: memory, bound: 260, floor: 'a bound in megabytes' },
    { name: 'idle', unit: '% of a core', value: idle * 100, bound: 0.1, floor: 'nothing to do' },
  ];
}
