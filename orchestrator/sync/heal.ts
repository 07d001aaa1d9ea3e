import { readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureFolder, lstatOf, syncFolder } from '../../core/durable.ts';
import { codeOf, fail, ok, type Result } from '../../core/outcome.ts';
import type { Git } from './git.ts';
import { Git as GitProgram } from './git.ts';
import { Repository } from './repository.ts';

/** What git says where its directory is damaged, rather than the remote or the network at fault. */
const DAMAGED =
  /corrupt|bad object|missing (blob|tree|commit)|unable to read|unable to unpack|loose object|object file .* is empty|invalid (sha1 pointer|object)|is missing or damaged|not a valid object|inflate: data|did not send all necessary objects|broken/i;
/** What it says where a lock is in its way. */
const LOCKED = /\.lock'?: File exists|Unable to create '.*\.lock'|cannot lock ref|EEXIST.*\.lock/i;

/**
 * Mends what a failure of a round tells of. Returns what was done, as a clause; undefined where nothing here can be mended,
 * such as a lock that a git which still runs holds.
 */
export async function mend(
  said: string,
  repository: Repository,
  remote: string,
  ssh: string | undefined,
  now: Date,
): Promise<Result<string> | undefined> {
  const { git } = repository;
  if (LOCKED.test(said)) {
    const removed = removeLeftovers(git.folder, now);
    return removed.length === 0 ? undefined : ok('a lock that a crash left in Steward’s git directory was taken away');
  }
  if (!DAMAGED.test(said)) return undefined;
  repository.close();
  const renewed = await renew(git, remote, ssh);
  return renewed.ok ? ok('Steward’s copy of the history was damaged and was fetched again') : renewed;
}

/** Seconds that a lock is left alone where it cannot be found out who holds it. */
const UNKNOWN_AGE = 600;

/**
 * Removes the locks and half-written files that a crash left in our git directory; not one that a git which still runs
 * may hold. Only whoever holds the lock of syncing calls this.
 */
export function removeLeftovers(folder: string, now: Date): readonly string[] {
  if (lstatOf(folder) === undefined) return [];
  const running = gitsIn(folder);
  if (running === 'some') return [];
  const removed: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const isLeftover = entry.name.endsWith('.lock') || /^(tmp_|\.tmp-|gc\.pid$)/.test(entry.name);
    const isPassing = path.basename(entry.parentPath) === 'passing';
    if (!entry.isFile() || (!isLeftover && !isPassing)) continue;
    const file = path.join(entry.parentPath, entry.name);
    const age = now.getTime() - (lstatOf(file)?.ctimeMs ?? now.getTime());
    if (running === 'unknown' && age < UNKNOWN_AGE * 1000) continue;
    rmSync(file, { force: true });
    removed.push(path.relative(folder, file));
  }
  return removed;
}

/** Whether a git works in this directory now: each that we start has it in its environment, and so have its children. */
function gitsIn(folder: string): 'none' | 'some' | 'unknown' {
  const needle = `GIT_DIR=${folder}\0`;
  let looked = 0;
  let names: string[];
  try {
    names = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  } catch {
    return 'unknown';
  }
  for (const pid of names) {
    try {
      // The connection that is kept is started by a git, and is none.
      if (!readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('git')) continue;
      looked += 1;
      if (`${readFileSync(`/proc/${pid}/environ`, 'latin1')}\0`.includes(needle) && !isReader(pid)) return 'some';
    } catch (error) {
      // It ended while it was looked at; or it is another person’s, and not ours.
      if (!['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
    }
  }
  return names.length > 0 || looked > 0 ? 'none' : 'unknown';
}

/** The kept readers hold no locks. */
const isReader = (pid: string): boolean => readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('cat-file');

const FRESH = 'git.new';
const OLD = 'git.damaged';

/** Finishes a change of git directories that a crash cut off. */
export function finishRenewal(folder: string): void {
  const [fresh, old] = [path.join(path.dirname(folder), FRESH), path.join(path.dirname(folder), OLD)];
  if (lstatOf(folder) === undefined && lstatOf(fresh) !== undefined) renameSync(fresh, folder);
  for (const left of [fresh, old]) rmSync(left, { recursive: true, force: true });
}

/**
 * Makes the git directory anew from the remote. Nothing is only there: what was not sent yet stands in the vault. The base
 * is kept where the remote still has it; where it does not, everything is compared anew.
 */
async function renew(git: Git, remote: string, ssh: string | undefined): Promise<Result<'renewed'>> {
  const folder = git.folder;
  const [fresh, old] = [path.join(path.dirname(folder), FRESH), path.join(path.dirname(folder), OLD)];
  const base = new Repository(git).base;
  rmSync(fresh, { recursive: true, force: true });
  ensureFolder(fresh);
  const made = new Repository(new GitProgram(fresh, ssh, git.program));
  made.prepare(remote);
  try {
    const fetched = await made.fetch();
    if (!fetched.ok) return fetched;
    if (base !== undefined && (await made.objects.find(base))?.kind === 'commit') made.base = base;
  } finally {
    made.close();
  }
  try {
    rmSync(old, { recursive: true, force: true });
    renameSync(folder, old);
    renameSync(fresh, folder);
    syncFolder(path.dirname(folder));
    rmSync(old, { recursive: true, force: true });
    return ok('renewed');
  } catch (error) {
    finishRenewal(folder);
    return fail('retryable', `Steward’s git directory could not be made anew: ${String(error)}.`);
  }
}
