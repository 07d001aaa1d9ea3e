/** Which names are secrets, and whose they are. */

/**
 * `STEWARD_<SERVER>_<WHAT>` is a secret of one server or watcher, and `STEWARD_<SERVER>_<PART>_<WHAT>` that of one of
 * its accounts or far ends; the others belong to the brains.
 */
const SECRET = /^STEWARD_([A-Z0-9]+)_(?:[A-Z0-9]+_)?(PASSWORD|TOKEN|KEY|SECRET)$/;
const BRAIN_SECRETS: readonly string[] = ['ANTHROPIC_API_KEY', 'STEWARD_LOCAL_KEY'];

export const isBrainSecret = (name: string): boolean => BRAIN_SECRETS.includes(name);
export const isSecretName = (name: string): boolean => SECRET.test(name) || isBrainSecret(name);

/** The server or watcher that a secret is named for, in small letters; undefined for those of the brains. */
export const ownerOf = (name: string): string | undefined =>
  isBrainSecret(name) ? undefined : SECRET.exec(name)?.[1]?.toLowerCase();

/** The secrets that a server or watcher is meant to have: the ones that carry its name. */
export function secretsFor(name: string, secrets: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(secrets).filter(([key]) => ownerOf(key) === name));
}

/** Every name that a secret of these servers and watchers, or of a brain, can have. */
export function secretNames(owners: readonly string[]): readonly string[] {
  const kinds = ['PASSWORD', 'TOKEN', 'KEY', 'SECRET', 'IMAP_PASSWORD'];
  const named = owners.flatMap(owner => kinds.map(kind => `STEWARD_${owner.toUpperCase()}_${kind}`));
  return [...new Set([...BRAIN_SECRETS, ...named.filter(isSecretName)])];
}
