import { ok, type Result } from '../../core/outcome.ts';
import { plainFault, type Tried } from './fault.ts';

/** Milliseconds until a server that does not answer is given up. */
const PATIENCE = 15_000;

/** Logs in and out again: what the mailbox holds, in words. Nothing is read or changed there. */
export async function checkImap(tried: Tried): Promise<Result<string>> {
  const { server, user, password, isToken } = tried;
  const { ImapFlow } = await import('imapflow');
  const client = new ImapFlow({
    ...{ host: server.host, port: server.port, secure: server.security === 'tls' },
    doSTARTTLS: server.security === 'starttls',
    auth: isToken === true ? { user, accessToken: password } : { user, pass: password },
    ...{ logger: false, disableAutoIdle: true },
    ...{ connectionTimeout: PATIENCE, greetingTimeout: PATIENCE, socketTimeout: PATIENCE },
  });
  // An error after the one that is told would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const inbox = await client.status('INBOX', { messages: true });
    const held = inbox === false || inbox.messages === undefined ? '' : `, ${inbox.messages} mails in the inbox`;
    return ok(`${server.host} lets ${user} in${held}`);
  } catch (error) {
    return { ok: false, failure: plainFault(error, tried) };
  } finally {
    await client.logout().catch(() => undefined);
    client.close();
  }
}

/** Greets a server for outgoing mail and logs in. Nothing is sent. */
export async function checkSmtp(tried: Tried): Promise<Result<string>> {
  const { server, user, password, isToken } = tried;
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    ...{ host: server.host, port: server.port, secure: server.security === 'tls' },
    ...{ requireTLS: server.security === 'starttls', ignoreTLS: server.security === 'none' },
    auth: isToken === true ? { type: 'OAuth2', user, accessToken: password } : { user, pass: password },
    ...{ connectionTimeout: PATIENCE, greetingTimeout: PATIENCE, dnsTimeout: PATIENCE, socketTimeout: PATIENCE },
  });
  try {
    await transport.verify();
    return ok(`${server.host} lets ${user} send`);
  } catch (error) {
    return { ok: false, failure: plainFault(error, tried) };
  } finally {
    transport.close();
  }
}
