import { readFileSync } from 'node:fs';
import { uptime as sinceBoot } from 'node:os';

/**
 * Seconds since this computer started: a clock that nobody sets, that counts the time asleep too, and that is the same
 * for every process. Wall clocks may be wrong by hours; the clock of `performance` stands still while a laptop sleeps.
 */
export const uptime = (): number => sinceBoot();

const BOOT = '/proc/sys/kernel/random/boot_id';

/** Which start of this computer it is, where the system says: a time of uptime means nothing after the next. */
export function bootId(): string {
  try {
    return readFileSync(BOOT, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
