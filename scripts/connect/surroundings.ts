import { text } from 'node:stream/consumers';
import type { Environment } from '../../core/config.ts';
import { terminalLine } from '../../core/inert.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { withoutLineEnd } from '../../core/secret-store/plain.ts';

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

/** What is set in the environment wins over what is kept. */
export const overridden = ({ secrets }: Environment, names: readonly string[]): readonly string[] =>
  names
    .filter(name => secrets[name] !== undefined)
    .map(name => `The environment variable ${name} is set too, and wins.`);
