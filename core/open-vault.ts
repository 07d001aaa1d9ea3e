import { realpathSync } from 'node:fs';
import { type ConfigFile, type Environment, readConfig } from './config.ts';
import { lstatOf } from './durable.ts';
import { fail, ok, type Result } from './outcome.ts';
import { openStateFolder, type StateFolder, vaultIdentity } from './state-folder.ts';

export type OpenVault = { readonly root: string; readonly state: StateFolder; readonly config: ConfigFile };

/** Finds a vault’s state folder and reads its configuration. */
export function openVault(environment: Environment): Result<OpenVault> {
  if (lstatOf(environment.vault) === undefined) {
    return fail('invalid', `There is no vault at ${environment.vault}.`, 'Make one with `steward init DIR`.');
  }
  const root = realpathSync(environment.vault);
  const id = vaultIdentity(root);
  if (!id.ok) return id;
  const state = openStateFolder(environment.home, root, id.value);
  if (!state.ok) return state;
  const config = readConfig(state.value.config);
  return config.ok ? ok({ root, state: state.value, config: config.value }) : config;
}

/** Exit codes of the command line; others script them. */
export const EXIT = { ok: 0, failure: 1, usage: 2, retry: 3, taken: 4 } as const;
