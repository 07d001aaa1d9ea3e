import type { ConfigFile, Environment } from '../../core/config.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Vault } from '../../core/vault.ts';

/** What a finding puts at risk, the worst first. The words are for the person; the keys are for programs and do not change. */
export const RISKS = {
  control: 'Somebody else could decide in your place.',
  secrets: 'Secrets could become known.',
  records: 'What was done may not be known for certain.',
  data: 'Notes could be lost or changed.',
  work: 'Work waits; nothing is lost.',
  nothing: 'Nothing is at risk.',
} as const;
export type Risk = keyof typeof RISKS;

/** One line of the doctor’s: what was looked at, how it is, what is at risk, and how to mend it. */
export type Finding = {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'BROKEN';
  readonly what: string;
  readonly risk?: Risk;
  readonly mend?: string;
};

/** What is at risk where a finding does not say it itself. */
const USUAL: Readonly<Record<string, Risk>> = {
  state: 'secrets',
  vault: 'data',
  'file system': 'data',
  ledger: 'records',
  clock: 'records',
  secrets: 'secrets',
  signing: 'control',
  sync: 'nothing',
  quarantine: 'nothing',
  obsidian: 'nothing',
  journals: 'records',
};

const bad =
  (state: 'warn' | 'BROKEN') =>
  (check: string, what: string, mend: string, risk: Risk = USUAL[check] ?? 'work'): Finding => ({
    ...{ check, state, what, risk, mend },
  });

export const fine = (check: string, what: string): Finding => ({ check, state: 'ok', what });
export const warn = bad('warn');
export const broken = bad('BROKEN');

const STATES: readonly Finding['state'][] = ['BROKEN', 'warn', 'ok'];
const ORDER: readonly string[] = Object.keys(RISKS);
const place = ({ state, risk }: Finding): number =>
  STATES.indexOf(state) * ORDER.length + (risk === undefined ? 0 : ORDER.indexOf(risk));

/** The findings in the order in which a person should look at them. */
export const byImportance = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => place(a) - place(b));

/** A vault that was found, with its state folder and settings. */
export type Patient = {
  readonly environment: Environment;
  readonly root: string;
  readonly id: string;
  readonly vault: Vault;
  readonly state: StateFolder;
  readonly config: ConfigFile;
  /** Whether `config` is what the file says, and not the defaults because the file cannot be read. */
  readonly isConfigured: boolean;
  /** Whether nothing may be asked over the network. */
  readonly isOffline: boolean;
  readonly now: Date;
};

/** A group of checks. It reads, and changes nothing. */
export type Check = (patient: Patient) => Promise<readonly Finding[]> | readonly Finding[];

/** “one, two, three and 4 more” */
export function some(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** A path as it can be pasted into a shell. */
export const quote = (file: string): string => (/^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`);
