import type { BrainFailure, Usage } from '../../../core/brain.ts';
import { messageOf } from '../../../core/outcome.ts';
import { TOO_LONG } from './wire.ts';

/** What an error of the API or of the way to it says. */
export type Fault = {
  readonly status: number | undefined;
  /** `error.type` of the body (https://platform.claude.com/docs/en/api/errors). */
  readonly type: string | undefined;
  readonly text: string;
  /** The header `retry-after`, seconds or a date (RFC 9110, 10.2.3). */
  readonly retryAfter: string | undefined;
};

/** Seconds of rest by what went wrong, where the provider names none. */
const REST = { busy: 30, broken: 15, account: 900, network: 20 } as const;
const LONGEST_REST = 6 * 3600;

/** An error as a failure of the contract. Pure: `now` in milliseconds. Nothing here loses the task: it waits. */
export function failureOf(fault: Fault, usage: Usage | undefined, now: number): BrainFailure {
  const told = secondsOf(fault.retryAfter, now);
  const spent = usage === undefined ? {} : { usage };
  const wait = (message: string, seconds: number, mend?: string): BrainFailure => ({
    kind: 'retryable',
    message,
    retryAfterSeconds: told ?? seconds,
    ...(mend === undefined ? {} : { mend }),
    ...spent,
  });
  const { status, type, text } = fault;
  if (status === 413 || (status === 400 && /prompt is too long|context (window|length)|too many tokens/i.test(text))) {
    return { ...TOO_LONG, ...spent };
  }
  if (status === 401 || type === 'authentication_error') {
    return wait('Claude does not accept the key.', REST.account, 'Set ANTHROPIC_API_KEY anew; the task waits.');
  }
  if (status === 402 || type === 'billing_error' || (status === 400 && /credit balance/i.test(text))) {
    return wait('The account at Claude has no credit.', REST.account, 'Top it up; the task waits.');
  }
  if (status === 403) return wait('The key may not use this model.', REST.account, 'Change `brains.claude.model`.');
  if (status === 404)
    return wait('There is no such model, or no such address.', REST.account, 'Change `brains.claude`.');
  if (status === 429) return wait('Claude asks to slow down.', REST.busy);
  if (status === 529 || type === 'overloaded_error') return wait('Claude is overloaded.', REST.busy);
  if (status !== undefined && status >= 500) return wait(`Claude has a problem of its own (${status}).`, REST.broken);
  if (status === 408 || status === 409) return wait(`Claude did not take the call (${status}).`, REST.broken);
  if (status !== undefined && status >= 400) {
    return { kind: 'invalid', message: `Claude refused the call (${status}): ${text.slice(0, 300)}`, ...spent };
  }
  return wait(`Claude cannot be reached: ${text.slice(0, 200)}`, REST.network);
}

/** Whatever was thrown, as far as it says. Nothing is read from it but what the documentation names. */
export function faultOf(error: unknown): Fault {
  const of = (key: string): unknown =>
    typeof error === 'object' && error !== null && key in error ? Reflect.get(error, key) : undefined;
  const status = of('status');
  const type = of('type');
  const headers = of('headers');
  const said = of('apiMessage');
  return {
    status: typeof status === 'number' ? status : undefined,
    type: typeof type === 'string' ? type : undefined,
    text: typeof said === 'string' ? said : messageOf(error),
    retryAfter: headers instanceof Headers ? (headers.get('retry-after') ?? undefined) : undefined,
  };
}

function secondsOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LONGEST_REST) : undefined;
}
