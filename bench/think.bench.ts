import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Brain } from '../core/brain.ts';
import { promptFor, sizeOf } from '../core/prompt.ts';
import { InProcess } from '../test/helpers/in-process.ts';
import type { Measured } from './measured.ts';

const SHORT = 20;
const LONG = 200;
const BUDGET =
  'budget: { task: { turns: 1000, tokens: 100000000, money: 1000, minutes: 600 }, day: { tokens: 100000000, money: 1000 } }';

/** Milliseconds of processor time of this process: what others do on the machine, and its disk, is not ours. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A brain that takes no time, and keeps when it was asked. */
function promptBrain(times: number[]): Brain {
  return {
    name: 'bench',
    label: 'a brain that takes no time',
    // Building what would be sent is ours; sending it is not.
    estimate: request => ({ model: 'bench', tokens: sizeOf(promptFor(request, 60_000, 90_000)), output: 1000 }),
    next: ({ exchanges }) => {
      times.push(worked());
      const at = exchanges.length;
      const calls =
        at < LONG
          ? [
              {
                id: `c${at}`,
                tool: 'plan_update',
                input: { summary: `Turn ${at}: ${'words '.repeat(100)}`, steps: [] },
              },
            ]
          : [{ id: `c${at}`, tool: 'finish', input: { outcome: 'done', evidence: 'x' } }];
      return Promise.resolve({
        ok: true,
        turn: { say: '', calls, usage: { model: 'bench', input_tokens: 100, output_tokens: 100 } },
      });
    },
  };
}

const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;

async function timesOf(turns: readonly [from: number, to: number][]): Promise<readonly number[]> {
  const asked: number[] = [];
  await using vault = new InProcess(`settle: { note: 0, tick: 0, drop: 0 }\n${BUDGET}\n`, promptBrain(asked));
  writeFileSync(path.join(vault.root, 'Needs_Action', 'Plan the garden.md'), 'Plan the garden for the whole year.');
  await vault.drain();
  const between = asked.slice(1).map((at, index) => at - (asked[index] ?? at));
  return turns.map(([from, to]) => median(between.slice(from, to)));
}

/** Our own time from one question to a brain to the next: records, results, notes, request, budget; not the brain’s. */
export default async function measure(): Promise<Measured[]> {
  const spans: readonly [number, number][] = [
    [SHORT / 2, SHORT * 1.5],
    [LONG - SHORT, LONG],
  ];
  // The first run warms up, so that what comes later is not faster for that.
  await timesOf(spans);
  const [early = Number.NaN, late = Number.NaN] = await timesOf(spans);
  return [
    {
      ...{ name: 'own processor time per turn with a journal of 200 turns, median', unit: 'ms' },
      ...{ value: late, bound: 15, floor: 'nothing' },
    },
    {
      ...{ name: 'the same at 200 turns', unit: 'times' },
      ...{ value: late / early, bound: 2, floor: 'itself at 20 turns' },
    },
  ];
}
