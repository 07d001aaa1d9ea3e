import { defineTool, type Tool } from '../../core/action-server.ts';
import { ok } from '../../core/outcome.ts';
import { UnsubscribeArguments } from './arguments.ts';
import { fetchMail, oneLine } from './find.ts';
import { listName, oneClickAddresses } from './list-header.ts';
import { type Access, failed, inMailbox } from './mailbox.ts';
import { checkAddress, oneClick } from './one-click.ts';

/** Leaves a list in the one way that asks nothing of a person and shows nothing to one: by the mail’s own header. */
export function unsubscribeTool(access: Access): Tool {
  const { private_lists: allowed, from } = access.account;
  return defineTool({
    name: 'unsubscribe',
    title: 'Leave a mailing list by one click',
    description:
      'Leaves the list that a mail came from, where its head offers one click (RFC 8058). The address must be the one in its List-Unsubscribe header.',
    input: UnsubscribeArguments,
    annotations: { destructiveHint: true, idempotentHint: true, openWorldHint: true },
    reach: { does: 'change', egress: true, routing: ['url'] },
    prepare: async ({ message_id, url }) => {
      const address = checkAddress(url, allowed);
      if (!address.ok) return address;
      const mail = await inMailbox(access, AbortSignal.timeout(30_000), mailbox =>
        fetchMail(mailbox, message_id, { headers: ['List-Unsubscribe', 'List-Unsubscribe-Post', 'List-Id'] }),
      );
      if (!mail.ok) return mail;
      const head = mail.value.headers?.toString('latin1') ?? '';
      const offered = oneClickAddresses(head);
      if (offered.length === 0) return failed('data', 'That mail does not offer to leave its list by one click.');
      if (!offered.includes(url))
        return failed('data', 'That address is not the one by which that mail lets its list be left.');
      const name = oneLine(listName(head) ?? mail.value.envelope?.from?.[0]?.address ?? '', 100) || 'a list';
      return ok({
        describe: () => ({
          title: `Leave the list ${name} by one click at ${address.value.host}`.slice(0, 300).toWellFormed(),
          ...{ account: from, attachments: [] },
        }),
        perform: ({ signal }) => oneClick(url, allowed, signal),
      });
    },
    reconcile: async ({ url }) => ({
      outcome: 'unknown',
      why: `Whether ${URL.parse(url)?.host ?? 'the list'} took ${from} off its list cannot be seen from here; its next mail would tell.`,
    }),
  });
}
