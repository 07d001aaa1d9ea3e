import { guarded } from './guarded.ts';
import { terminalLine } from './inert.ts';
import { codeOf } from './outcome.ts';
import { formsOf } from './secret-forms.ts';

/** What a process tells: a line per event for a person, and nothing that holds a secret. */
export type Log = {
  /** One line for the person who watches: something happened. */
  readonly event: (text: string) => void;
  /** Something is wrong; told once per cause until `clear`. */
  readonly trouble: (cause: string, text: string) => void;
  readonly clear: (cause: string) => void;
};

/**
 * Replaces every secret by its name, wherever it stands and however it is encoded, and what looks like one. Values of
 * fewer than four characters are no secrets worth the damage.
 */
export function redactor(secrets: Readonly<Record<string, string>>): (text: string) => string {
  const known = Object.entries(secrets)
    .filter(([, value]) => value.length >= 4)
    .flatMap(([name, value]) => formsOf(value).flatMap(form => (form.length >= 4 ? [{ name, form }] : [])))
    .sort((a, b) => b.form.length - a.form.length);
  return text => guarded(known.reduce((shown, { name, form }) => shown.replaceAll(form, `[${name}]`), text));
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
    event: text => write(terminalLine(redact(text))),
    trouble: (cause, text) => {
      if (told.get(cause) === text) return;
      told.set(cause, text);
      write(terminalLine(redact(`! ${text}`)));
    },
    clear: cause => {
      told.delete(cause);
    },
  };
}
