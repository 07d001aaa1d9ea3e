import type { Fault } from '../../core/fault.ts';
import { isOurs } from '../../core/system-error.ts';

/** A mail server’s reply (RFC 5321), or what took the place of one. */
export type Refusal = {
  /** The three digits, where a whole line came. */
  readonly reply: number | undefined;
  /** `5.7.8`: the enhanced status code of RFC 3463, where there is one. */
  readonly enhanced: string | undefined;
  /** nodemailer’s code, the system’s beneath it (`ECONNREFUSED`, `CERT_HAS_EXPIRED`), and the SMTP command it was about. */
  readonly code: string;
  readonly cause: string;
  readonly command: string;
};

/** Replies to AUTH, or for want of it, that only the person with the account can mend (RFC 4954). */
const ACCOUNT: ReadonlySet<number> = new Set([432, 530, 534, 535, 538]);
/** The same as enhanced codes (RFC 5248): wrong, weak, unencrypted, to be renewed, disabled. */
const ACCOUNT_ENHANCED: ReadonlySet<string> = new Set(['7.8', '7.9', '7.11', '7.12', '7.13']);

/** The reply code and the enhanced status code at the start of a reply’s last line. */
export function readReply(response: string): { reply: number | undefined; enhanced: string | undefined } {
  const found = /^([45]\d\d)(?:[ -](?:([45]\.\d{1,3}\.\d{1,3})(?= |$))?|$)/.exec(response);
  return { reply: found?.[1] === undefined ? undefined : Number(found[1]), enhanced: found?.[2] };
}

/**
 * Whose turn it is after a refusal. By RFC 3463 the middle number says what it was about: 1 addresses, 2 the other
 * mailbox and 6 the content are this one mail’s; 3.4 (too large) too; the rest of what is permanent, above all 7 (policy),
 * is for the person to read.
 */
export function classOf({ reply, enhanced, code, cause, command }: Refusal): Fault {
  if (isOurs(cause) || isOurs(code)) return 'system';
  const isAboutAccount = code === 'EAUTH' || code === 'EREQUIRETLS' || /CERT|SIGNED|VERIFY/.test(cause);
  if (reply === undefined) {
    if (isAboutAccount) return 'authentication';
    // nodemailer refused the mail itself, before anything went over the wire.
    return code === 'EENVELOPE' || code === 'EMESSAGE' ? 'logic' : 'transient';
  }
  const detail = enhanced?.slice(2) ?? '';
  if (ACCOUNT.has(reply)) return 'authentication';
  if (reply < 500) return 'transient';
  // Before MAIL nothing of this one mail was told yet: what is refused is the account, or this computer.
  const isBeforeMail = !['MAIL FROM', 'RCPT TO', 'DATA'].includes(command);
  if (isAboutAccount || isBeforeMail || ACCOUNT_ENHANCED.has(detail)) return 'authentication';
  if (command === 'MAIL FROM' && !detail.startsWith('3.')) return 'logic';
  if (detail !== '') return /^(?:[126]\.|3\.4$)/.test(detail) ? 'data' : 'logic';
  return [550, 551, 552, 553].includes(reply) ? 'data' : 'logic';
}
