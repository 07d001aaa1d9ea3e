import { unlinkSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ensureFolder, lstatOf, overwriteFile, readIfThere } from './durable.ts';
import type { StateFolder } from './state-folder.ts';

/**
 * What the person said of files that another device took away many at once: `held` while nothing was said, `let` them go,
 * or `undone`: they come back everywhere.
 */
export type Removals = 'held' | 'let' | 'undone';

/** `sync/removals.json`: it counts for the round that is asked for with it, and never later. */
const Said = z.strictObject({ said: z.enum(['let', 'undone']), at: z.iso.datetime() });
/** Milliseconds for which it counts where nobody takes it away. */
const COUNTS = 120_000;

type Where = Pick<StateFolder, 'root' | 'tmp'>;
const fileOf = ({ root }: Pick<StateFolder, 'root'>): string => path.join(root, 'sync', 'removals.json');

/** Says it. For the command line; whoever says it takes it back once the round is over. */
export function sayRemovals(where: Where, said: Exclude<Removals, 'held'>, now: Date): void {
  ensureFolder(path.dirname(fileOf(where)));
  overwriteFile(where.tmp, fileOf(where), `${JSON.stringify({ said, at: now.toISOString() })}\n`);
}

export function forgetRemovals(where: Where): void {
  if (lstatOf(fileOf(where)) !== undefined) unlinkSync(fileOf(where));
}

/** What was said, as it counts now. For the process that syncs. */
export function saidOfRemovals(where: Pick<StateFolder, 'root'>, now: Date): Removals {
  const text = readIfThere(fileOf(where));
  if (text === undefined) return 'held';
  try {
    const { said, at } = Said.parse(JSON.parse(text));
    const age = now.getTime() - Date.parse(at);
    return age >= -COUNTS && age <= COUNTS ? said : 'held';
  } catch {
    return 'held';
  }
}
