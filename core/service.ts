import { spawn } from 'node:child_process';
import { copyFileSync, truncateSync } from 'node:fs';
import type { ServiceWishes } from './config.ts';
import { lstatOf } from './durable.ts';

/** Bytes to which a log of our own may grow; one older one of that size is kept beside it. */
const LONGEST_LOG = 4 * 1024 * 1024;
/** Milliseconds between two looks at the log. */
const EVERY = 10 * 60_000;

/**
 * What a process owes to the service manager that runs it, from the moment at which it is ready: it says so, it gives
 * signs of life where they are asked for, it keeps its log short, and it goes when the manager is gone.
 * Does nothing where a person started the process.
 */
export function serve(wishes: ServiceWishes): void {
  // pm2 waits for this very word (`wait_ready`).
  process.send?.('ready');
  process.on('disconnect', () => process.exit(0));
  // Whoever started us may be gone already.
  if (process.send !== undefined && !process.connected) process.exit(0);
  const { notifySocket, watchdog, log } = wishes;
  if (notifySocket !== undefined) {
    notify(notifySocket, 'READY=1');
    // A third of the time leaves room for one sign that comes late. A process whose event loop is stuck gives none.
    if (watchdog !== undefined) setInterval(() => notify(notifySocket, 'WATCHDOG=1'), watchdog / 3).unref();
  }
  if (log !== undefined) {
    keepShort(log);
    setInterval(() => keepShort(log), EVERY).unref();
  }
}

/** sd_notify(3), by systemd’s own program: Node cannot write to a datagram socket of the file system. */
function notify(socket: string, state: string): void {
  const child = spawn('systemd-notify', [state], {
    stdio: 'ignore',
    env: { NOTIFY_SOCKET: socket, PATH: '/usr/bin:/bin:/run/current-system/sw/bin' },
  });
  // Without it systemd’s patience ends, and its journal says so.
  child.on('error', () => undefined);
  child.unref();
}

/**
 * Puts a log that has grown long aside as `<file>.1` and begins it anew, in place: whoever writes it has it open to
 * append. What is written in that moment may be lost.
 */
export function keepShort(file: string, longest = LONGEST_LOG): void {
  const stats = lstatOf(file);
  if (stats === undefined || !stats.isFile() || stats.size <= longest) return;
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
}
