import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { fail, messageOf, ok, type Result } from '../outcome.ts';
import type { StateFolder } from '../state-folder.ts';

/**
 * Secrets in the keychain of the operating system: macOS Keychain, Windows Credential Manager, Secret Service. Never
 * the kernel’s keyring, which the library would fall back to on Linux: it forgets at the next start of the computer.
 */
const SERVICE = 'Steward';

/** One keychain serves every vault of a person: the vault’s id keeps their secrets apart. */
const accountOf = (state: StateFolder, name: string): string => `${path.basename(state.root)} ${name}`;

async function entryOf(account: string): Promise<import('@napi-rs/keyring').AsyncEntry> {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  return new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } });
}

/** Milliseconds that a keychain may take: one that is locked asks the person, who may not be there. */
const PATIENCE = 15_000;

/** Whether there is a keychain that gives back what it was given. */
export async function keychainWorks(): Promise<boolean> {
  const value = randomBytes(16).toString('hex');
  try {
    const entry = await entryOf(`trial ${value.slice(0, 8)}`);
    const signal = AbortSignal.timeout(PATIENCE);
    await entry.setPassword(value, signal);
    const given = await entry.getPassword(signal);
    await entry.deleteCredential(signal);
    return given === value;
  } catch {
    return false;
  }
}

export async function writeKeychain(state: StateFolder, name: string, value: string): Promise<void> {
  const entry = await entryOf(accountOf(state, name));
  await entry.setPassword(value, AbortSignal.timeout(PATIENCE));
}

export async function readKeychain(state: StateFolder, name: string): Promise<Result<string>> {
  try {
    const value = await (await entryOf(accountOf(state, name))).getPassword(AbortSignal.timeout(PATIENCE));
    if (value !== null) return ok(value);
    return fail(
      'permanent',
      `The keychain does not hold ${name} any more.`,
      `Set it again: steward secret set ${name}`,
    );
  } catch (error) {
    return fail(
      'retryable',
      `The keychain does not give ${name}: ${messageOf(error)}.`,
      'Unlock it, then start Steward again.',
    );
  }
}

export async function removeKeychain(state: StateFolder, name: string): Promise<void> {
  await (await entryOf(accountOf(state, name))).deleteCredential(AbortSignal.timeout(PATIENCE));
}
