import { fail, ok, type Result } from '../../core/outcome.ts';
import { connect, type Login } from './connection.ts';
import { mailFailure } from './fault.ts';

const idOf = (mark: string): string => `<steward-canary-${mark}@steward.invalid>`;

/** The mark of a message that calls itself a canary; undefined for every other. */
export const markOf = (key: string): string | undefined =>
  /^<steward-canary-([0-9a-f]{32})@steward\.invalid>(?: |$)/.exec(key)?.[1];

/** What lies in the folder for a moment; the person may find it where Steward was ended just then. */
function canaryMail(mark: string, address: string, now: Date): string {
  const head = [
    `From: Steward <${address}>`,
    `To: <${address}>`,
    'Subject: Steward test message',
    `Date: ${now.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: ${idOf(mark)}`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
  ];
  const text = 'Steward put this here to see whether new mail reaches it, and takes it away again. You may delete it.';
  return [...head, '', text, ''].join('\r\n');
}

/** Puts a canary into a folder, already read, over a connection of its own. */
export async function placeCanary(
  login: Login,
  folder: string,
  mark: string,
  now: Date,
  signal: AbortSignal,
): Promise<Result<'placed'>> {
  const { account } = login;
  const connected = await connect(login, signal);
  if (!connected.ok) return connected;
  try {
    const done = await connected.value.append(folder, canaryMail(mark, account.address, now), ['\\Seen'], now);
    return done === false ? fail('retryable', `${folder} takes no message.`) : ok('placed');
  } catch (error) {
    const where = { host: account.host, address: account.address, folder };
    return { ok: false, failure: mailFailure(error, where, login.mend) };
  } finally {
    connected.value.close();
  }
}

/** Takes canaries away again. One that stays behind says what it is, and is no task. */
export async function removeCanaries(
  login: Login,
  folder: string,
  uids: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const connected = await connect(login, signal);
  if (!connected.ok) return;
  try {
    await connected.value.mailboxOpen(folder);
    await connected.value.messageDelete(uids.join(','), { uid: true });
  } catch {
    // It is told by the message itself.
  } finally {
    connected.value.close();
  }
}
