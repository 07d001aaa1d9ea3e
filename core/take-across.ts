import { randomBytes } from 'node:crypto';
import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { ensureFolder, lstatOf, syncFolder } from './durable.ts';
import { hashFile } from './hash-file.ts';
import { codeOf, type Failure, fail, ok, type Result } from './outcome.ts';
import { reasonOf, systemFailure } from './system-error.ts';
import type { Vault } from './vault.ts';
import { mayWrite } from './vault-paths.ts';

/**
 * Brings a file into the vault from anywhere, also from another file system, for an action server: copy under a passing
 * name, sync, compare the bytes, link to its place without overwriting, and only then remove the original (unless it
 * shall be kept). Calling it again after a crash finishes what was begun.
 */
export async function takeAcross(
  vault: Vault,
  from: string,
  to: string,
  sha256: string,
  keep: boolean,
): Promise<Result<'taken'>> {
  const target = vault.resolve(to);
  if (!target.ok) return target;
  if (!mayWrite('server', to)) return fail('denied', `“${to}” is not for an action to write.`);
  const passing = path.join(vault.root, '.steward', 'tmp', randomBytes(12).toString('hex'));
  try {
    const there = lstatOf(target.value) === undefined ? undefined : await hashFile(target.value);
    if (there === undefined) {
      const copied = await copyTo(from, passing, target.value, sha256);
      if (!copied.ok) return copied;
    } else if (!there.ok || there.value.sha256 !== sha256) {
      return fail('permanent', `“${to}” is there already; nothing is overwritten.`);
    }
    if (keep || lstatOf(from) === undefined) return ok('taken');
    const again = await hashFile(from);
    if (!again.ok || again.value.sha256 !== sha256) return ok('taken');
    unlinkSync(from);
    syncFolder(path.dirname(from));
    return ok('taken');
  } catch (error) {
    return systemFailure(`“${to}” could not be written: ${reasonOf(error)}.`, error);
  } finally {
    if (lstatOf(passing) !== undefined) unlinkSync(passing);
  }
}

const CHANGED: { ok: false; failure: Failure } = {
  ok: false,
  failure: { kind: 'permanent', message: 'The file has changed since this was approved.', fault: 'data' },
};

async function copyTo(from: string, passing: string, target: string, sha256: string): Promise<Result<'copied'>> {
  ensureFolder(path.dirname(target));
  copyFileSync(from, passing, constants.COPYFILE_EXCL);
  const handle = openSync(passing, 'r');
  fsyncSync(handle);
  closeSync(handle);
  const copied = await hashFile(passing);
  if (!copied.ok) return copied;
  if (copied.value.sha256 !== sha256) return CHANGED;
  try {
    linkSync(passing, target);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return fail('permanent', 'Something stands there by now; nothing is overwritten.');
    throw error;
  }
  syncFolder(path.dirname(target));
  return ok('copied');
}
