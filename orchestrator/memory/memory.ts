import type { Log } from '../../core/log.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Vault } from '../../core/vault.ts';
import { Lessons } from './lessons.ts';
import { MemoryJournal } from './memory-journal.ts';
import { VaultIndex } from './vault-index.ts';

/** What Steward remembers: the index over the vault, what it wrote there, and what decisions taught. */
export class Memory {
  readonly index: VaultIndex;
  readonly journal: MemoryJournal;
  readonly lessons: Lessons;

  constructor(vault: Vault, state: StateFolder, log: Log, now: () => Date, signal: AbortSignal) {
    this.index = new VaultIndex(vault.root, state.index, signal);
    this.journal = new MemoryJournal(state.memories, state.tmp, now);
    this.lessons = new Lessons(vault, this.journal, log);
  }
}
