import { lstatOf } from '../../core/durable.ts';
import { SHORTEST_GUARDED } from '../../core/secret-forms.ts';
import { ageFile, identityFile } from '../../core/secret-store/age-files.ts';
import { dotenvFiles, type FoundSecret, type FoundSecrets, plainText } from '../../core/secrets.ts';
import { broken, type Finding, fine, type Patient, quote, some, warn } from './finding.ts';

const KEEPER: Readonly<Record<FoundSecret['place'], string>> = {
  environment: 'in the environment',
  systemd: 'in systemd’s credentials',
  keychain: 'in the keychain',
  file: 'in encrypted files',
  dotenv: 'in plain text',
};

/** Where each secret stands, and what is wrong with that. Names, never values. */
export function checkSecrets({ environment, state }: Patient, { secrets, faults }: FoundSecrets): readonly Finding[] {
  const places = [...new Set(secrets.map(({ place }) => place))].map(place => {
    const names = secrets.filter(one => one.place === place).map(({ name }) => name);
    return `${some(names)} ${KEEPER[place]}`;
  });
  const plain = secrets
    .filter(({ place }) => place === 'dotenv')
    .map(({ name, file }) =>
      warn('secrets', plainText(name, file ?? '.env'), `steward secret set ${name} , then take it out of that file`),
    );
  const short = secrets.filter(({ value }) => value.length < SHORTEST_GUARDED).map(({ name }) => name);
  const files = [
    ...dotenvFiles(environment, state).filter(file => secrets.some(one => one.file === file)),
    identityFile(state),
    ...secrets.filter(({ place }) => place === 'file').map(({ name }) => ageFile(state, name)),
  ];
  return [
    ...(places.length === 0 ? [] : [fine('secrets', places.join('; '))]),
    ...faults.map(fault => broken('secrets', fault, 'What is kept:  steward secret list')),
    ...plain,
    ...(short.length === 0
      ? []
      : [
          warn(
            'secrets',
            `${some(short)}: too short to tell from a word, so that Steward does not keep it out of notes.`,
            `Choose one of ${SHORTEST_GUARDED} characters or more.`,
          ),
        ]),
    ...files.flatMap(openToOthers),
  ];
}

function openToOthers(file: string): readonly Finding[] {
  const mode = lstatOf(file)?.mode ?? 0;
  if ((mode & 0o077) === 0) return [];
  const text = `Others on this computer can read ${file} (mode ${(mode & 0o777).toString(8)}), and it holds secrets.`;
  return [broken('secrets', text, `chmod 600 ${quote(file)} , and change what it held`)];
}
