import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { TestVault } from '../test/helpers/vault.ts';
import { isShort, type Measured } from './measured.ts';
import { Pipeline } from './pipeline.ts';
import { family, pss } from './processes.ts';

const TASKS = isShort ? 1000 : 10_000;
/** Tasks that go through together, as after a morning’s mail. */
const AT_ONCE = 10;
const MB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Bytes that live after everything dead is gone. */
function living(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The memory of all processes of a Steward that has just started, in MB. */
async function memoryOfSteward(): Promise<number> {
  await using vault = new TestVault();
  const { pid } = await vault.start();
  await vault.dropInvoice();
  return pss(family(pid ?? 0));
}

/**
 * Many tasks through one planner and one executor that stay up: whether the last ones cost more than the first, and what
 * they leave behind in memory. By processor time, since the disk of a busy machine is now slow and now fast.
 */
export default async function measure(): Promise<Measured[]> {
  const base = await memoryOfSteward();
  await using pipeline = await Pipeline.open();
  // What is loaded and compiled with the first tasks is neither growth nor speed.
  for (let warm = 0; warm < 20; warm += 1) await pipeline.through(AT_ONCE);
  const before = living();
  const tenths: number[] = [];
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const begun = process.cpuUsage();
    for (let done = 0; done < TASKS / 10; done += AT_ONCE) await pipeline.through(AT_ONCE);
    const { user, system } = process.cpuUsage(begun);
    tenths.push(user + system);
  }
  const grown = (living() - before) / MB;
  const [first = Number.NaN] = tenths;
  const last = tenths.at(-1) ?? Number.NaN;
  const many = TASKS.toLocaleString('en');
  process.stderr.write(
    `  tenths: ${tenths.map(one => (one / first).toFixed(2)).join(' ')}; grown by ${grown.toFixed(1)} MB\n`,
  );
  return [
    {
      ...{ name: `of ${many} tasks, the last tenth`, unit: 'times the processor time', value: last / first },
      ...{ bound: 1 / 0.9, floor: 'the first tenth' },
    },
    {
      ...{ name: `memory grown over ${many} tasks`, unit: '%', value: (grown / base) * 100, bound: 10 },
      floor: 'all processes of a Steward that has done one task (PSS)',
    },
  ];
}
