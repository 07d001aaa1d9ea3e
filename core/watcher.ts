import type { ConfigFile } from './config.ts';
import type { Log } from './log.ts';
import type { Swept } from './loop.ts';
import type { Result } from './outcome.ts';
import type { StateFolder } from './state-folder.ts';
import type { Vault } from './vault.ts';

/**
 * The contract of a watcher: one file in `watchers/`. It turns what arrives somewhere into task notes, each once, and
 * has no other effect.
 */
export type WatcherContext = {
  readonly vault: Vault;
  readonly state: StateFolder;
  readonly config: ConfigFile;
  /** `STEWARD_<WATCHER>_…`: this watcher’s own and no other’s. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly now: () => Date;
  /** Asks to be swept soon. */
  readonly look: () => void;
};

export type RunningWatcher = {
  /** Looks at what is there now and writes the notes that are missing. */
  readonly sweep: () => Promise<Swept>;
  readonly close: () => Promise<void>;
};

export type Watcher = {
  readonly name: string;
  readonly title: string;
  /** Begins to listen; undefined where it is not configured. */
  readonly start: (context: WatcherContext) => Promise<RunningWatcher | undefined>;
  /** Whether what is configured can be reached and lets Steward in: what it said, in words. Changes nothing there. */
  readonly ping?: (
    settings: unknown,
    context: Pick<WatcherContext, 'secrets' | 'now' | 'state'>,
    signal: AbortSignal,
  ) => Promise<Result<string>>;
};

export function isWatcher(value: unknown): value is Watcher {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'start' in value &&
    typeof value.start === 'function'
  );
}
