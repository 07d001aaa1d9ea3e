import { clip, splitExtension } from './names.ts';
import { FOLDERS } from './states.ts';

/** Where attachments of what came in are kept. */
export const ATTACHMENTS = `${FOLDERS.documents}/Attachments`;
/** What Obsidian would open as a note, a board or a table of its own, and with that run what stands in it. */
const OPENED = /^\.(md|markdown|canvas|base|excalidraw)$/i;
/** Bytes of a name; the mark in front comes on top. */
const LONGEST = 120;

/**
 * `Documents/Attachments/<first 12 of its SHA-256> <safe name>`: the same bytes under the same name stand there once.
 * The name cannot lead elsewhere, hide, break a wiki-link, or make a note of the file.
 */
export function attachmentPath(sha256: string, name: string): string {
  const safe = name
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}\p{DI}]/gu, '')
    .replace(/[\\/:*?"<>|#^[\]%`]/g, '-')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.~-]+|[\s.~]+$/g, '')
    .toWellFormed();
  const [, extension] = splitExtension(safe);
  const shown = OPENED.test(extension) ? `${clip(safe, LONGEST - 4)}.txt` : clip(safe, LONGEST);
  return `${ATTACHMENTS}/${sha256.slice(0, 12)} ${shown === '' ? 'attachment' : shown}`;
}
