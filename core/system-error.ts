import { codeOf, messageOf } from './outcome.ts';

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

/** What went wrong, as a clause that ends with a full stop. */
export function clauseOf(error: unknown): string {
  const told = reasonOf(error).trim();
  return /[.!?]$/.test(told) ? told : `${told}.`;
}
