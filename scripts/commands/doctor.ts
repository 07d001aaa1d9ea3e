import type { Environment } from '../../core/config.ts';
import { keepOut } from '../../core/guarded.ts';
import { redactor } from '../../core/log.ts';
import { EXIT } from '../../core/open-vault.ts';
import { messageOf } from '../../core/outcome.ts';
import { findSecrets } from '../../core/secrets.ts';
import { checkChannels } from '../doctor/channels.ts';
import { checkComputer } from '../doctor/computer.ts';
import { checkDisk } from '../doctor/disk.ts';
import { broken, byImportance, type Check, type Finding, RISKS } from '../doctor/finding.ts';
import { checkFolders, findPatient } from '../doctor/folders.ts';
import { checkJournals } from '../doctor/journals.ts';
import { checkNode } from '../doctor/node.ts';
import { checkObsidian } from '../doctor/obsidian.ts';
import { checkPolicy } from '../doctor/policy.ts';
import { checkRecords } from '../doctor/records.ts';
import { checkRunning } from '../doctor/running.ts';
import { checkSecrets } from '../doctor/secrets.ts';
import { checkService } from '../doctor/service.ts';
import { checkSettings } from '../doctor/settings.ts';
import { checkSigning } from '../doctor/signing.ts';
import { checkSurroundings } from '../doctor/surroundings.ts';
import { checkThinking } from '../doctor/thinking.ts';

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['places', checkFolders],
  ['disk', checkDisk],
  ['records', checkRecords],
  ['running', checkRunning],
  ['channels', checkChannels],
  ['node', checkNode],
  ['policy', checkPolicy],
  ['signing', checkSigning],
  ['settings', checkSettings],
  ['thinking', checkThinking],
  ['journals', checkJournals],
  ['surroundings', checkSurroundings],
  ['obsidian', checkObsidian],
  ['service', checkService],
]);

export type DoctorOptions = { readonly json?: boolean; readonly offline?: boolean };

/** Looks at everything that can be wrong, says what is at risk and how to mend it, the worst first. Changes nothing. */
export async function doctor(environment: Environment, options: DoctorOptions): Promise<number> {
  const now = new Date();
  let redact = redactor(environment.secrets);
  const look = async (
    name: string,
    check: () => Promise<readonly Finding[]> | readonly Finding[],
  ): Promise<readonly Finding[]> => {
    try {
      return await check();
    } catch (error) {
      const mend = 'Look at the file that this names; the other checks go on.';
      return [broken(name, `This could not be checked: ${messageOf(error)}.`, mend)];
    }
  };
  const computer = await look('computer', () => checkComputer(now));
  let found: ReturnType<typeof findPatient> = { findings: [] };
  const vault = await look('vault', () => {
    found = findPatient(environment, now, options.offline === true);
    return found.findings;
  });
  const findings: Finding[] = [...vault];
  const known = found.patient;
  if (known !== undefined) {
    const secrets = await findSecrets(environment, known.state);
    const values = Object.fromEntries(secrets.secrets.map(({ name, value }) => [name, value]));
    keepOut(values);
    redact = redactor(values);
    const patient = { ...known, environment: { ...environment, secrets: values } };
    findings.push(...(await look('secrets', () => checkSecrets(known, secrets))));
    // What asks a server, a brain or a service manager waits for its answer while the others look.
    const told = await Promise.all([...CHECKS].map(([name, check]) => look(name, () => check(patient))));
    findings.push(...told.flat());
  }
  const checks = byImportance([...findings, ...computer]);
  const count = (state: Finding['state']): number => checks.filter(finding => finding.state === state).length;
  const summary = { broken: count('BROKEN'), warnings: count('warn') };
  if (options.json === true) {
    process.stdout.write(`${redact(JSON.stringify({ ok: summary.broken === 0, ...summary, checks }))}\n`);
  } else {
    for (const finding of checks) process.stdout.write(`${redact(line(finding))}\n`);
    process.stdout.write(`${verdict(summary)}\n`);
  }
  return summary.broken === 0 ? EXIT.ok : EXIT.failure;
}

function line({ check, state, what, risk, mend }: Finding): string {
  const told = `${state.padEnd(6)} ${check.padEnd(12)} ${what}`;
  return mend === undefined || risk === undefined ? told : `${told} ${RISKS[risk]}  →  ${mend}`;
}

function verdict({ broken: bad, warnings }: { broken: number; warnings: number }): string {
  if (bad === 0 && warnings === 0) return 'All is well.';
  const look = warnings === 0 ? '' : `${warnings} to look at`;
  const mend = bad === 0 ? 'Nothing is broken' : `${bad} broken`;
  return `${[mend, look].filter(part => part !== '').join('; ')}.`;
}
