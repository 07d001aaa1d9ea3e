import { text } from 'node:stream/consumers';
import type { Environment } from '../../core/config.ts';
import { terminalLine } from '../../core/inert.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { keptSecrets } from '../../core/secret-store/index.ts';
import { withoutLineEnd } from '../../core/secret-store/plain.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { PASSWORD as CONTACTS } from '../../watchers/contacts/settings.ts';

export const NOTHING_CHANGED = 'Nothing was changed.';
export const TO_BE_STARTED = 'It counts from the next start of Steward:  steward start';

export const isAtTerminal = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

export async function passwordFromInput(): Promise<Result<string>> {
  const password = withoutLineEnd(await text(process.stdin));
  return password === '' || password.length > 32_768
    ? fail('invalid', 'No password came in on standard input.', NOTHING_CHANGED)
    : ok(password);
}

export function refused(why: string, code: number): number {
  process.stderr.write(`${terminalLine(why)}\n`);
  return code;
}

/** What wins over the passwords that are kept now: what is set in the environment, and of mail accounts a token. */
export function overridden({ secrets }: Environment, state: StateFolder, names: readonly string[]): readonly string[] {
  const kept = keptSecrets(state);
  const set = names.filter(name => secrets[name] !== undefined);
  const tokens = names
    .filter(name => name !== CONTACTS && name.endsWith('_PASSWORD'))
    .map(name => name.replace(/_PASSWORD$/, '_TOKEN'));
  const winning = tokens.filter(name => secrets[name] !== undefined || (kept.ok && kept.value[name] !== undefined));
  return [
    ...set.map(name => `The environment variable ${name} is set too, and wins.`),
    ...winning.map(name => `There is a ${name} too, which wins. To log in by password:  steward secret remove ${name}`),
  ];
}
