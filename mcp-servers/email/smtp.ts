import { Readable } from 'node:stream';
import type { SMTPConnectionEnvelope } from 'nodemailer/lib/smtp-connection';
import { z } from 'zod';
import type { Outcome } from '../../core/action-server.ts';
import type { Account } from './settings.ts';

export type Delivery = {
  readonly account: Account;
  readonly password: string | undefined;
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
  const { account, password, recipients, message, signal } = delivery;
  const { host, port, security, user } = account;
  const told = (error: unknown): Fault => faultOf(error, delivery);
  if (signal.aborted) return { outcome: 'not_sent', retry: true, proof: 'There was no time left to begin.' };
  const { default: SMTPConnection } = await import('nodemailer/lib/smtp-connection');
  const connection = new SMTPConnection({
    ...{ host, port },
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...{ connectionTimeout: CONNECT, greetingTimeout: CONNECT, dnsTimeout: CONNECT, socketTimeout: QUIET },
    socketCloseTimeout: 0,
  });
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
      const fault = told(error);
      if (isOver) settle(afterDot(fault, host));
      else settle(envelope.rejected.length > 0 ? refused(envelope, told) : beforeDot(fault, host));
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
      else if (user === undefined) transmit();
      else connection.login({ user, pass: password ?? '' }, wrong => (wrong === null ? transmit() : broke(wrong)));
    });
  });
}

type Fault = {
  readonly text: string;
  readonly code: string;
  readonly cause: string;
  /** The server’s reply code, where it replied with a whole line. */
  readonly reply: number | undefined;
};

const Raised = z.object({
  message: z.string().catch(''),
  code: z.string().catch(''),
  originalCode: z.string().catch(''),
  response: z.string().catch(''),
});

/** What went wrong, in one line that cannot hold the password, whatever a server echoes. */
function faultOf(error: unknown, { account, password }: Delivery): Fault {
  const raised = Raised.safeParse(error);
  const { message, code, originalCode, response } = raised.data ?? {
    ...{ message: String(error), code: '', originalCode: '', response: '' },
  };
  let text = message;
  if (password !== undefined && password !== '') {
    const forms = [password, `\0${account.user ?? ''}\0${password}`].flatMap(form => [
      form,
      Buffer.from(form).toString('base64'),
    ]);
    for (const form of forms) text = text.replaceAll(form, '•••');
  }
  const reply = /^([45]\d\d)(?:[ -]|$)/.exec(response)?.[1];
  return {
    text: text.replace(/\s+/g, ' ').replace(/\p{C}/gu, '').slice(0, 300),
    code,
    cause: originalCode,
    reply: reply === undefined ? undefined : Number(reply),
  };
}

/** The dot was not written: the server cannot have taken the message. */
function beforeDot({ text, code, cause, reply }: Fault, host: string): Outcome {
  const isSettled =
    ['EAUTH', 'EENVELOPE', 'EMESSAGE', 'EREQUIRETLS'].includes(code) || /CERT|SIGNED|VERIFY/.test(cause);
  const retry = reply === undefined ? !isSettled : reply < 500;
  return { outcome: 'not_sent', retry, proof: `Nothing was sent: ${host} did not get the message (${text}).` };
}

/** The dot was written: only a reply to it counts. */
function afterDot({ text, code, reply }: Fault, host: string): Outcome {
  if (code === 'EMESSAGE' && reply !== undefined) {
    return { outcome: 'not_sent', retry: reply < 500, proof: `${host} refused the message (${text}).` };
  }
  return unclear(host, text);
}

const unclear = (host: string, text: string): Outcome => ({
  outcome: 'unknown',
  why: `${host} got the whole message, but no clear answer came (${text}). It may have been sent.`,
});

function refused({ rejected, rejectedErrors }: SMTPConnectionEnvelope, told: (error: unknown) => Fault): Outcome {
  const faults = rejectedErrors.map(told);
  return {
    outcome: 'not_sent',
    retry: faults.every(({ reply }) => reply !== undefined && reply < 500),
    proof: `Nothing was sent to anybody: the server refused ${rejected.join(', ')} (${faults[0]?.text ?? 'no reason given'}).`,
  };
}
