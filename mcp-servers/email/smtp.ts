import { Readable } from 'node:stream';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SMTPConnectionEnvelope } from 'nodemailer/lib/smtp-connection';
import { z } from 'zod';
import type { Outcome } from '../../core/action-server.ts';
import type { Fault } from '../../core/fault.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { classOf, type Refusal, readReply } from './fault.ts';
import { type Account, type Credentials, PASSWORD, TOKEN } from './settings.ts';
import { untold } from './untold.ts';

export type Delivery = {
  readonly account: Account;
  readonly credentials: Credentials;
  readonly recipients: readonly string[];
  readonly message: Buffer;
  readonly signal: AbortSignal;
};

const CONNECT = 20_000;
const QUIET = 90_000;
const CHUNK = 64 * 1024;

/**
 * Sends one message over one connection, once. Until the final dot of DATA has been written the server cannot have
 * taken the message, so whatever goes wrong is proof that it was not sent; after the dot only the server’s own reply
 * says what happened, and without one nobody knows.
 */
export async function deliver(delivery: Delivery): Promise<Outcome> {
  const { account, credentials, recipients, message, signal } = delivery;
  const { host } = account;
  const told = (error: unknown): Refused => refusalOf(error, delivery);
  if (signal.aborted) return { outcome: 'not_sent', retry: true, proof: 'There was no time left to begin.' };
  const connection = await connectionTo(account);
  // nodemailer keeps its account of the recipients in this object while it sends.
  const envelope: SMTPConnectionEnvelope = {
    ...{ from: account.from, to: [...recipients], size: message.length },
    ...{ rcptQueue: [], rejected: [], rejectedErrors: [], accepted: [] },
  };
  let isOver = false;

  /** Read by nodemailer only after the server said yes to DATA; its end is what makes nodemailer write the dot. */
  let at = 0;
  const body = new Readable({
    read() {
      // nodemailer would go on with the recipients that were accepted. Without a dot, nobody gets anything.
      if (envelope.rejected.length > 0) {
        this.destroy(new Error('a recipient was refused'));
        return;
      }
      if (at < message.length) {
        this.push(message.subarray(at, at + CHUNK));
        at += CHUNK;
        return;
      }
      isOver = true;
      this.push(null);
    },
  });

  return new Promise(resolve => {
    const settle = (outcome: Outcome): void => {
      signal.removeEventListener('abort', timedOut);
      resolve(outcome);
      connection.close();
    };
    const broke = (error: unknown): void => {
      const refusal = told(error);
      if (isOver) settle(afterDot(refusal, host));
      else settle(envelope.rejected.length > 0 ? refused(envelope, told) : beforeDot(refusal, delivery));
    };
    const timedOut = (): void => broke(new Error('it took too long'));
    const transmit = (): void =>
      connection.send(envelope, body, (error, info) => {
        if (error !== null || info === undefined) return broke(error);
        const isYes = /^2\d\d(?:[ -]|$)/.test(info.response) && envelope.rejected.length === 0;
        if (!isOver || !isYes) return settle(unclear(host, told(new Error(info.response)).text));
        return settle({
          outcome: 'confirmed',
          receipt: { response: told(new Error(info.response)).text, accepted: [...envelope.accepted] },
        });
      });
    signal.addEventListener('abort', timedOut, { once: true });
    connection.on('error', broke);
    connection.once('end', () => setImmediate(broke, new Error('the connection was closed')));
    connection.connect(error => {
      if (error !== undefined && error !== null) broke(error);
      else logIn(connection, credentials, transmit, broke);
    });
  });
}

async function connectionTo({ host, port, security }: Account): Promise<SMTPConnection> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  return new Connection({
    ...{ host, port },
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...{ connectionTimeout: CONNECT, greetingTimeout: CONNECT, dnsTimeout: CONNECT, socketTimeout: QUIET },
    socketCloseTimeout: 0,
  });
}

/** Logs in with the token where there is one, else with the password; without a name there is nothing to log in with. */
async function logIn(
  connection: SMTPConnection,
  { user, password, token }: Credentials,
  done: () => void,
  broke: (error: unknown) => void,
): Promise<void> {
  const answered = (wrong: unknown): void => (wrong === null ? done() : broke(wrong));
  if (user === undefined) return done();
  if (token === undefined) return connection.login({ user, pass: password ?? '' }, answered);
  try {
    const { default: XOAuth2 } = await import('nodemailer/lib/xoauth2');
    connection.login({ user, oauth2: new XOAuth2({ user, accessToken: token }) }, answered);
  } catch (error) {
    broke(error);
  }
}

