import { writeNote } from './front-matter.ts';
import { codeSpan, propertyText } from './inert.ts';
import { clip, localTime } from './names.ts';
import { ok, type Result } from './outcome.ts';
import { FOLDERS } from './states.ts';
import type { Vault } from './vault.ts';

/**
 * Puts something that cannot be understood aside, under its own name and with its bytes untouched, and a note beside it
 * that says what is wrong and how to mend it. Returns where it stands; undefined where it is gone.
 */
export function quarantine(
  vault: Vault,
  path: string,
  why: string,
  mend: string,
  now: Date,
): Result<string | undefined> {
  const name = path.split('/').at(-1) ?? path;
  const moved = vault.move(path, `${FOLDERS.quarantine}/${name}`);
  if (!moved.ok || moved.value === undefined) return moved;
  const text = [
    `# Set aside: ${codeSpan(name)}`,
    '',
    '> [!warning] What is wrong',
    `> ${codeSpan(why, 400)}`,
    '',
    `It lay in ${codeSpan(path, 300)}. Nothing in it was done, and its content was not changed.`,
    '',
    `**What to do:** ${mend}`,
    '',
  ].join('\n');
  const properties = { type: 'quarantine', format: 1, about: propertyText(moved.value), created: localTime(now) };
  const noted = vault.createFree(`${FOLDERS.quarantine}/${reasonName(moved.value)}`, writeNote(properties, text));
  return noted.ok ? ok(moved.value) : noted;
}

/** The name of the note that stands beside what was set aside, within the 255 bytes of a file name. */
function reasonName(path: string): string {
  const stem = (path.split('/').at(-1) ?? path).replace(/\.md$/, '');
  return `${clip(stem, 255 - '.why.md'.length)}.why.md`;
}
