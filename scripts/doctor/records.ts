import path from 'node:path';
import { lstatOf } from '../../core/durable.ts';
import { Spool } from '../../core/spool.ts';
import { isLocked } from '../../core/state-folder.ts';
import { FILES } from '../../core/states.ts';
import { checkSoundness } from '../commands/verify.ts';
import { broken, type Finding, fine, type Patient, some, warn } from './finding.ts';

/** Milliseconds by which the newest record may be ahead of the clock. */
const AHEAD = 60_000;
/** Milliseconds after which a message that nobody took has waited too long while Steward runs. */
const LONG = 10 * 60_000;

/** The record of what was done, and whether anything is done now. */
export async function checkRecords(patient: Patient): Promise<readonly Finding[]> {
  const { root, state, config, now, environment, vault } = patient;
  if (lstatOf(state.root) === undefined) return [];
  const { problems, records, newest, book } = await checkSoundness(root, state, config.node);
  const findings: Finding[] = problems.map(problem =>
    broken('ledger', problem, 'Stop Steward, keep a copy of vault and state, and restore both from one backup.'),
  );
  if (problems.length === 0) findings.push(fine('ledger', `sound, ${records} records, the log agrees`));
  if (newest !== undefined && Date.parse(newest) - now.getTime() > AHEAD) {
    const text = `The newest record is of ${newest}, and this computer says that it is ${now.toISOString()}.`;
    findings.push(broken('clock', text, 'Set the clock of this computer.'));
  }
  findings.push(...messages(patient, now));
  const stopped = [
    environment.enabled ? undefined : 'STEWARD_ENABLED is false',
    book.stopped?.why.replace(/\.$/, ''),
    vault.exists(FILES.stop) && book.stopped === undefined ? `${FILES.stop} is in the vault` : undefined,
  ].filter(why => why !== undefined);
  if (stopped.length > 0) {
    const mend = environment.enabled
      ? 'When it is safe: steward resume'
      : 'Unset STEWARD_ENABLED, then: steward resume';
    findings.push(warn('stopped', `No effect begins: ${stopped.join('; ')}.`, mend));
  }
  for (const [channel, { why }] of book.paused)
    findings.push(
      warn('paused', `Nothing begins at ${channel}: ${why}`, `When it is mended: steward resume ${channel}`),
    );
  findings.push(fine('emergency', limitsOf(patient)));
  return findings;
}

/** When Steward stops by itself, as it is set. */
function limitsOf({ config }: Patient): string {
  const { spend_per_day, failures, failures_minutes, effects_per_minute, ledger_minutes } = config.emergency;
  return [
    `Steward stops by itself beyond ${spend_per_day} spent in a day`,
    `${failures} failures within ${failures_minutes} min`,
    `${effects_per_minute} actions a minute that nobody was asked about`,
    `or a changed ledger, which is read anew every ${ledger_minutes} min`,
  ].join(', ');
}

/** Messages between processes that nobody takes. */
function messages({ state }: Patient, now: Date): readonly Finding[] {
  const findings: Finding[] = [];
  for (const [part, folder] of [
    ['executor', state.executorSpool],
    ['planner', state.plannerSpool],
  ] as const) {
    if (lstatOf(folder) === undefined) continue;
    const waiting = new Spool(folder, state.tmp).waiting((name, why) => {
      const text = `The message ${path.join(folder, name)} cannot be read: ${why.split('\n')[0]}`;
      findings.push(warn('messages', text, 'Move it away; say again what it was about.'));
    });
    // A task’s closing waits, by rights, until everything in it is settled.
    const late = waiting.filter(({ name, message }) => {
      const age = now.getTime() - (lstatOf(path.join(folder, name))?.mtimeMs ?? now.getTime());
      return message.kind !== 'close' && age > LONG;
    });
    const names = some(late.map(({ name }) => name));
    if (late.length > 0 && isLocked(state, part))
      findings.push(
        warn('messages', `The ${part} has not taken for ten minutes: ${names}.`, 'Stop Steward and start it again.'),
      );
    else if (late.length > 0) findings.push(fine('messages', `${late.length} wait for the next start: ${names}`));
  }
  return findings;
}
