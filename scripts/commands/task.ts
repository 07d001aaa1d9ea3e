import type { Environment } from '../../core/config.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';

/** Writes the text as the person’s own note, named by its first words. */
export function task(environment: Environment, text: string): number {
  const opened = openVault(environment);
  if (!opened.ok || text.trim() === '') {
    process.stderr.write(`${opened.ok ? 'Say what is to be done: steward task "…"' : sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const first = text.trim().split('\n')[0] ?? 'Task';
  const name = first
    .replace(/[#|^:[\]*"<>?\\/]/g, ' ')
    .replace(/^[.\s-]+/, '')
    .replace(/\s+/g, ' ')
    .slice(0, 60)
    .trim();
  const made = new Vault(opened.value.root, 'person').createFree(
    `${FOLDERS.needsAction}/${name === '' ? 'Task' : name}.md`,
    `${text.trim()}\n`,
  );
  if (!made.ok) {
    process.stderr.write(`${sentence(made.failure)}\n`);
    return EXIT.failure;
  }
  process.stdout.write(`${made.value}\n`);
  return EXIT.ok;
}
