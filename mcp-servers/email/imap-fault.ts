import { z } from 'zod';
import type { Fault } from '../../core/fault.ts';
import { isOurs } from '../../core/system-error.ts';

/** What imapflow raises, as far as it tells something. */
const Raised = z.object({
  message: z.string().catch(''),
  code: z.string().catch(''),
  authenticationFailed: z.boolean().catch(false),
  tlsFailed: z.boolean().catch(false),
  /** `NO` or `BAD`, where the server refused a command, with its words and its response code (RFC 5530). */
  responseStatus: z.string().catch(''),
  responseText: z.string().catch(''),
  serverResponseCode: z.string().catch(''),
});

export type ImapRefusal = {
  readonly text: string;
  readonly fault: Fault;
  /** Whether the server said no to the command: then it has not done it. */
  readonly isRefused: boolean;
};

/** Response codes after which trying later may work, also where logging in was refused with them. */
const PASSING: ReadonlySet<string> = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'THROTTLED', 'OVERQUOTA']);
const NETWORK = /^(E[A-Z]+|ENOTFOUND|EAI_[A-Z]+|[A-Z]+_TIMEOUT|NoConnection|EConnectionClosed|ClosedAfterConnect\w+)$/;

/** Whose turn it is after an IMAP server refused something, or was lost. */
export function imapRefusal(error: unknown): ImapRefusal {
  const raised = Raised.safeParse(error).data;
  if (raised === undefined) return { text: String(error), fault: 'transient', isRefused: false };
  const { message, code, responseStatus, responseText, serverResponseCode, authenticationFailed, tlsFailed } = raised;
  const isRefused = responseStatus === 'NO' || responseStatus === 'BAD';
  const told = (fault: Fault): ImapRefusal => ({
    text: responseText === '' ? message : responseText,
    fault,
    isRefused,
  });
  if (isOurs(code)) return told('system');
  if (PASSING.has(serverResponseCode.toUpperCase())) return told('transient');
  const isDistrusted = /CERT|SIGNED|VERIFY/.test(code) || (tlsFailed && !NETWORK.test(code));
  if (authenticationFailed || isDistrusted) return told('authentication');
  return told(isRefused ? 'logic' : 'transient');
}
