import type { Fault } from '../../core/fault.ts';
import { codeOf, type Failure, fail, messageOf } from '../../core/outcome.ts';
import { isOurs, reasonOf } from '../../core/system-error.ts';

/** What a mail server said beside its “no” (RFC 5530), as imapflow hands it on. */
type Said = {
  readonly authenticationFailed: boolean;
  readonly tlsFailed: boolean;
  readonly mailboxMissing: boolean;
  /** `AUTHENTICATIONFAILED`, `UNAVAILABLE` … */
  readonly code: string;
  readonly text: string;
  /** `NO` or `BAD`: the connection is still good, only this one command was refused. */
  readonly status: string;
};

/** Refusals to let Steward in that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set(['UNAVAILABLE', 'LIMIT', 'INUSE', 'SERVERBUG', 'THROTTLED', 'OVERQUOTA']);
/** Codes of Node for certificates that do not hold. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

export function saidIn(error: unknown): Said {
  const read = (name: string): unknown =>
    typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  const text = (name: string): string => {
    const value = read(name);
    return typeof value === 'string' ? value : '';
  };
  return {
    authenticationFailed: read('authenticationFailed') === true,
    tlsFailed: read('tlsFailed') === true,
    mailboxMissing: read('mailboxMissing') === true,
    code: text('serverResponseCode').toUpperCase(),
    text: (text('responseText') || text('response')).replace(/\s+/g, ' ').trim().slice(0, 200),
    status: text('responseStatus'),
  };
}

/** Whether only this one command was refused, so that the next one may be answered. */
export const isRefusal = (error: unknown): boolean => ['NO', 'BAD'].includes(saidIn(error).status);

type Far = { readonly host: string; readonly address: string; readonly folder?: string | undefined };

/** What went wrong at a mail server, in a sentence, and whose turn it is. `mend`: what helps where it lets nobody in. */
export function mailFailure(error: unknown, { host, address, folder }: Far, mend: string): Failure {
  const said = saidIn(error);
  const code = codeOf(error) ?? '';
  const words = said.text === '' ? '' : ` It says: “${said.text}”`;
  if (said.authenticationFailed && !PASSING.has(said.code))
    return theirs('authentication', `${host} does not let ${address} in.${words}`, mend);
  if (said.mailboxMissing || said.code === 'NONEXISTENT') {
    const name = folder ?? 'the folder';
    return theirs('logic', `There is no folder “${name}” in ${address}.`, 'Mend watchers.mail in config.yaml.');
  }
  if (said.tlsFailed || CERTIFICATE.test(code))
    return fail(
      'retryable',
      `The connection to ${host} is not safe (${plain(error)}), so nothing was sent over it.`,
      'Mend its certificate, or watchers.mail in config.yaml; Steward tries again by itself.',
    ).failure;
  const failed = fail(
    'retryable',
    `${host} cannot be reached or broke off (${said.text || plain(error)}).`,
    'Steward tries again by itself; nothing is lost.',
  ).failure;
  return isOurs(code) ? { ...failed, fault: 'system' } : failed;
}

function theirs(fault: Fault, message: string, mend: string): Failure {
  return { ...fail('permanent', message, mend).failure, fault };
}

const plain = (error: unknown): string => (reasonOf(error) || messageOf(error)).split('\n')[0]?.slice(0, 200) ?? '';
