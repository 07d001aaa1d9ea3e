import type { Fault } from './fault.ts';

/**
 * How anything that can go wrong crosses a seam: as a value, never as a throw.
 *
 * - `permanent`: trying again will give the same answer.
 * - `retryable`: nothing happened, and trying later may work.
 * - `denied`: the rules do not allow it.
 * - `invalid`: what was asked for is malformed.
 */
export type FailureKind = 'permanent' | 'retryable' | 'denied' | 'invalid';

export type Failure = {
  readonly kind: FailureKind;
  /** What happened, as one sentence for a person. */
  readonly message: string;
  /** What the person can do about it, as one sentence. */
  readonly mend?: string;
  /** Whose turn it is, where that does not follow from the kind. */
  readonly fault?: Fault;
};

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail(kind: FailureKind, message: string, mend?: string): { ok: false; failure: Failure } {
  return { ok: false, failure: mend === undefined ? { kind, message } : { kind, message, mend } };
}

/** The one sentence a person reads: what happened, and what to do. */
export function sentence(failure: Failure): string {
  return failure.mend === undefined ? failure.message : `${failure.message} ${failure.mend}`;
}

/** The message of anything thrown, whatever it is. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `code` of a Node system error (`ENOENT`, `EEXIST` …), or undefined. */
export function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
