import { sha256 } from '../../core/digest.ts';
import { readStrictly } from '../../core/durable.ts';
import type { Attachment } from '../../core/envelope.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { reasonOf, systemFailure } from '../../core/system-error.ts';
import type { Vault } from '../../core/vault.ts';
import { mayWrite } from '../../core/vault-paths.ts';

/** The most that is attached to one mail, in bytes: what most providers take. */
const LARGEST = 20 * 1024 * 1024;

/** A file as it was read once: what is shown, hashed and sent are the same bytes. */
export type Attached = {
  readonly file: Attachment;
  readonly bytes: Uint8Array;
  /** Its name and its media type in the mail, where they are not those of a file in the vault. */
  readonly name?: string;
  readonly type?: string;
};

/** Reads the files to attach. What steers Steward, and its own notes, do not leave by mail. */
export function readAttachments(vault: Vault, paths: readonly string[]): Result<readonly Attached[]> {
  const attached: Attached[] = [];
  let left = LARGEST;
  for (const path of paths) {
    const absolute = vault.resolve(path);
    if (!absolute.ok) return absolute;
    if (!mayWrite('server', path)) return fail('denied', `“${path}” is not for an action to take.`);
    try {
      const found = readStrictly(absolute.value, left);
      if (found.kind === 'missing') return fail('permanent', `“${path}” is not there.`);
      if (found.kind === 'refused') return fail('invalid', `“${path}” cannot be attached: ${found.why}.`);
      left -= found.bytes.length;
      attached.push({ file: { path, sha256: sha256(found.bytes), size: found.bytes.length }, bytes: found.bytes });
    } catch (error) {
      return systemFailure(`“${path}” could not be read: ${reasonOf(error)}.`, error);
    }
  }
  return ok(attached);
}
