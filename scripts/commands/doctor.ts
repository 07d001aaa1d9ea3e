import type { Environment } from '../../core/config.ts';
import { keepOut } from '../../core/guarded.ts';
import { redactor } from '../../core/log.ts';
import { EXIT } from '../../core/open-vault.ts';
import { messageOf } from '../../core/outcome.ts';
import { findSecrets } from '../../core/secrets.ts';
import { checkComputer } from '../doctor/computer.ts';
import { checkDisk } from '../doctor/disk.ts';
import { broken, type Check, type Finding } from '../doctor/finding.ts';
import { checkFolders, findPatient } from '../doctor/folders.ts';
import { checkRecords } from '../doctor/records.ts';
import { checkSecrets } from '../doctor/secrets.ts';
import { checkService } from '../doctor/service.ts';
import { checkSettings } from '../doctor/settings.ts';
import { checkSigning } from '../doctor/signing.ts';
import { checkSurroundings } from '../doctor/surroundings.ts';

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['places', checkFolders],
  ['disk', checkDisk],
  ['settings', checkSettings],
  ['records', checkRecords],
  ['signing', checkSigning],
  ['surroundings', checkSurroundings],
  ['service', checkService],
]);

/** Looks at everything that can be wrong and says how to mend it. Changes nothing. */
export async function doctor(environment: Environment, asJson: boolean): Promise<number> {
  const now = new Date();
  let redact = redactor(environment.secrets);
  const findings: Finding[] = [];
  const tell = (found: readonly Finding[]): void => {
    findings.push(...found);
    if (!asJson) for (const finding of found) process.stdout.write(`${redact(line(finding))}\n`);
  };
  const look = async (name: string, check: () => Promise<readonly Finding[]> | readonly Finding[]): Promise<void> => {
    try {
      tell(await check());
    } catch (error) {
      const mend = 'Look at the file that this names; the other checks go on.';
      tell([broken(name, `This could not be checked: ${messageOf(error)}.`, mend)]);
    }
  };
  await look('computer', () => checkComputer(now));
  let found: ReturnType<typeof findPatient> = { findings: [] };
  await look('vault', () => {
    found = findPatient(environment, now);
    return found.findings;
  });
  const known = found.patient;
  if (known !== undefined) {
    const secrets = await findSecrets(environment, known.state);
    const values = Object.fromEntries(secrets.secrets.map(({ name, value }) => [name, value]));
    keepOut(values);
    redact = redactor(values);
    const patient = { ...known, environment: { ...environment, secrets: values } };
    await look('secrets', () => checkSecrets(known, secrets));
    for (const [name, check] of CHECKS) await look(name, () => check(patient));
  }
  const count = (state: Finding['state']): number => findings.filter(finding => finding.state === state).length;
  const summary = { broken: count('BROKEN'), warnings: count('warn') };
  if (asJson)
    process.stdout.write(`${redact(JSON.stringify({ ok: summary.broken === 0, ...summary, checks: findings }))}\n`);
  else process.stdout.write(`${verdict(summary)}\n`);
  return summary.broken === 0 ? EXIT.ok : EXIT.failure;
}

function line({ check, state, what, mend }: Finding): string {
  const told = `${state.padEnd(6)} ${check.padEnd(12)} ${what}`;
  return mend === undefined ? told : `${told}  →  ${mend}`;
}

function verdict({ broken: bad, warnings }: { broken: number; warnings: number }): string {
  if (bad === 0 && warnings === 0) return 'All is well.';
  const look = warnings === 0 ? '' : `${warnings} to look at`;
  const mend = bad === 0 ? 'Nothing is broken' : `${bad} broken`;
  return `${[mend, look].filter(part => part !== '').join('; ')}.`;
}
