import type { Brain, Remembered, ToolCall } from '../../core/brain.ts';
import type { Brought } from '../../core/brought.ts';
import type { TaskClaims } from '../../core/claims.ts';
import type { ConfigFile } from '../../core/config.ts';
import type { Log } from '../../core/log.ts';
import type { Settle } from '../../core/settle.ts';
import type { Spool } from '../../core/spool.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Vault } from '../../core/vault.ts';
import type { Memory } from '../memory/memory.ts';
import type { Brains } from './brains.ts';
import type { Jobs } from './jobs.ts';
import type { LedgerView } from './ledger-view.ts';
import type { Looked } from './look.ts';
import type { SpendJournal } from './spending.ts';
import type { Thoughts } from './thoughts.ts';

/** What every part of the planner works with. It has no credentials and cannot write to control paths. */
export type PlannerContext = {
  readonly vault: Vault;
  readonly state: StateFolder;
  readonly config: ConfigFile;
  /** The brain that thinks where no rule of the routing says otherwise. */
  readonly brain: Brain;
  readonly brains: Brains;
  readonly ledger: LedgerView;
  readonly executor: Spool;
  /** Which tasks are this node’s to think about. */
  readonly claims: TaskClaims;
  /** What sync has put into the vault, where there is any. */
  readonly brought: Pick<Brought, 'isAnywhere' | 'by'> | undefined;
  readonly settle: Settle;
  readonly log: Log;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly spending: SpendJournal;
  readonly thoughts: Thoughts;
  readonly memory: Memory;
  /** What is being looked up for a call, and for a task that is about to be thought about. */
  readonly looks: Jobs<Looked>;
  readonly recalls: Jobs<readonly Remembered[]>;
  /** The calls of every open task that have no result yet. */
  readonly underway: () => readonly ToolCall[];
};
