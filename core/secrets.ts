import path from 'node:path';
import { type Environment, forgetSecrets } from './config.ts';
import { keepOut, tellOf } from './guarded.ts';
import type { Log } from './log.ts';
import { sentence } from './outcome.ts';
import { isBrainSecret, ownerOf } from './secret-names.ts';
import { keptSecrets, readSecret } from './secret-store/index.ts';
import { credentialsIn, secretsInDotenv } from './secret-store/plain.ts';
import type { StateFolder } from './state-folder.ts';

/** Where a secret was found. The first that has it counts. */
export type FoundIn = 'environment' | 'systemd' | 'keychain' | 'file' | 'dotenv';
export type FoundSecret = {
  readonly name: string;
  readonly value: string;
  readonly place: FoundIn;
  readonly file?: string;
};
export type FoundSecrets = { readonly secrets: readonly FoundSecret[]; readonly faults: readonly string[] };

/** The files in which plain text is accepted, with a warning. */
export const dotenvFiles = (environment: Environment, state: StateFolder): readonly string[] => [
  ...new Set([path.join(state.root, '.env'), path.join(environment.folder, '.env')]),
];

/**
 * Every secret that can be had on this machine: what is explicit first (the environment), then systemd’s credentials,
 * then what `steward secret set` keeps, and plain text last, so that setting a secret mends it.
 */
export async function findSecrets(environment: Environment, state: StateFolder): Promise<FoundSecrets> {
  const found = new Map<string, FoundSecret>();
  const faults: string[] = [];
  const add = (values: Readonly<Record<string, string>>, place: FoundIn, file?: string): void => {
    for (const [name, value] of Object.entries(values))
      if (!found.has(name)) found.set(name, { name, value, place, ...(file === undefined ? {} : { file }) });
  };
  add(environment.secrets, 'environment');
  add(credentialsIn(environment.credentials), 'systemd');
  const kept = keptSecrets(state);
  if (!kept.ok) faults.push(sentence(kept.failure));
  for (const [name, keeper] of Object.entries(kept.ok ? kept.value : {})) {
    if (found.has(name)) continue;
    const read = await readSecret(state, name, keeper);
    if (read.ok) add({ [name]: read.value }, keeper);
    else faults.push(sentence(read.failure));
  }
  for (const file of dotenvFiles(environment, state)) add(secretsInDotenv(file), 'dotenv', file);
  return { secrets: [...found.values()], faults };
}

/** Whose secrets a process may hold: the servers or watchers of these names, and the brains’ where it thinks. */
export type Holder = { readonly owners: readonly string[]; readonly thinks: boolean };

const mayHold = ({ owners, thinks }: Holder, name: string): boolean =>
  isBrainSecret(name) ? thinks : owners.includes(ownerOf(name) ?? '');

export type Held = {
  readonly environment: Environment;
  /** Tells what is wrong with where secrets stand, and from here on what is left out of what is written. */
  readonly report: (log: Pick<Log, 'trouble'>) => void;
};

/**
 * The environment of a process with the secrets that it is meant to have. It keeps no other value; but of every one it
 * keeps the prints, so that nothing it writes can hold any of them (`guarded.ts`).
 */
export async function holdSecrets(environment: Environment, state: StateFolder, holder: Holder): Promise<Held> {
  const { secrets, faults } = await findSecrets(environment, state);
  const all = Object.fromEntries(secrets.map(({ name, value }) => [name, value]));
  const mine = Object.fromEntries(Object.entries(all).filter(([name]) => mayHold(holder, name)));
  keepOut(all);
  forgetSecrets(mine);
  const plain = secrets.filter(({ name, place }) => place === 'dotenv' && mayHold(holder, name));
  return {
    environment: { ...environment, secrets: mine },
    report: log => {
      for (const fault of faults) log.trouble(`secrets ${fault}`, fault);
      for (const { name, file } of plain) log.trouble(`plain ${name}`, plainText(name, file ?? '.env'));
      tellOf((label, place) =>
        log.trouble(
          `left out ${label} ${place}`,
          `${label} was left out of ${place}: it would have stood there in plain sight.`,
        ),
      );
    },
  };
}

export const plainText = (name: string, file: string): string =>
  `${name} stands in plain text in ${file}. Keep it safe with  steward secret set ${name} , then take it out there.`;
