import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { createFile, ensureFolder, lstatOf, overwriteFile } from './durable.ts';
import { fail, messageOf, ok, type Result } from './outcome.ts';

/** What is the machine’s own and never in the vault: one folder per vault, named by the vault’s id. */
export type StateFolder = {
  readonly root: string;
  readonly vault: string;
  readonly config: string;
  readonly ledger: string;
  readonly offers: string;
  /** What the executor wants the person to see. */
  readonly notices: string;
  readonly keys: string;
  /** Whose signed decisions count, in the form of ssh-keygen(1). */
  readonly allowedSigners: string;
  readonly tasks: string;
  readonly closedTasks: string;
  readonly seen: string;
  /** What thinking took. */
  readonly spending: string;
  /** Full-text index over the vault’s notes: derived, and made again where it is missing or damaged. */
  readonly index: string;
  /** What Steward wrote into `Memory/`, and from what. */
  readonly memories: string;
  /** A folder for each action server that keeps something, by its name. */
  readonly servers: string;
  /** The person’s address books, as they were fetched last. */
  readonly contacts: string;
  readonly executorSpool: string;
  readonly plannerSpool: string;
  readonly tmp: string;
};

/** The version of the vault’s format that this Steward reads and writes. */
export const FORMAT = 1;
const Identity = z.strictObject({ format: z.literal(FORMAT), id: z.string().regex(/^[0-9a-f]{16}$/) });
const IDENTITY = path.join('.steward', 'vault.json');

/** Whether a folder is a vault of Steward’s, and which. `permanent` where it was one and its identity is damaged. */
export function vaultIdentity(vault: string): Result<string> {
  const file = path.join(vault, IDENTITY);
  if (lstatOf(file) === undefined) {
    return fail('invalid', `${vault} is not a vault of Steward’s.`, 'Make one with `steward init DIR`.');
  }
  const mend =
    'Restore that file from a backup; or, to begin a new record, delete it and run `steward init` on the vault.';
  try {
    const parsed = Identity.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (parsed.success) return ok(parsed.data.id);
    return fail('permanent', `${file} does not say, in format ${FORMAT}, which vault this is.`, mend);
  } catch (error) {
    return fail('permanent', `${file} cannot be read: ${messageOf(error)}.`, mend);
  }
}

/** Gives a vault its identity, once: a new one, or that of a vault which is on another node already. */
export function createIdentity(vault: string, id = randomBytes(8).toString('hex')): string {
  const tmp = path.join(vault, '.steward', 'tmp');
  ensureFolder(tmp);
  createFile(tmp, path.join(vault, IDENTITY), `${JSON.stringify({ format: FORMAT, id })}\n`);
  const known = vaultIdentity(vault);
  return known.ok ? known.value : id;
}

/** Where the state of a vault stands, whether or not it is there yet. */
export function stateFolderOf(home: string, vault: string, id: string): StateFolder {
  const root = path.join(home, id);
  const at = (...parts: string[]): string => path.join(root, ...parts);
  return {
    root,
    vault,
    config: at('config.yaml'),
    ledger: at('ledger.journal'),
    offers: at('offers.json'),
    notices: at('notices.json'),
    keys: at('keys'),
    allowedSigners: at('allowed_signers'),
    tasks: at('tasks'),
    closedTasks: at('tasks', 'closed'),
    seen: at('seen'),
    spending: at('spending.journal'),
    index: at('memory', 'notes.sqlite'),
    memories: at('memory', 'memories.journal'),
    servers: at('servers'),
    contacts: at('contacts'),
    executorSpool: at('spool', 'executor'),
    plannerSpool: at('spool', 'planner'),
    tmp: at('tmp'),
  };
}

