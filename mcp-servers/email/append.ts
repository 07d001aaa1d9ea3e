import type { Outcome } from '../../core/action-server.ts';
import { notSent } from '../../core/action-server.ts';
import { imapRefusal } from './imap-fault.ts';
import { failed, type Mailbox } from './mailbox.ts';

/**
 * Puts a message into a folder; the caller has looked that none with its Message-ID is there. What the server refused it
 * has not taken (RFC 9051, 6.3.12); where no answer came nobody knows, and who asks looks for the Message-ID.
 */
export async function appendOnce(
  { client, host, told }: Mailbox,
  folder: string,
  messageId: string,
  bytes: Uint8Array,
  flags: string[],
): Promise<Outcome> {
  try {
    // imapflow leaves out flags that the folder which is open does not keep, and one that is only read keeps none.
    await client.mailboxClose();
    const added = await client.append(folder, Buffer.from(bytes), flags);
    if (!added) return { outcome: 'unknown', why: `${host} gave no answer while a message was put into ${folder}.` };
    const uid = added.uid === undefined ? {} : { uid: added.uid };
    return { outcome: 'confirmed', receipt: { message_id: messageId, folder, ...uid } };
  } catch (error) {
    const { fault, isRefused } = imapRefusal(error);
    const why = `${host} did not take it into ${folder} (${told(error)}).`;
    if (!isRefused) return { outcome: 'unknown', why: `No clear answer came: ${why}` };
    // A folder that is full, or not there, may be mended any time.
    return notSent(failed(fault === 'logic' ? 'transient' : fault, why).failure);
  }
}
