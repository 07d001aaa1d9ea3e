import type { ConfigFile, Environment } from '../../core/config.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Vault } from '../../core/vault.ts';

/** One line of the doctor’s: what was looked at, how it is, and how to mend it. */
export type Finding = {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'BROKEN';
  readonly what: string;
  readonly mend?: string;
};

export const fine = (check: string, what: string): Finding => ({ check, state: 'ok', what });
export const warn = (check: string, what: string, mend: string): Finding => ({ check, state: 'warn', what, mend });
export const broken = (check: string, what: string, mend: string): Finding => ({ check, state: 'BROKEN', what, mend });

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
