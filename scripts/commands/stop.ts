import { userInfo } from 'node:os';
import type { Environment } from '../../core/config.ts';
import { EXIT, type OpenVault, openVault } from '../../core/open-vault.ts';
import { type Result, sentence } from '../../core/outcome.ts';
import { type Message, Spool } from '../../core/spool.ts';
import { FILES } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';
import { PROGRAMS } from '../../orchestrator/execute/servers.ts';
import { renderStop } from '../../orchestrator/report/stop-note.ts';
import { LedgerView } from '../../orchestrator/think/ledger-view.ts';
import { pauseTask, resumeTask } from './pause-task.ts';

/** Stops effects twice over: the note works at once, the message puts it on record. */
export function stop(environment: Environment): number {
  const opened = openVault(environment);
  if (!opened.ok) return complain(opened);
  const { root } = opened.value;
  const by = userInfo().username;
  const why = `${by} said so.`;
  const made = new Vault(root, 'person').create(FILES.stop, renderStop({ why, by }, new Date()));
  put(opened.value, { kind: 'stop', why, by });
  if (!made.ok) return complain(made);
  process.stdout.write('Stopped: no effect begins until  steward resume\n');
  return EXIT.ok;
}

/** Lifts the stop; with a channel or a task, the pause of that and nothing else. */
export function resume(environment: Environment, channel?: string): number {
  const opened = openVault(environment);
  if (!opened.ok) return complain(opened);
  if (channel !== undefined && !PROGRAMS.has(channel)) return withChannels(resumeTask(opened.value, channel));
  const { root } = opened.value;
  const by = userInfo().username;
  const { paused, stopped } = ledgerOf(opened.value);
  if (channel !== undefined) {
    put(opened.value, { kind: 'unpause', channel, by });
    process.stdout.write(paused.has(channel) ? `Resumed ${channel}.\n` : `${channel} was not paused.\n`);
    if (stopped !== undefined) process.stdout.write('Everything is still stopped: see STOP.md, then  steward resume\n');
    return EXIT.ok;
  }
  put(opened.value, { kind: 'resume', by });
  new Vault(root, 'person').remove(FILES.stop);
  process.stdout.write(environment.enabled ? 'Resumed.\n' : 'STEWARD_ENABLED is still false: change that too.\n');
  for (const name of paused.keys()) process.stdout.write(`${name} is still paused: steward resume ${name}\n`);
  return EXIT.ok;
}

/** Has nothing begin at one channel, which is an action server by its name; or has one task left alone. */
export function pause(environment: Environment, channel: string, why: string): number {
  const opened = openVault(environment);
  if (!opened.ok) return complain(opened);
  if (!PROGRAMS.has(channel)) return withChannels(pauseTask(opened.value, channel, why));
  const by = userInfo().username;
  put(opened.value, { kind: 'pause', channel, why: why === '' ? `${by} said so.` : why, by });
  process.stdout.write(`Paused: nothing begins at ${channel} until  steward resume ${channel}\n`);
  return EXIT.ok;
}

/** Where what was named is no task either: which channels there are. */
function withChannels(code: number): number {
  if (code !== EXIT.ok) process.stderr.write(`Channels: ${[...PROGRAMS.keys()].sort().join(', ')}.\n`);
  return code;
}

function ledgerOf({ state }: OpenVault): LedgerView {
  const view = new LedgerView(state.ledger);
  view.refresh();
  return view;
}

function put({ state }: OpenVault, message: Message): void {
  new Spool(state.executorSpool, state.tmp).put(`person-${message.kind}-${process.pid}-${Date.now()}`, message);
}

function complain({ failure }: Extract<Result<unknown>, { ok: false }>): number {
  process.stderr.write(`${sentence(failure)}\n`);
  return EXIT.usage;
}
