import { z } from 'zod';
import { type Failure, fail, sentence } from '../../core/outcome.ts';
import type { Hint, Server } from './providers.ts';

/** What was tried: `kind` as a person calls it. */
export type Tried = {
  readonly kind: 'IMAP' | 'SMTP';
  readonly server: Server;
  readonly user: string;
  /** Never told; taken out of whatever a server echoes. */
  readonly password: string;
  /** Whether that is an access token of OAuth2. */
  readonly isToken?: boolean;
  readonly hint: Hint | undefined;
};

const Raised = z.object({
  message: z.string().catch(''),
  code: z.string().catch(''),
  /** nodemailer’s: the code of the system beneath. */
  originalCode: z.string().catch(''),
  response: z.string().catch(''),
  /** imapflow’s. */
  responseText: z.string().catch(''),
  authenticationFailed: z.boolean().catch(false),
  tlsFailed: z.boolean().catch(false),
});

/** Several failures as one text, without saying twice what to do. */
export function plainFaults(failures: readonly Failure[]): string {
  const mends = [...new Set(failures.flatMap(({ mend }) => mend ?? []))];
  return mends.length === 1 || failures.length === 1
    ? [...failures.map(({ message }) => message), ...mends].join(' ')
    : failures.map(sentence).join(' ');
}

/** Why a server could not be used, in plain words: what happened, and what to do. */
export function plainFault(error: unknown, tried: Tried): Failure {
  const { kind, server, user, hint, isToken } = tried;
  const { host, port, security } = server;
  const raised = Raised.safeParse(error);
  const { message, code, originalCode, response, responseText, authenticationFailed, tlsFailed } = raised.data ?? {
    ...{
      message: String(error),
      code: '',
      originalCode: '',
      response: '',
      responseText: '',
      authenticationFailed: false,
      tlsFailed: false,
    },
  };
  const codes = `${code} ${originalCode} ${message}`;
  const said = saidBy(responseText || response, tried);
  const told = (why: string, mend: string): Failure => fail('permanent', why, mend).failure;
  if (authenticationFailed || code === 'EAUTH') {
    const words = `${host} does not let ${user} in${said === '' ? '' : ` (${said})`}.`;
    if (isToken === true)
      return told(
        words,
        `The access token was given, but not for this: check that it is for ${user}, that its scope allows ${kind}, and that ${kind} is switched on for the mailbox.`,
      );
    if (/basic auth|disabled|xoauth|web login|oauth/i.test(said))
      return told(
        words,
        'This server takes no password from programs any more, only an access token (OAuth2): choose that.',
      );
    const app = hint ?? (/app(lication)?[- ]?(specific )?password|two-?factor|2fa/i.test(said) ? APP : undefined);
    return told(
      words,
      `Check user and password.${app === undefined ? ' Some providers want an app password here, made in their security settings.' : ` ${hintText(app)}`}`,
    );
  }
  if (/ENOTFOUND|EDNS|EAI_NONAME/.test(codes) && !/EAI_AGAIN/.test(codes))
    return told(`There is no computer called ${host}.`, `Check the name of the ${kind} server.`);
  if (/EAI_AGAIN|ENETUNREACH|ENETDOWN/.test(codes))
    return told(`${host} cannot be looked up or reached now.`, 'Check whether this computer is on the network.');
  if (/ECONNREFUSED/.test(codes))
    return told(`Nothing listens at ${host} on port ${port}.`, `Check the port: ${PORTS[kind]}.`);
  if (/wrong version number|packet length too long|unknown protocol|EPROTO|SSL routines/i.test(codes))
    return told(
      `${host} does not speak TLS from the first word on port ${port}.`,
      security === 'tls' ? 'Try STARTTLS, or another port.' : 'Try another port.',
    );
  if (/STARTTLS|ETLS/i.test(codes) && !CERTIFICATE.test(codes))
    return told(
      `${host} offers no encryption (STARTTLS) on port ${port}.`,
      'Try TLS from the start, on another port; without encryption the password would be readable on its way.',
    );
  if (CERTIFICATE.test(codes) || tlsFailed) return certificate(codes, tried, told);
  if (/TIMEOUT|timed? ?out|not established|EHOSTUNREACH|did not become ready|Greeting never/i.test(codes))
    return told(
      `${host} does not answer on port ${port}.`,
      `Check the name and the port (${PORTS[kind]}); a firewall or your provider may also block that port.`,
    );
  const rest = said || cleaned(message, tried);
  return told(
    `${host} could not be used${rest === '' ? '' : ` (${rest})`}.`,
    `Check the ${kind} server, its port and how it encrypts.`,
  );
}

const PORTS = {
  IMAP: 'usually 993 with TLS, or 143 with STARTTLS',
  SMTP: 'usually 465 with TLS, or 587 with STARTTLS',
};
const APP: Hint = { text: 'It wants an app password: make one in the security settings of your account there.' };
const CERTIFICATE = /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO_(VERIFY|GET)|certificate/;

function certificate(codes: string, { server }: Tried, told: (why: string, mend: string) => Failure): Failure {
  const { host } = server;
  if (/ALTNAME/.test(codes)) {
    const names = [...codes.matchAll(/DNS:([A-Za-z0-9.*-]+)/g)].map(([, name]) => name).slice(0, 3);
    const other = names.length === 0 ? 'another name' : names.join(', ');
    return told(
      `The certificate of ${host} is for ${other}.`,
      'Use the name that the certificate is for, if that is your provider’s.',
    );
  }
  if (/EXPIRED/.test(codes))
    return told(
      `The certificate of ${host} has expired.`,
      'Whoever runs the server has to renew it; check the clock of this computer too.',
    );
  return told(
    `Nobody that this computer trusts has signed the certificate of ${host}.`,
    'Check the name. A server of your own needs a certificate that everybody trusts.',
  );
}

export const hintText = ({ text, url }: Hint): string => (url === undefined ? text : `${text} ${url}`);

/** What a server said of it, without codes and without what nobody but programs reads. */
const saidBy = (response: string, tried: Tried): string =>
  cleaned(
    response
      .replace(/^(?:[A-Z0-9]+ )?(?:NO |BAD |BYE )?(?:\[[^\]]{1,40}\] )?/, '')
      .replace(/^\d{3}[ -](\d\.\d\.\d )?/gm, ''),
    tried,
  );

/** One short line that holds no password. */
function cleaned(text: string, { password, user }: Tried): string {
  const token = `user=${user}\u0001auth=Bearer ${password}\u0001\u0001`;
  const forms = [password, `\0${user}\0${password}`, token].flatMap(form => [
    form,
    Buffer.from(form).toString('base64'),
  ]);
  const without = forms.reduce((kept, form) => (form === '' ? kept : kept.replaceAll(form, '•••')), text);
  return without.replace(/\s+/g, ' ').replace(/\p{C}/gu, '').trim().replace(/\.$/, '').slice(0, 160);
}
