import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { lstatOf, readStrictly } from '../durable.ts';
import { isSecretName } from '../secret-names.ts';

type Values = Readonly<Record<string, string>>;

/** More than any file of secrets is long, in bytes. */
const LARGEST = 256 * 1024;

/** systemd’s credentials of this service: `$CREDENTIALS_DIRECTORY/NAME` (systemd.exec(5)), read only. */
export function credentialsIn(folder: string | undefined): Values {
  if (folder === undefined || !lstatOf(folder)?.isDirectory()) return {};
  return Object.fromEntries(
    readdirSync(folder)
      .filter(isSecretName)
      .map(name => [name, withoutLineEnd(readFileSync(path.join(folder, name), 'utf8'))])
      .filter(([, value]) => value !== ''),
  );
}

/** The secrets of ours that stand in plain text in an `.env` file; every other name in it is left alone. */
export function secretsInDotenv(file: string): Values {
  const read = lstatOf(file) === undefined ? undefined : readStrictly(file, LARGEST);
  if (read?.kind !== 'read') return {};
  const given: Readonly<Record<string, string | undefined>> = parseEnv(read.bytes.toString('utf8'));
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      isSecretName(name) && value !== undefined && value !== '' ? [[name, value]] : [],
    ),
  );
}

/** A value as it was meant: an editor and `echo` end it with a line end of their own. */
export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');
