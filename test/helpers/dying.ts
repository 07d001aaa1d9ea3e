import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** What changes something on the disk, and with that may be the last thing that a process does. */
const CHANGING = [
  ...(['writeSync', 'linkSync', 'unlinkSync', 'renameSync', 'mkdirSync', 'rmSync'] as const),
  ...(['fsyncSync', 'fdatasyncSync', 'ftruncateSync'] as const),
];

/**
 * Runs something that dies right before its n-th change to the disk: that call throws, and so does every one after it, so
 * that nothing that would tidy up can. Returns whether that point was reached.
 */
export async function dyingAt(point: number, work: () => Promise<void>): Promise<boolean> {
  const kept = CHANGING.map(name => ({ name, call: fs[name] }));
  const opened = fs.promises.open;
  let count = 0;
  for (const { name, call } of kept) {
    Reflect.set(fs, name, (...given: unknown[]) => {
      count += 1;
      if (count >= point) throw new Error(`dead before ${name}, change ${count}`);
      return Reflect.apply(call, fs, given);
    });
  }
  Reflect.set(fs.promises, 'open', async (...given: Parameters<typeof opened>) => {
    count += 1;
    if (count >= point) throw new Error(`dead before open, change ${count}`);
    return opened(...given);
  });
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Reflect.set(fs.promises, 'open', opened);
    for (const { name, call } of kept) Reflect.set(fs, name, call);
    syncBuiltinESMExports();
  }
  return count >= point;
}
