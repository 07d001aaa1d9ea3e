import { codeOf, type Failure, fail, messageOf } from './outcome.ts';

/** A system error in plain words. */
export function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full';
    case 'EACCES':
    case 'EPERM':
      return 'there is no permission';
    case 'EROFS':
      return 'the disk is read-only';
    case 'EIO':
      return 'the disk reported an error';
    case 'ENOENT':
      return 'it is not there';
    case 'ENOTDIR':
    case 'EISDIR':
      return 'a folder and a file have the same name';
    case 'ENAMETOOLONG':
      return 'its name is too long';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open';
    case 'ENOMEM':
      return 'there is no memory left';
    default:
      return messageOf(error);
  }
}

/** What to do about a system error, in one sentence. */
export function mendOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'Free some space; Steward tries again by itself.';
    case 'EIO':
      return 'Check the disk; nothing was lost so far.';
    default:
      return 'Nothing was lost; Steward tries again.';
  }
}

/** What this computer itself ran out of or broke: whatever was tried is not to blame, and nor is the far end. */
const OURS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Whether an error, or the code of one, is a fault of this computer. */
export const isOurs = (code: string | undefined): boolean => code !== undefined && OURS.has(code);

/** Something that the system refused, as a failure that may pass. `message` is what happened, as one sentence. */
export function systemFailure(message: string, error: unknown, mend?: string): { ok: false; failure: Failure } {
  const failed = fail('retryable', message, mend);
  return isOurs(codeOf(error)) ? { ok: false, failure: { ...failed.failure, fault: 'system' } } : failed;
}

/** What went wrong, as a clause that ends with a full stop. */
export function clauseOf(error: unknown): string {
  const told = reasonOf(error).trim();
  return /[.!?]$/.test(told) ? told : `${told}.`;
}
