import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestVault } from '../test/helpers/vault.ts';

/** Puts so many notes of finished work into a vault, in the months of one year. */
export function fill(vault: TestVault, notes: number): void {
  for (let index = 0; index < notes; index += 1) {
    const folder = path.join(vault.root, 'Done', `2025-${String((index % 12) + 1).padStart(2, '0')}`);
    if (index < 12) mkdirSync(folder, { recursive: true });
    const text = `---\ntype: task\n---\n# Note ${index}\n\nInvoice ${index % 977} of firm ${index % 4099}, paid in week ${index % 53}.\n`;
    writeFileSync(path.join(folder, `note-${index}.md`), text);
  }
}
