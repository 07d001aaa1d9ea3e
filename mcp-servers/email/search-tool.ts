import type { SearchObject } from 'imapflow';
import { defineReader, type Tool } from '../../core/action-server.ts';
import { localTime } from '../../core/names.ts';
import { ok, type Result } from '../../core/outcome.ts';
import { SearchArguments } from './arguments.ts';
import { oneLine } from './find.ts';
import { type Access, failed, inMailbox, open } from './mailbox.ts';

const USUAL = 20;

function queryOf({ words, from, to, subject, message_id, since, before, unread }: SearchArguments): SearchObject {
  return {
    ...(words === undefined ? {} : { text: words }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(subject === undefined ? {} : { subject }),
    ...(message_id === undefined ? {} : { header: { 'message-id': message_id } }),
    ...(since === undefined ? {} : { since }),
    ...(before === undefined ? {} : { before }),
    ...(unread === true ? { seen: false } : {}),
  };
}

/** Finds mail in the account’s own mailbox, on the server: what it asks for goes to nobody but the account’s provider. */
export function searchTool(access: Access): Tool {
  const read = (args: SearchArguments, signal: AbortSignal): Promise<Result<string>> =>
    inMailbox(access, signal, async mailbox => {
      const { client, folders } = mailbox;
      const folder = args.in ?? 'INBOX';
      if (!folders.some(({ path, flags }) => path === folder && !flags.has('\\Noselect'))) {
        const some = folders
          .map(({ path }) => path)
          .slice(0, 50)
          .join(', ');
        return failed('logic', `There is no folder “${folder}”. There are: ${some}.`);
      }
      await open(mailbox, folder, true);
      const found = await client.search(queryOf(args), { uid: true });
      if (found === false || found === undefined) return failed('transient', `${folder} could not be searched.`);
      const newest = found.sort((one, two) => two - one).slice(0, args.limit ?? USUAL);
      if (newest.length === 0) return ok(`Nothing in ${folder} fits.`);
      const query = { uid: true, envelope: true, flags: true, internalDate: true, size: true };
      const mails = await client.fetchAll(newest.join(','), query, { uid: true });
      const lines = mails
        .sort((one, two) => two.uid - one.uid)
        .map(({ envelope, flags, internalDate, size = 0 }) => {
          const at = new Date(internalDate ?? 0);
          const people = (
            list: typeof envelope extends undefined ? never : { address?: string | undefined }[] | undefined,
          ): string =>
            (list ?? [])
              .slice(0, 5)
              .map(({ address }) => oneLine(address ?? '', 100))
              .join(', ');
          return [
            `- ${Number.isNaN(at.getTime()) ? 'no date' : localTime(at)} · from ${people(envelope?.from)} · to ${people(envelope?.to)}`,
            `  subject: ${oneLine(envelope?.subject ?? '', 200)}`,
            `  Message-ID: ${oneLine(envelope?.messageId ?? 'none', 250)} · ${size} bytes · ${[...(flags ?? [])].slice(0, 20).join(' ') || 'unread'}`,
          ].join('\n');
        });
      const told =
        found.length > newest.length
          ? `${found.length} in ${folder} fit; the newest ${newest.length}:`
          : `${newest.length} in ${folder}:`;
      return ok([told, ...lines].join('\n'));
    });
  return defineReader({
    name: 'search',
    title: 'Search the mailbox',
    description:
      'Finds mail in a folder of the mailbox by words, people, subject, days or Message-ID, newest first. Reads only.',
    input: SearchArguments,
    reach: { egress: false, routing: [] },
    read,
  });
}
