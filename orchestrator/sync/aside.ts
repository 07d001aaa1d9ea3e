import { sha256 } from '../../core/digest.ts';
import { writeNote } from '../../core/front-matter.ts';
import { codeSpan, noteLink, propertyText } from '../../core/inert.ts';
import { clip, splitExtension } from '../../core/names.ts';
import { FOLDERS } from '../../core/states.ts';
import { isText } from './merge.ts';
import { isKeptBeside } from './places.ts';
import type { Entry } from './steps.ts';

/** Where the second of two versions is kept, and what is written there. Names and bytes follow from the version alone. */

/** A name that any file system takes, and that stays one part of a path. */
const plainName = (name: string): string =>
  name
    .normalize('NFC')
    .replace(/[\u0000-\u001f\u007f\\:*?"<>|#^[\]]/g, '_')
    .replace(/^[. ]+|[. ]+$/g, '_');

/**
 * The path for a version that does not keep `path`: beside it where only the person reads, otherwise in `Quarantine/`.
 * The mark is made from path and content, so that both nodes make one copy of it, and the same conflict never two.
 */
export function asideOf(path: string, entry: Entry, folder?: string): string {
  const parts = path.split('/');
  const [stem, extension] = splitExtension(plainName(parts.at(-1) ?? ''));
  const mark = ` (conflict ${sha256(`${path}\n${entry.blob}`).slice(0, 8)})`;
  const short = clip(extension, 20);
  const plain = stem.replace(/ \(conflict [0-9a-f]{8}\)$/, '');
  const name = `${clip(plain, 230 - Buffer.byteLength(mark + short))}${mark}${short}`;
  const place = folder ?? (isKeptBeside(path) ? parts.slice(0, -1).join('/') : FOLDERS.quarantine);
  return place === '' ? name : `${place}/${name}`;
}

export type Aside = { readonly path: string; readonly bytes: Uint8Array };

/** The files to create for a version that is kept at `as`: its bytes, and what a person should do about it. */
export function asideFiles(
  { path, as, why }: { readonly path: string; readonly as: string; readonly why: string },
  bytes: Uint8Array,
): readonly Aside[] {
  if (as.startsWith(`${FOLDERS.quarantine}/`))
    return [
      { path: as, bytes },
      { path: reasonPath(as), bytes: reason() },
    ];
  if (!as.endsWith('.md') || !isText(bytes)) return [{ path: as, bytes }];
  return [{ path: as, bytes: conflictNote({ path, why }, bytes) }];

  function reason(): Uint8Array {
    const text = [
      `# Set aside: ${codeSpan(as.split('/').at(-1) ?? as)}`,
      '',
      '> [!warning] What happened',
      `> ${why}`,
      '',
      `It was ${codeSpan(path, 300)} on one device. Nothing in it was done, and its content was not changed.`,
      '',
      '**What to do:** look at it. What you want of it, write where it belongs, on the machine where you approve; then',
      'delete both notes here. If you want nothing of it, delete both.',
      '',
    ].join('\n');
    return Buffer.from(writeNote({ type: 'quarantine', format: 1, about: propertyText(as) }, text));
  }
}

const reasonPath = (as: string): string => `${as.replace(/\.md$/, '')}.why.md`;

/** A version of a note with a callout that says what it is: behind its properties, so that they stay properties. */
function conflictNote({ path, why }: { path: string; why: string }, bytes: Uint8Array): Uint8Array {
  const source = Buffer.from(bytes);
  const text = source.toString('latin1');
  const newline = /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
  const head = /^---\r?\n(?:(?!---\r?\n)[^\n]*\n)*---\r?\n/.exec(text)?.[0] ?? '';
  const name = (path.split('/').at(-1) ?? path).replace(/\.md$/, '');
  const callout = [
    `> [!warning] Kept beside ${noteLink(name)}`,
    `> ${why} Nothing is lost: all of this version stands below.`,
    `> **What to do:** take over what you want to keep into ${noteLink(name)}, then delete this note.`,
    '',
    '',
  ].join(newline);
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(callout), source.subarray(head.length)]);
}