/** Connects and logs in, and says good-bye: whether mail could be sent, without sending any. */
export async function greet(delivery: Pick<Delivery, 'account' | 'credentials' | 'signal'>): Promise<Result<string>> {
  const { account, credentials, signal } = delivery;
  const { host, user } = account;
  const connection = await connectionTo(account);
  return new Promise(resolve => {
    const settle = (result: Result<string>): void => {
      signal.removeEventListener('abort', timedOut);
      resolve(result);
      connection.close();
    };
    const broke = (error: unknown): void => {
      const { text, ...refusal } = refusalOf(error, delivery);
      const mend =
        classOf(refusal) === 'authentication'
          ? mendLogin(credentials)
          : 'Look into servers.email in config.yaml, and whether this computer is on the network.';
      settle(fail('retryable', `${host} does not let Steward send mail (${text}).`, mend));
    };
    const timedOut = (): void => broke(new Error('it took too long'));
    const greeted = (): void => {
      connection.quit();
      settle(ok(user === undefined ? `${host} answers` : `${host} lets ${user} in`));
    };
    signal.addEventListener('abort', timedOut, { once: true });
    connection.on('error', broke);
    connection.once('end', () => setImmediate(broke, new Error('the connection was closed')));
    connection.connect(error => {
      if (error !== undefined && error !== null) broke(error);
      else logIn(connection, credentials, greeted, broke);
    });
  });
}

/** What went wrong, with a line of it for the person. */
type Refused = Refusal & { readonly text: string };

const Raised = z.object({
  message: z.string().catch(''),
  code: z.string().catch(''),
  originalCode: z.string().catch(''),
  response: z.string().catch(''),
  command: z.string().catch(''),
});

/** What went wrong, in one line that cannot hold the password, whatever a server echoes. */
function refusalOf(error: unknown, { credentials }: Pick<Delivery, 'credentials'>): Refused {
  const raised = Raised.safeParse(error);
  const { message, code, originalCode, response, command } = raised.data ?? {
    ...{ message: String(error), code: '', originalCode: '', response: '', command: '' },
  };
  return { text: untold(message, credentials), ...{ code, cause: originalCode, command }, ...readReply(response) };
}

const mendLogin = ({ token }: Credentials): string =>
  `Set the right ${token === undefined ? PASSWORD : TOKEN}, or look into servers.email in config.yaml.`;

/** The dot was not written: the server cannot have taken the message. */
function beforeDot(refusal: Refused, { account: { host, user }, credentials }: Delivery): Outcome {
  const fault = classOf(refusal);
  const { text, code } = refusal;
  if (fault !== 'authentication') {
    return notDelivered(fault, `Nothing was sent: ${host} did not get the message (${text}).`);
  }
  const mend =
    code === 'EAUTH' || user !== undefined ? mendLogin(credentials) : 'Look into servers.email in config.yaml.';
  return notDelivered(fault, `Nothing was sent: ${host} does not serve this account (${text}). ${mend}`);
}

/** Whether trying again may help follows from whose turn it is. */
const notDelivered = (fault: Fault, proof: string): Outcome => ({
  outcome: 'not_sent',
  retry: fault === 'transient' || fault === 'system',
  proof,
  fault,
});

/** The dot was written: only a reply to it counts. */
function afterDot(refusal: Refused, host: string): Outcome {
  const { text, code, reply } = refusal;
  return code === 'EMESSAGE' && reply !== undefined
    ? notDelivered(classOf(refusal), `${host} refused the message (${text}).`)
    : unclear(host, text);
}

const unclear = (host: string, text: string): Outcome => ({
  outcome: 'unknown',
  why: `${host} got the whole message, but no clear answer came (${text}). It may have been sent.`,
});

function refused({ rejected, rejectedErrors }: SMTPConnectionEnvelope, told: (error: unknown) => Refused): Outcome {
  const refusals = rejectedErrors.map(told);
  const faults = refusals.map(classOf);
  // What is permanent for one of them is so for the mail; and without a reason nothing speaks for trying again.
  const fault = faults.find(one => one !== 'transient') ?? (faults.length > 0 ? 'transient' : 'logic');
  const why = refusals[0]?.text ?? 'no reason given';
  return notDelivered(fault, `Nothing was sent to anybody: the server refused ${rejected.join(', ')} (${why}).`);
}
