import path from 'node:path';
import { TempFolder } from '../test/helpers/temp.ts';
import { isShort, type Measured, median, pass } from './measured.ts';
import { Pipeline } from './pipeline.ts';
import { Bare, type Call, recordCalls } from './system-calls.ts';

const ROUNDS = isShort ? 30 : 150;
/** What the files server does for one task, in a process of its own: `strace -f -c` counts the same. */
const MOVE: readonly Call[] = [{ kind: 'link' }, { kind: 'folder' }, { kind: 'unlink' }, { kind: 'folder' }];
/** Milliseconds in which the folders of a new vault are young, and are synced with what is put into them. */
const YOUNG = 6000;

/**
 * The machine time of one task, from the drop to `Done/`, without the brain’s own, against the calls that changed
 * anything on disk, made bare: the same creates, links, renames and writes with the same syncs, one round beside the other.
 */
export default async function measure(): Promise<Measured[]> {
  await using pipeline = await Pipeline.open();
  using folder = new TempFolder();
  await pass(YOUNG);
  for (let warm = 0; warm < 50; warm += 1) await pipeline.through(1);
  const recording = recordCalls();
  await pipeline.through(1);
  recording.end();
  const calls = [...recording.calls, ...MOVE];
  const bare = new Bare(path.join(folder.path, 'bare'));
  for (let warm = 0; warm < 5; warm += 1) bare.play(calls);
  const ours: number[] = [];
  const floor: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    pipeline.brain.spent = 0;
    const begun = performance.now();
    await pipeline.through(1);
    const ended = performance.now();
    bare.play(calls);
    floor.push(performance.now() - ended);
    ours.push(ended - begun - pipeline.brain.spent);
  }
  bare.close();
  const syncs = calls.filter(({ kind }) => ['sync', 'datasync', 'folder'].includes(kind)).length;
  process.stderr.write(`  ${calls.length} calls that change the disk, ${syncs} of them syncs\n`);
  return [
    {
      ...{ name: 'one task, drop to Done, without the brain', unit: 'times', value: median(ours) / median(floor) },
      ...{ bound: 2, floor: `the same ${calls.length} calls with the same ${syncs} syncs, made bare` },
    },
  ];
}
