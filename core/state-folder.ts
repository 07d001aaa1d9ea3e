import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { createFile, ensureFolder, lstatOf, overwriteFile } from './durable.ts';
import { fail, ok, type Result } from './outcome.ts';

/** What is the machine’s own and never in the vault: one folder per vault, named by the vault’s id. */
export type StateFolder = {
  readonly root: string;
  readonly vault: string;
  readonly config: string;
  readonly ledger: string;
  readonly offers: string;
  readonly keys: string;
  readonly tasks: string;
  readonly closedTasks: string;
  readonly seen: string;
  readonly executorSpool: string;
  readonly plannerSpool: string;
  readonly tmp: string;
};

const Identity = z.strictObject({ format: z.literal(1), id: z.string().regex(/^[0-9a-f]{16}$/) });
const IDENTITY = path.join('.steward', 'vault.json');

/** Whether a folder is a vault of Steward’s, and which. */
export function vaultIdentity(vault: string): Result<string> {
  const file = path.join(vault, IDENTITY);
  if (lstatOf(file) === undefined) return fail('invalid', `${vault} is not a vault of Steward’s.`);
  const parsed = Identity.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return ok(parsed.data.id);
  return fail(
    'invalid',
    `${file} does not say which vault this is.`,
    'Restore it from a backup, or run `steward init`.',
  );
}

/** Gives a vault its identity, once. */
export function createIdentity(vault: string): string {
  const tmp = path.join(vault, '.steward', 'tmp');
  ensureFolder(tmp);
  const id = randomBytes(8).toString('hex');
  createFile(tmp, path.join(vault, IDENTITY), `${JSON.stringify({ format: 1, id })}\n`);
  const known = vaultIdentity(vault);
  return known.ok ? known.value : id;
}

/** Opens (and makes where missing) the state folder of a vault. */
export function openStateFolder(home: string, vault: string, id: string): Result<StateFolder> {
  const root = path.join(home, id);
  const at = (...parts: string[]): string => path.join(root, ...parts);
  const folder: StateFolder = {
    root,
    vault,
    config: at('config.yaml'),
    ledger: at('ledger.journal'),
    offers: at('offers.json'),
    keys: at('keys'),
    tasks: at('tasks'),
    closedTasks: at('tasks', 'closed'),
    seen: at('seen'),
    executorSpool: at('spool', 'executor'),
    plannerSpool: at('spool', 'planner'),
    tmp: at('tmp'),
  };
  const folders = [folder.keys, folder.closedTasks, folder.seen, folder.executorSpool, folder.plannerSpool, folder.tmp];
  for (const needed of folders) ensureFolder(needed);
  return claimVault(folder, vault, id);
}

/** One state folder serves one vault: a moved vault is followed, a copy beside its original is refused. */
function claimVault(folder: StateFolder, vault: string, id: string): Result<StateFolder> {
  const record = path.join(folder.root, 'vault');
  const known = lstatOf(record) === undefined ? undefined : readFileSync(record, 'utf8').trim();
  if (known === vault) return ok(folder);
  if (known !== undefined && lstatOf(path.join(known, IDENTITY)) !== undefined) {
    const other = vaultIdentity(known);
    if (other.ok && other.value === id) {
      return fail(
        'denied',
        `${vault} is a copy of the vault ${known}, and both would share one record of what was done.`,
        `To use the copy on its own, delete ${path.join(vault, IDENTITY)} and run \`steward init\` on it.`,
      );
    }
  }
  overwriteFile(folder.tmp, record, `${vault}\n`);
  return ok(folder);
}

/** Removes what crashes left in a folder for passing files, once it is an hour old. */
export function sweepPassing(folder: string, now: Date): void {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (now.getTime() - (lstatOf(file)?.mtimeMs ?? now.getTime()) > 3_600_000) unlinkSync(file);
  }
}

export type LockName = 'executor' | 'planner' | 'watchers';
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

const lockFile = (folder: StateFolder, name: LockName): string => path.join(folder.root, `${name}.lock`);

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
