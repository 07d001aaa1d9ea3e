import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Environment } from '../../core/config.ts';
import { modulesIn } from '../../core/discover.ts';
import { EXIT, type OpenVault, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { SHORTEST_GUARDED } from '../../core/secret-forms.ts';
import { isSecretName, ownerOf } from '../../core/secret-names.ts';
import { keeperHere, keepSecret, removeSecret } from '../../core/secret-store/index.ts';
import { withoutLineEnd } from '../../core/secret-store/plain.ts';
import { type FoundSecret, findSecrets } from '../../core/secrets.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..', '..');
/** More than any password, token or key is long, in characters. */
const LONGEST = 32_768;
const KEPT = { keychain: 'the keychain of this computer', file: 'an encrypted file of the state folder' } as const;

function complain(why: string, code: number = EXIT.usage): number {
  process.stderr.write(`${why}\n`);
  return code;
}

/** A name that something reads. The value is never an argument: arguments are seen by every program on the computer. */
function wrongName(name: string): string | undefined {
  if (isSecretName(name)) return undefined;
  const form = 'STEWARD_<SERVER>_PASSWORD, …_TOKEN, …_KEY or …_SECRET, as STEWARD_EMAIL_PASSWORD';
  return `“${name.slice(0, 80)}” is no name of a secret. A secret is called ANTHROPIC_API_KEY or ${form}.`;
}

/** Keeps a secret that is typed, unseen, or comes in on standard input. */
export async function setSecret(environment: Environment, name: string, isTooMuch: boolean): Promise<number> {
  if (isTooMuch)
    return complain(
      'The value is not given as an argument, which others can see: it is asked for. If that was one, change it where it is used.',
    );
  const wrong = wrongName(name);
  if (wrong !== undefined) return complain(wrong);
  const opened = openVault(environment);
  if (!opened.ok) return complain(sentence(opened.failure));
  const value = process.stdin.isTTY ? await typed(`${name}: `) : withoutLineEnd(await text(process.stdin));
  if (value === undefined) return complain('Nothing was changed.', EXIT.failure);
  if (value === '') return complain('An empty value is no secret; nothing was changed.');
  if (value.includes('\0') || value.length > LONGEST)
    return complain('This is no password, token or key: it is far too long, or no text. Nothing was changed.');
  const kept = await keepSecret(opened.value.state, name, value);
  if (!kept.ok) return complain(sentence(kept.failure), EXIT.failure);
  process.stdout.write(`kept  ${name}  in ${KEPT[kept.value]}\n`);
  for (const hint of hints(name, value, environment)) process.stderr.write(`${hint}\n`);
  return EXIT.ok;
}

function hints(name: string, value: string, environment: Environment): readonly string[] {
  const owner = ownerOf(name);
  const known = ['mcp-servers', 'watchers'].flatMap(folder => [...modulesIn(path.join(REPOSITORY, folder)).keys()]);
  return [
    'It counts from the next start of Steward.',
    ...(owner === undefined || known.includes(owner)
      ? []
      : [`No server or watcher is called “${owner}”, so that nothing reads it. Known: ${known.join(', ')}.`]),
    ...(value.length < SHORTEST_GUARDED
      ? [
          `It has fewer than ${SHORTEST_GUARDED} characters: Steward cannot tell it from a word, and does not keep it out of notes.`,
        ]
      : []),
    ...(environment.secrets[name] === undefined ? [] : [`The environment variable ${name} is set too, and wins.`]),
  ];
}

/** Reads a line from the terminal without showing it. Undefined where the person breaks it off. */
function typed(prompt: string): Promise<string | undefined> {
  return new Promise(resolve => {
    process.stderr.write(prompt);
    // Nothing is echoed while the terminal is raw; readline takes care of what is typed, pasted or taken back.
    const lines = createInterface({ input: process.stdin, terminal: true });
    let said: string | undefined;
    lines.once('line', line => {
      said = line;
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      process.stderr.write('\n');
      resolve(said);
    });
  });
}

/** Names and where they are kept, never values. */
export async function listSecrets(environment: Environment): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return complain(sentence(opened.failure));
  const { secrets, faults } = await findSecrets(environment, opened.value.state);
  for (const secret of [...secrets].sort((a, b) => (a.name < b.name ? -1 : 1)))
    process.stdout.write(`${secret.name}  ${placeOf(secret, opened.value)}\n`);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.stderr.write(`New ones are kept in ${KEPT[await keeperHere()]}: steward secret set NAME\n`);
  return faults.length === 0 ? EXIT.ok : EXIT.failure;
}

function placeOf({ place, file }: FoundSecret, { state }: OpenVault): string {
  switch (place) {
    case 'environment':
      return 'environment';
    case 'systemd':
      return 'systemd credentials';
    case 'keychain':
      return 'keychain';
    case 'file':
      return `encrypted file in ${path.join(state.root, 'secrets')}`;
    case 'dotenv':
      return `plain text in ${file ?? '.env'}`;
  }
}

/** Removes a secret from where Steward keeps it. What stands elsewhere is not Steward’s to remove. */
export async function dropSecret(environment: Environment, name: string): Promise<number> {
  const wrong = wrongName(name);
  if (wrong !== undefined) return complain(wrong);
  const opened = openVault(environment);
  if (!opened.ok) return complain(sentence(opened.failure));
  const removed = await removeSecret(opened.value.state, name);
  if (!removed.ok) return complain(sentence(removed.failure), EXIT.failure);
  if (!removed.value) return complain(`Steward keeps no ${name}. What there is:  steward secret list`);
  process.stdout.write(`removed  ${name}\n`);
  return EXIT.ok;
}
