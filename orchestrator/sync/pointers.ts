import { sha256 } from '../../core/digest.ts';
import { readProperties, writeNote } from '../../core/front-matter.ts';
import { codeSpan, propertyText } from '../../core/inert.ts';
import { clip } from '../../core/names.ts';
import type { NodeName } from '../../core/sync-settings.ts';
import type { Vault } from '../../core/vault.ts';
import type { Looked } from './changes.ts';

/** What a pointer’s name ends with. */
const ENDING = '.pointer.md';

/** The note that goes in place of a file which is too large: beside it, under its name. */
function pointerOf(path: string): string {
  const at = path.lastIndexOf('/') + 1;
  return `${path.slice(0, at)}${clip(path.slice(at), 255 - ENDING.length)}${ENDING}`;
}

type Where = { readonly vault: Vault; readonly node: NodeName /** Bytes. */; readonly largest: number };

/**
 * Writes a pointer for every file that is too large to be synced, and takes it away once the file is gone or fits.
 * Returns the paths that were written or removed. A pointer that a person has changed stays as it is.
 */
export function keepPointers(looked: Looked, where: Where): readonly string[] {
  const changed: string[] = [];
  for (const { path, mine } of looked.changes) {
    if (path.endsWith(ENDING)) continue;
    const size = mine === undefined ? 0 : (looked.sizes.get(mine.blob) ?? 0);
    const pointer = pointerOf(path);
    if (size <= where.largest ? takeAway(pointer, path, where) : put(pointer, path, size, where)) changed.push(pointer);
  }
  return changed;
}

function put(pointer: string, path: string, size: number, { vault, node, largest }: Where): boolean {
  const text = render(path, size, node, largest);
  const found = vault.read(pointer);
  if (!found.ok) {
    if (vault.exists(pointer)) return false;
    const made = vault.create(pointer, text);
    return made.ok && made.value === 'created';
  }
  if (found.value.text === text || !isOurs(found.value.text, path)) return false;
  const replaced = vault.replace(pointer, found.value.sha256, text);
  return replaced.ok && replaced.value === 'replaced';
}

function takeAway(pointer: string, path: string, { vault }: Where): boolean {
  if (!vault.exists(pointer)) return false;
  const found = vault.read(pointer);
  if (!found.ok || !isOurs(found.value.text, path)) return false;
  const removed = vault.removeExactly(pointer, found.value.sha256);
  return removed.ok && removed.value === 'removed';
}

function isOurs(text: string, path: string): boolean {
  const read = readProperties(text);
  if (!read.ok) return false;
  const { type, check, file } = read.value.properties;
  return type === 'pointer' && check === checkOf(text) && file === propertyText(path);
}

/** Over what stands below the properties: a person’s own words make it their note. */
const checkOf = (text: string): string => sha256(text.slice(text.indexOf('\n# '))).slice(0, 12);

function render(path: string, size: number, node: NodeName, largest: number): string {
  const name = path.split('/').at(-1) ?? path;
  const body = [
    `# ${codeSpan(name)} is on the node “${node}” only`,
    '',
    `It has ${inMegabytes(size)} MB, and files above ${inMegabytes(largest)} MB are not synced (\`sync: largest\` in`,
    `\`config.yaml\` there). It stands at ${codeSpan(path, 300)} on that computer, and nothing of it is lost.`,
    '',
    'This note goes away by itself once the file is gone or smaller.',
    '',
  ].join('\n');
  const properties = { type: 'pointer', format: 1, file: propertyText(path), bytes: size, node };
  return writeNote({ ...properties, check: checkOf(`\n${body}`) }, body);
}

const inMegabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1).replace(/\.0$/, '');
