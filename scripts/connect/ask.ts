import { confirm, log, multiselect, note, password, select, spinner, text } from '@clack/prompts';
import { terminalLine } from '../../core/inert.ts';

/** Questions at a terminal. Each gives `undefined` where the person breaks off (Ctrl-C, Escape). */
type Check = (value: string) => string | undefined;

const textIn = (said: unknown): string | undefined => (typeof said === 'string' ? said : undefined);

export async function askText(
  message: string,
  check: Check,
  initialValue = '',
  placeholder = '',
): Promise<string | undefined> {
  const said = textIn(
    await text({ message, initialValue, placeholder, validate: value => check((value ?? '').trim()) }),
  );
  return said?.trim();
}

/** What is typed is never shown. `mayBeEmpty`: where there may be none. */
export async function askPassword(message: string, mayBeEmpty = false): Promise<string | undefined> {
  const said: unknown = await password({
    message,
    validate: value => (mayBeEmpty || (value !== undefined && value !== '') ? undefined : 'Nothing was entered.'),
  });
  return said === undefined && mayBeEmpty ? '' : textIn(said);
}

export async function askChoice<T extends string>(
  message: string,
  options: readonly { readonly value: T; readonly label: string }[],
  initial?: T,
): Promise<T | undefined> {
  const shown = options.map(({ value, label }) => ({ value: String(value), label: terminalLine(label) }));
  const said = textIn(
    await select<string>({ message, options: shown, ...(initial === undefined ? {} : { initialValue: initial }) }),
  );
  return options.find(({ value }) => value === said)?.value;
}

export async function askSeveral(
  message: string,
  options: readonly { readonly value: string; readonly label: string }[],
): Promise<readonly string[] | undefined> {
  const shown = options.map(({ value, label }) => ({ value, label: terminalLine(label) }));
  const initialValues = options.map(({ value }) => value);
  const said: unknown = await multiselect({ message, options: shown, initialValues, required: true });
  return Array.isArray(said) ? said.map(String) : undefined;
}

export async function askYes(message: string, initialValue: boolean): Promise<boolean | undefined> {
  const said: unknown = await confirm({ message: terminalLine(message), initialValue });
  return typeof said === 'boolean' ? said : undefined;
}

/** Something to read before the next question. */
export const tell = (title: string, lines: readonly string[]): void => note(lines.map(terminalLine).join('\n'), title);
export const warn = (line: string): void => log.warn(terminalLine(line));
export const done = (line: string): void => log.success(terminalLine(line));

/** Shows that something goes on that takes a while. */
export async function during<T>(what: string, work: Promise<T>): Promise<T> {
  const shown = spinner();
  shown.start(what);
  try {
    return await work;
  } finally {
    shown.clear();
  }
}
