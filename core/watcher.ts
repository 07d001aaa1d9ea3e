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
  /** Milliseconds by a clock that never jumps; the machine’s own where none is given. */
  readonly monotonic?: () => number;
};

/** What became of a canary: it is on its way, it went all the way at once, or it did not get through, and why. */
export type Proof = 'placed' | 'proved' | { readonly lost: string };

/** One way by which things come in: a folder of an account, a drop folder, the address book. */
export type WayIn = {
  /** Unique within the watcher, stable, and as the person knows it: `anna@example.com INBOX`. */
  readonly name: string;
  /**
   * Shows that all of it is open, from where things arrive to where Steward has them, and disturbs nobody: it puts a
   * canary there that the watcher finds again by its mark, takes away and never makes a task of (`placed`), or goes the
   * whole way at once by reading (`proved`). A failure says that it could not be tried.
   */
  readonly prove: (mark: string, signal: AbortSignal) => Promise<Result<Proof>>;
};

export type RunningWatcher = {
  /** How things come in, at least one: what cannot be proved cannot be trusted to be open. */
  readonly ways: readonly WayIn[];
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
