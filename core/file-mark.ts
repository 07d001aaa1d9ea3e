import { type BigIntStats, fstatSync, lstatSync } from 'node:fs';
import { codeOf } from './outcome.ts';

/** How a file was left by the one who writes it: enough to notice that somebody else touched it since. */
export type FileMark = Pick<BigIntStats, 'dev' | 'ino' | 'ctimeNs'>;

/** The mark of an open file, as it is now. */
export function markOf(handle: number): FileMark {
  const { dev, ino, ctimeNs } = fstatSync(handle, { bigint: true });
  return { dev, ino, ctimeNs };
}

/**
 * What became of a file since its mark was taken, looked at by its path; `size` is the bytes that it must have.
 * `touched`: its bytes may have been changed in place, or only its name, its rights or its links. A change in the same
 * tick of the clock leaves no trace here.
 */
export function sinceMark(
  file: string,
  mark: FileMark,
  size: number,
): 'gone' | 'replaced' | 'resized' | 'touched' | undefined {
  try {
    const now = lstatSync(file, { bigint: true });
    if (now.ino !== mark.ino || now.dev !== mark.dev) return 'replaced';
    if (now.size !== BigInt(size)) return 'resized';
    return now.ctimeNs === mark.ctimeNs ? undefined : 'touched';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'gone';
    throw error;
  }
}
