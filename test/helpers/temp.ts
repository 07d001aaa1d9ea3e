import { accessSync, constants, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder that is gone when its scope ends. */
export class TempFolder {
  readonly path: string;

  constructor(parent = tmpdir()) {
    this.path = realpathSync(mkdtempSync(path.join(parent, 'steward-test-')));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

const MEMORY = '/dev/shm';

/** A folder for passing files in memory where the system has one: for tests that write much and ask nothing of a disk. */
export function inMemory(): string {
  if (tmpdir().startsWith(MEMORY)) return tmpdir();
  try {
    accessSync(MEMORY, constants.W_OK);
    return MEMORY;
  } catch {
    return tmpdir();
  }
}

/** The ordinary folder for passing files, also while the tests keep theirs in memory. */
export function onDisk(): string {
  return process.env.STEWARD_TEST_DISK ?? tmpdir();
}
