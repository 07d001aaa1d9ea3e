import { secretIn } from '../../core/guarded.ts';
import type { MyFiles } from './mine.ts';

/** What of a file goes into a commit: its bytes, or why they stay on this computer. */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'moved' }
  | { readonly kind: 'held'; readonly why: string };

/** The most that is sent at all, in bytes: what is larger than the settings allow was held before. */
const LARGEST = 2 * 1024 ** 3;

/** Reads a file that is to be sent. A secret never is: neither one of ours, nor what looks like one. */
export function contentOf(files: MyFiles, path: string, blob: string): Content {
  const bytes = files.bytes(path, blob, LARGEST);
  if (bytes === undefined) return { kind: 'moved' };
  const secret = secretIn(path) ?? secretIn(bytes.toString('utf8')) ?? secretIn(bytes.toString('utf16le'));
  if (secret === undefined) return { kind: 'bytes', bytes };
  return {
    kind: 'held',
    why: `It holds ${secret}, so it stays on this computer. Take that out, and the note is synced.`,
  };
}
