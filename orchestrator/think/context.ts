import type { Brain, ToolCall } from '../../core/brain.ts';
import type { ConfigFile } from '../../core/config.ts';
import type { Log } from '../../core/log.ts';
import type { Settle } from '../../core/settle.ts';
import type { Spool } from '../../core/spool.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Vault } from '../../core/vault.ts';
import type { LedgerView } from './ledger-view.ts';
import type { SpendJournal } from './spending.ts';
import type { Thoughts } from './thoughts.ts';

/** What every part of the planner works with. It has no credentials and cannot write to control paths. */
export type PlannerContext = {
  readonly vault: Vault;
  readonly state: StateFolder;
  readonly config: ConfigFile;
  readonly brain: Brain;
  readonly ledger: LedgerView;
  readonly executor: Spool;
  readonly settle: Settle;
  readonly log: Log;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly spending: SpendJournal;
  readonly thoughts: Thoughts;
  /** The calls of every open task that have no result yet. */
  readonly underway: () => readonly ToolCall[];
};
