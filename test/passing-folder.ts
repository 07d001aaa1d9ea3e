import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';

const MEMORY = '/dev/shm';
const NAME = 'steward';
const GIGABYTE = 1024 ** 3;
/** What all suites together have in it at once is far below this. */
const ROOM = 2 * GIGABYTE;
/** What stands in memory is taken from what the processes may have. */
const LEFT_FOR_PROCESSES = 2 * GIGABYTE;

export type PassingFolder = { readonly path: string; readonly why: string; remove(): void };

/**
 * Where this run of the tests keeps its vaults: a folder in memory, where every wait for a disk is none, or the ordinary
 * folder for passing files. The latter where `onDisk` asks for it, where the person chose one by TMPDIR, where the memory
 * has no room (a container’s 64 MB, say), and where nothing may be run from it. `remove` may be called more than once.
 */
export function passingFolder(onDisk: boolean): PassingFolder {
  const ordinary = (why: string): PassingFolder => ({ path: tmpdir(), why, remove: () => undefined });
  if (onDisk) return ordinary('on disk, as asked for');
  if (process.env.TMPDIR !== undefined) return ordinary('TMPDIR says so');
  const hindrance = whyNotInMemory();
  if (hindrance !== undefined) return ordinary(hindrance);
  removeLeftBehind();
  // Short, since the path of a socket may have 107 bytes; with our number, so that what a killed run leaves is known.
  const folder = mkdtempSync(path.join(MEMORY, `${NAME}${process.pid}-`));
  // What is in it belongs to whoever made it; a server of another user has to get through.
  chmodSync(folder, 0o711);
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (!runsFrom(folder)) {
    remove();
    return ordinary(`nothing may be run from ${MEMORY}`);
  }
  return { path: folder, why: 'in memory', remove };
}

function whyNotInMemory(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize < ROOM) return `${MEMORY} has no room`;
    const available = /^MemAvailable: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    const needed = ROOM + LEFT_FOR_PROCESSES + availableParallelism() * GIGABYTE;
    return Number(available) * 1024 < needed ? 'there is too little memory' : undefined;
  } catch {
    return `there is no ${MEMORY}`;
  }
}

/** Some suites put programs into their folders. */
function runsFrom(folder: string): boolean {
  const script = path.join(folder, 'try');
  writeFileSync(script, '#!/bin/sh\nexit 0\n', { mode: 0o700 });
  const done = spawnSync(script);
  rmSync(script);
  return done.status === 0;
}

/** What runs that were killed could not remove would take memory until the machine starts again. */
function removeLeftBehind(): void {
  for (const name of readdirSync(MEMORY)) {
    const run = new RegExp(`^${NAME}(\\d+)-`).exec(name)?.[1];
    if (run === undefined || lives(Number(run))) continue;
    try {
      rmSync(path.join(MEMORY, name), { recursive: true, force: true });
    } catch {
      // Another person’s.
    }
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
