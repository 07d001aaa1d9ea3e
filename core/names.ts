/**
 * Names that Steward makes. They are unique in the vault, so that wiki-links survive moves, and every note of one
 * task shares a stem, so that they stand together in a folder listing.
 */

/** `[a-z0-9-]{1,limit}`, readable, never empty. */
export function slug(text: string, limit = 60): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, limit)
    .replace(/-+$/, '');
  return plain === '' ? 'item' : plain;
}

/** `<source>-<12 hex>`: the stem that every note of the task carries is `<slug>-<8 hex>`. */
export function taskId(source: string, fingerprint: string): string {
  return `${source}-${fingerprint.slice(0, 12)}`;
}

export function noteStem(title: string, id: string): string {
  const tail = /([0-9a-f]{8,12}(?:-r\d+)?)$/.exec(id)?.[1] ?? id;
  return `${slug(title)}-${tail}`;
}

export const planName = (stem: string): string => `${stem}-plan`;
export const approvalName = (stem: string, ordinal: number): string => `${stem}-approval-${ordinal}`;
export const questionName = (stem: string, ordinal: number): string => `${stem}-question-${ordinal}`;

/** `invoice.pdf` → `['invoice', '.pdf']`; a leading dot is part of the stem. */
export function splitExtension(name: string): [stem: string, extension: string] {
  const at = name.lastIndexOf('.');
  return at <= 0 ? [name, ''] : [name.slice(0, at), name.slice(at)];
}

/** The n-th name to try when `name` is taken: `a.md`, `a (2).md`, `a (3).md` … */
export function numbered(name: string, attempt: number): string {
  if (attempt <= 1) return name;
  const [stem, extension] = splitExtension(name);
  const ending = ` (${attempt})${extension}`;
  const room = 255 - Buffer.byteLength(ending);
  return room > 0 ? `${clip(stem, room)}${ending}` : numbered(clip(stem), attempt);
}

/** Shortens a file name to the 255 bytes that file systems allow, keeping its extension and whole characters. */
export function clip(name: string, bytes = 255): string {
  if (Buffer.byteLength(name) <= bytes) return name;
  const [stem, extension] = splitExtension(name);
  const keep = Buffer.byteLength(extension) < bytes ? extension : '';
  let short = '';
  for (const character of stem) {
    if (Buffer.byteLength(short + character + keep) > bytes) break;
    short += character;
  }
  return short + keep;
}

/** Names that belong to an editor, a sync tool or a transfer in progress: left alone. */
export function isPassing(name: string): boolean {
  return (
    name.startsWith('.') ||
    name.startsWith('~$') ||
    name.endsWith('~') ||
    /\.(tmp|temp|part|partial|crdownload|download|swp|swx)$/i.test(name) ||
    /^Untitled( \d+)?\.md$/.test(name)
  );
}

/** Copies that a sync tool left beside the original: reported, never acted on. */
export function isSyncConflict(name: string): boolean {
  return /\.sync-conflict-|\(conflict(ed)?\b[^)]*\)|conflicted copy/i.test(name);
}

/** Local time as Obsidian writes it: `2026-11-30T10:30:00`, no zone. */
export function localTime(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** A time as a person reads it; the last year that there is means that waiting does not help. */
export const minuteOf = (at: string): string =>
  at.startsWith('9999') ? 'your policy allows it' : localTime(new Date(at)).slice(0, 16).replace('T', ' ');

/** `YYYY-MM`, the folder that finished work is filed under. */
export const monthOf = (at: Date): string => localTime(at).slice(0, 7);
export const dayOf = (at: Date): string => localTime(at).slice(0, 10);
