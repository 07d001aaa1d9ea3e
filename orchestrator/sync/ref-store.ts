import type { Result } from '../../core/outcome.ts';

/**
 * The small records that nodes share beside the vault: each a ref at the remote with one line of text. The remote is the
 * one place where they are compared and swapped, so that of two nodes which want the same, one gets it.
 */
export type Known = { readonly oid: string; readonly text: string };

export type Swap = {
  /** As `claims/mail-7f3a…`, from the prefix on. */
  readonly name: string;
  /** What must stand there for this to happen; undefined: nothing. */
  readonly expected: string | undefined;
  /** One line. No two are ever the same, so that whoever wrote it knows it again; undefined takes the ref away. */
  readonly text: string | undefined;
};

/** What became of a swap: what stands there now by our doing (no oid: nothing), or that something else stood there. */
export type Swapped = { readonly oid: string | undefined } | 'refused';

export interface RefStore {
  /** All records that stand there now. */
  list(): Promise<Result<ReadonlyMap<string, Known>>>;
  /**
   * Swaps each on its own. A failure that is `retryable` says nothing about what happened: look what stands there.
   */
  swap(swaps: readonly Swap[]): Promise<Result<ReadonlyMap<string, Swapped>>>;
}
