import { codeOf } from './outcome.ts';

/** What a process tells: a line per event for a person, and nothing that holds a secret. */
export type Log = {
  /** One line for the person who watches: something happened. */
  readonly event: (text: string) => void;
  /** Something is wrong; told once per cause until `clear`. */
  readonly trouble: (cause: string, text: string) => void;
  readonly clear: (cause: string) => void;
};

/** Replaces every secret by its name, wherever it stands. Short values are no secrets worth the damage. */
export function redactor(secrets: Readonly<Record<string, string>>): (text: string) => string {
  const known = Object.entries(secrets).filter(([, value]) => value.length >= 4);
  return text => known.reduce((shown, [name, value]) => shown.replaceAll(value, `[${name}]`), text);
}

/** A reader that goes away (`| head`, a closed terminal) is no failure: what would be told is not. */
export function tellOnlyWhoListens(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', error => {
      if (codeOf(error) !== 'EPIPE') throw error;
    });
  }
}

export function createLog(write: (line: string) => void, secrets: Readonly<Record<string, string>>): Log {
  const redact = redactor(secrets);
  const told = new Map<string, string>();
  return {
    event: text => write(redact(text)),
    trouble: (cause, text) => {
      if (told.get(cause) === text) return;
      told.set(cause, text);
      write(redact(`! ${text}`));
    },
    clear: cause => {
      told.delete(cause);
    },
  };
}