/** Opens (and makes where missing) the state folder of a vault. */
export function openStateFolder(home: string, vault: string, id: string): Result<StateFolder> {
  const folder = stateFolderOf(home, vault, id);
  const entangled = entanglement(vault, folder.root);
  if (entangled !== undefined) return fail('denied', entangled, 'Set STEWARD_HOME to a folder of its own.');
  const folders = [folder.keys, folder.closedTasks, folder.seen, folder.executorSpool, folder.plannerSpool, folder.tmp];
  for (const needed of [...folders, path.dirname(folder.index)]) ensureFolder(needed);
  return claimVault(folder);
}

const isWithin = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(`${outer}${path.sep}`);

/** Why vault and state cannot stand where they do: keys in a vault would be synced, a vault in the state be a secret. */
export function entanglement(vault: string, state: string): string | undefined {
  if (isWithin(state, vault)) return `The state folder ${state} is inside the vault, so that its keys would be synced.`;
  return isWithin(vault, state) ? `The vault ${vault} is inside the state folder.` : undefined;
}

/** The vault that a state folder has served last, and whether that one still stands beside `vault` under the same id. */
export function vaultOnRecord(
  state: string,
  vault: string,
  id: string,
): { path: string; isBeside: boolean } | undefined {
  const record = path.join(state, 'vault');
  if (lstatOf(record) === undefined) return undefined;
  const known = readFileSync(record, 'utf8').trim();
  const other = vaultIdentity(known);
  // Reached by another path, it is the same file and no copy.
  const [one, two] = [lstatOf(path.join(known, IDENTITY)), lstatOf(path.join(vault, IDENTITY))];
  const isSame = one?.ino === two?.ino && one?.dev === two?.dev;
  return { path: known, isBeside: known !== vault && !isSame && other.ok && other.value === id };
}

/** One state folder serves one vault: a moved vault is followed, a copy beside its original is refused. */
function claimVault(folder: StateFolder): Result<StateFolder> {
  const { root, vault, tmp } = folder;
  const known = vaultOnRecord(root, vault, path.basename(root));
  if (known?.path === vault) return ok(folder);
  if (known?.isBeside) {
    return fail(
      'denied',
      `${vault} is a copy of the vault ${known.path}, and both would share one record of what was done.`,
      `To use the copy on its own, delete ${path.join(vault, IDENTITY)} and run \`steward init\` on it.`,
    );
  }
  overwriteFile(tmp, path.join(root, 'vault'), `${vault}\n`);
  return ok(folder);
}

/** Removes what crashes left in a folder for passing files, once it is an hour old. */
export function sweepPassing(folder: string, now: Date): void {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (now.getTime() - (lstatOf(file)?.mtimeMs ?? now.getTime()) > 3_600_000) unlinkSync(file);
  }
}

export type LockName = 'executor' | 'planner' | 'watchers' | 'syncer';
export type Lock = { readonly release: () => void };

/** Locks that this process holds: kept here, since a database that is collected lets go of its lock. */
const held = new Set<DatabaseSync>();

/**
 * An exclusive lock that dies with its process: SQLite’s own file lock, so that a crash leaves nothing to clear.
 * Undefined where another process holds it.
 */
export function takeLock(folder: StateFolder, name: LockName): Lock | undefined {
  const database = new DatabaseSync(lockFile(folder, name), { timeout: 300 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    held.add(database);
    return {
      release: () => {
        held.delete(database);
        database.close();
      },
    };
  } catch {
    database.close();
    return undefined;
  }
}

export const lockFile = (folder: StateFolder, name: LockName): string => path.join(folder.root, `${name}.lock`);

/** Whether a process holds the lock now. Looking takes it from nobody. */
export function isLocked(folder: StateFolder, name: LockName): boolean {
  if (lstatOf(lockFile(folder, name)) === undefined) return false;
  const database = new DatabaseSync(lockFile(folder, name), { timeout: 0, readOnly: true });
  try {
    database.exec('SELECT count(*) FROM sqlite_schema');
    return false;
  } catch {
    return true;
  } finally {
    database.close();
  }
}
