import type { Environment } from '../../core/config.ts';
import { isPassing, isSyncConflict } from '../../core/names.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { isLocked } from '../../core/state-folder.ts';
import { FOLDERS } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';
import { tellIfDown } from './find.ts';

/**
 * A note’s name from the first words of its text: without what Obsidian and file systems refuse (`# ^ [ ] | : \\ /` and
 * the like), and none that would be taken for an unfinished note, a manual or a sync tool’s copy.
 */
export function taskName(text: string): string {
  const plain = text
    .trim()
    .replace(/\n[\s\S]*$/, '')
    .normalize('NFC')
    .replace(/[\p{C}\p{Z}#|^:[\]*"<>?\\/]+/gu, ' ')
    .replace(/^[\p{P}\s]+/u, '');
  const short = [...plain]
    .slice(0, 60)
    .join('')
    .replace(/[. ]+$/, '');
  const isTaken = /^(README|Task|con|prn|aux|nul|(com|lpt)\d)$/i.test(short);
  return short === '' || isTaken || isPassing(`${short}.md`) || isSyncConflict(short) ? 'Task' : short;
}

/** Writes the text as the person’s own note, named by its first words. */
export function task(environment: Environment, text: string): number {
  const opened = openVault(environment);
  if (!opened.ok || text.trim() === '') {
    process.stderr.write(`${opened.ok ? 'Say what is to be done: steward task "…"' : sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const made = new Vault(opened.value.root, 'person').createFree(
    `${FOLDERS.needsAction}/${taskName(text)}.md`,
    // Three dashes at the top would begin properties.
    `${text.trim().replace(/^(?=---)/, '\n')}\n`,
  );
  if (!made.ok) {
    process.stderr.write(`${sentence(made.failure)}\n`);
    return EXIT.failure;
  }
  process.stdout.write(`${made.value}\n`);
  if (isLocked(opened.value.state, 'planner'))
    process.stderr.write(`Steward begins with it in ${opened.value.config.settle.note} seconds\n`);
  tellIfDown(opened.value.state);
  return EXIT.ok;
}
