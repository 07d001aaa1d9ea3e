import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../core/config.ts';
import { localTime } from '../../core/names.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { isLocked } from '../../core/state-folder.ts';
import { forgetRemovals, sayRemovals } from '../../core/sync-removals.ts';
import { askForRound, readSyncStatus, type SyncStatus } from '../../core/sync-status.ts';

/** Milliseconds for which `sync now` waits for the round that it asked for. */
const LONGEST = 120_000;

/** Says in one line what is where and since when, and below it what is not synced: exit 0 all is well, 3 it waits. */
export function syncStatus(environment: Environment, isJson: boolean): number {
  const opened = openVault(environment);
  if (!opened.ok) return complain(sentence(opened.failure), EXIT.usage);
  const { state, config } = opened.value;
  const status = readSyncStatus(state);
  const isRunning = isLocked(state, 'syncer');
  if (isJson) {
    const told = { node: config.node, configured: config.sync !== undefined, running: isRunning, ...status };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  } else if (config.sync === undefined) {
    process.stdout.write('This vault is on this computer only. To have it on a second one:  steward pair\n');
    return EXIT.ok;
  } else {
    process.stdout.write(`${lineOf(config.sync.remote, status, isRunning, new Date())}\n`);
    for (const { node, role, health, silent } of status?.nodes ?? [])
      process.stdout.write(`  ${node} (${role})  ${silent ? 'is silent' : health}\n`);
    for (const { path, why } of status?.held ?? []) process.stdout.write(`  stays here  ${path}: ${why}\n`);
  }
  return config.sync === undefined || (isRunning && status !== undefined && status.trouble === undefined)
    ? EXIT.ok
    : EXIT.retry;
}

/** `in step with … since 14:05: nothing waits` */
function lineOf(remote: string, status: SyncStatus | undefined, isRunning: boolean, now: Date): string {
  if (status === undefined)
    return `Not synced with ${remote} yet${isRunning ? ': the first round is going on.' : '. Start Steward:  steward start'}`;
  const waits =
    status.waiting === 0 ? 'nothing waits' : status.waiting === 1 ? '1 file waits' : `${status.waiting} files wait`;
  const since = (at: string | undefined): string => (at === undefined ? 'never' : shortTime(new Date(at), now));
  if (status.trouble !== undefined)
    return `Cut off from ${remote} since ${since(status.trouble.since)}, ${waits}: ${status.trouble.why}`;
  const asOf = isRunning ? '' : ' Nothing syncs now: start Steward.';
  const when = `sent ${since(status.sent)}, taken in ${since(status.taken)}, looked ${since(status.reached)}`;
  return `In step with ${remote}: ${waits}; ${when}.${asOf}`;
}

/** `14:05`, or with the day where that was not today. */
function shortTime(at: Date, now: Date): string {
  const [told, today] = [localTime(at), localTime(now)];
  return told.slice(0, 10) === today.slice(0, 10) ? told.slice(11, 16) : told.slice(0, 16).replace('T', ' ');
}

/** Asks for a round now, waits for it and says how it went. */
export async function syncNow(environment: Environment): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return complain(sentence(opened.failure), EXIT.usage);
  const { state, config } = opened.value;
  if (config.sync === undefined) return syncStatus(environment, false);
  if (!isLocked(state, 'syncer'))
    return complain('Nothing syncs now. Start Steward, which does it by itself:  steward start', EXIT.retry);
  const before = readSyncStatus(state)?.rounds ?? -1;
  askForRound(state);
  const end = performance.now() + LONGEST;
  // A round that was going on already may not have seen what was written last: it is the next one that counts.
  while (performance.now() < end) {
    const rounds = readSyncStatus(state)?.rounds ?? -1;
    if (rounds > before || (rounds < before && rounds >= 1)) return syncStatus(environment, false);
    await sleep(50);
  }
  return complain('The round takes long; it goes on:  steward sync status', EXIT.retry);
}

/** Says of files that another device took away many at once that they go, or that they come back, and syncs. */
export async function decideRemovals(environment: Environment, said: 'let' | 'undone'): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return complain(sentence(opened.failure), EXIT.usage);
  const { state } = opened.value;
  if (isLocked(state, 'syncer')) sayRemovals(state, said, new Date());
  try {
    return await syncNow(environment);
  } finally {
    forgetRemovals(state);
  }
}

function complain(why: string, code: number): number {
  process.stderr.write(`${why}\n`);
  return code;
}
