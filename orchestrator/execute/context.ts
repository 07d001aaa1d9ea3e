import type { KeyObject } from 'node:crypto';
import type { Brought } from '../../core/brought.ts';
import type { ConfigFile } from '../../core/config.ts';
import type { Log } from '../../core/log.ts';
import type { Settle } from '../../core/settle.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Vault } from '../../core/vault.ts';
import type { Ledger } from './ledger.ts';
import type { ActionServers } from './servers.ts';

/** What every part of the executor works with. */
export type ExecutorContext = {
  readonly vault: Vault;
  readonly state: StateFolder;
  readonly config: ConfigFile;
  readonly ledger: Ledger;
  readonly servers: ActionServers;
  readonly key: KeyObject;
  readonly settle: Settle;
  readonly log: Log;
  readonly now: () => Date;
  /** Milliseconds of a clock that only goes forward, and stands still while the computer sleeps. */
  readonly monotonic?: () => number;
  /** The name of the person on this machine, as it goes on record. */
  readonly person: string;
  /** Tools that move this vault’s files between machines: a decision they may have brought needs a word here. */
  readonly syncers: () => readonly string[];
  /** What our own sync has brought from other nodes: none of it was done by hand here. Missing where nothing is synced. */
  readonly brought?: Pick<Brought, 'isHere' | 'isAnywhere' | 'by'>;
};
