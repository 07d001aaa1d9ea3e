import type { ExecutorContext } from './context.ts';

/**
 * Has nothing begin at one action server until a person resumes it. What is approved there waits, lapses in its time as
 * usual, and is done afterwards; every other server goes on.
 */
export async function pause(channel: string, why: string, by: string, context: ExecutorContext): Promise<void> {
  const { ledger, servers, log } = context;
  if (!servers.names.includes(channel)) {
    log.event(`ignored    there is no channel “${channel}” to pause`);
    return;
  }
  if (ledger.book.paused.has(channel)) return;
  await ledger.record({ kind: 'PAUSED', channel, why, by });
  log.event(`paused     ${channel}: ${why} What is approved there waits for  steward resume ${channel}`);
}

/** Lifts a pause. The server starts anew, so that a password that was set since is the one it uses. */
export async function unpause(channel: string, by: string, context: ExecutorContext): Promise<void> {
  const { ledger, servers, log } = context;
  if (!ledger.book.paused.has(channel)) return;
  await servers.restart(channel);
  await ledger.record({ kind: 'UNPAUSED', channel, by });
  log.event(`resumed    ${channel}`);
}

/** Lifts the pauses whose time has come. */
export async function endPauses(context: ExecutorContext): Promise<void> {
  for (const [channel, { until }] of [...context.ledger.book.paused]) {
    if (until !== undefined && Date.parse(until) <= context.now().getTime()) await unpause(channel, 'steward', context);
  }
}
