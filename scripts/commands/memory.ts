import type { Environment } from '../../core/config.ts';
import { terminalLine } from '../../core/inert.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { clauseOf } from '../../core/system-error.ts';
import { Vault } from '../../core/vault.ts';
import { lineThatFits } from '../../orchestrator/memory/line-that-fits.ts';
import { wordsOf } from '../../orchestrator/memory/note-index.ts';
import { VaultIndex } from '../../orchestrator/memory/vault-index.ts';

const MOST = 20;

/** Finds notes by words, as a brain does: what is remembered, documents, and what was done. */
export function searchMemory(environment: Environment, words: string): Promise<number> {
  return withIndex(environment, async (index, vault) => {
    const asked = wordsOf(words);
    const hits = await index.search(asked, MOST);
    for (const { path } of hits) {
      const read = vault.read(path);
      const line = read.ok ? lineThatFits(read.value.text, new Set(asked)) : '';
      process.stdout.write(`${terminalLine(path)}\n  ${terminalLine(line)}\n`);
    }
    if (hits.length === 0) process.stdout.write('Nothing was found.\n');
  });
}

/** Makes the index again from the notes as they stand. */
export function rebuildMemory(environment: Environment): Promise<number> {
  return withIndex(environment, async index => {
    const count = await index.rebuild();
    process.stdout.write(`The index is made again: ${count.toLocaleString('en')} notes.\n`);
  });
}

async function withIndex(
  environment: Environment,
  use: (index: VaultIndex, vault: Vault) => Promise<void>,
): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const { root, state } = opened.value;
  const index = new VaultIndex(root, state.index, new AbortController().signal);
  try {
    await use(index, new Vault(root, 'person'));
    return EXIT.ok;
  } catch (error) {
    process.stderr.write(`The notes cannot be searched: ${clauseOf(error)}\n`);
    return EXIT.failure;
  } finally {
    index.close();
  }
}
