import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** A folder in memory, where there is one with room: what a disk may lose is tried elsewhere. */
const MEMORY = '/dev/shm';
const ROOM = 512 * 1024 * 1024;

/** What the environment needs so that passing folders are made in memory; nothing where there is none with room. */
export function inMemory(): { TMPDIR?: string } {
  if (tmpdir().startsWith(MEMORY)) return {};
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM ? { TMPDIR: MEMORY } : {};
  } catch {
    // The disk is slower, and does.
    return {};
  }
}
