import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
import { ensureFolder, overwriteFile, readStrictly } from '../../core/durable.ts';

/** More than any mail of ours is long, in bytes: attachments in base64, and their message. */
const LARGEST = 64 * 1024 * 1024;
/** Milliseconds after which the bytes of a mail that nobody filed are let go: thirty days. */
const KEPT = 30 * 24 * 3_600_000;

const folderFor = (state: string): string => path.join(state, 'sent');
const fileFor = (state: string, messageId: string): string =>
  path.join(folderFor(state), `${sha256(messageId).slice(0, 32)}.eml`);

/**
 * Keeps the bytes of a mail on disk before it is sent, so that the copy in Sent is of the very bytes. What was kept long
 * ago and nobody asked for is let go.
 */
export function keepBytes(state: string, messageId: string, bytes: Uint8Array, now: Date): void {
  const folder = folderFor(state);
  ensureFolder(folder);
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats !== undefined && now.getTime() - stats.mtimeMs > KEPT) unlinkSync(file);
  }
  overwriteFile(folder, fileFor(state, messageId), bytes);
}

/** The bytes that were kept for a mail; undefined where there are none. */
export function keptBytes(state: string, messageId: string): Uint8Array | undefined {
  const kept = readStrictly(fileFor(state, messageId), LARGEST);
  return kept.kind === 'read' ? kept.bytes : undefined;
}

export function dropBytes(state: string, messageId: string): void {
  const file = fileFor(state, messageId);
  if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) unlinkSync(file);
}
