import { readdirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from './digest.ts';
import { moveFile, readStrictly } from './durable.ts';

/** The largest file that is compared, in bytes: a larger one is put back unseen. */
const LARGEST = 64 * 1024 * 1024;

/**
 * Ends removals (`Vault.removeExactly`) that a crash cut off: what was to go goes; what somebody had saved in between is
 * put back under its name, which is one of `places`.
 */
export function finishRemovals(root: string, places: readonly string[]): void {
  const passing = path.join(root, '.steward', 'tmp');
  for (const name of readdirSync(passing)) {
    const [, place = '', expected = ''] = /^gone-([0-9a-f]{16})-([0-9a-f]{64})$/.exec(name) ?? [];
    if (expected === '') continue;
    const kept = path.join(passing, name);
    const read = readStrictly(kept, LARGEST);
    if (read.kind === 'read' && sha256(read.bytes) === expected) unlinkSync(kept);
    else for (const at of places) if (sha256(at).startsWith(place)) moveFile(kept, path.join(root, at));
  }
}
