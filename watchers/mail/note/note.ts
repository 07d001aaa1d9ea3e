import { writeNote } from '../../../core/front-matter.ts';
import { codeSpan, proseLine } from '../../../core/inert.ts';
import { firstOf, wordsOf } from '../../../core/mail/header.ts';
import { seenLine, sizeInWords } from '../../../core/mail/line.ts';
import { type Message, readMessage } from '../../../core/mail/message.ts';
import { localTime } from '../../../core/names.ts';
import type { Arrived, NoteContext, RawItem } from '../../../core/networked-watcher.ts';
import { bewareOf } from './beware.ts';
import { bounceOf } from './bounce.ts';
import { bulkOf } from './bulk.ts';
import { bounceBlock, invitationBlock } from './callouts.ts';
import { doubtsOf } from './doubts.ts';
import { factsOf, idsIn, threadOf } from './facts.ts';
import { filesOf } from './files.ts';
import { headLines, recipientsOf } from './head.ts';
import { invitationIn } from './invitation.ts';
import { Links } from './links.ts';
import { callout } from './markdown.ts';
import { type Says, saysOf, textBlocks } from './says.ts';
import { senderOf } from './sender.ts';

const LONGEST_TITLE = 200;

/** One message (RFC 5322) as a task note. Whatever the bytes are, there is a note, and it says what cannot be read. */
export function mailNote(item: RawItem, context: NoteContext): Arrived {
  const message = readMessage(item.bytes);
  const { headers } = message;
  const sender = senderOf(headers, context);
  const links = new Links(sender.address?.slice(sender.address.indexOf('@') + 1));
  const recipients = recipientsOf(headers, item, context);
  const files = filesOf(message);
  const says = saysOf(message, links);
  const bulk = bulkOf(headers);
  const bounce = bounceOf(message);
  const invitation = message.calendars.map(invitationIn).find(found => found !== undefined);
  const subject = subjectOf(message, item);
  const title =
    subject === '' ? `Mail without a subject${sender.address === undefined ? '' : ` from ${sender.address}`}` : subject;
  const beware = bewareOf(message, {
    sender,
    says,
    links,
    dangers: files.dangers,
    isBulk: bulk !== undefined || bounce !== undefined,
  });
  const words = says.fresh.map(({ plain }) => plain).join('\n');
  const about = { size: item.size, read: item.bytes.length, hasInvitation: invitation !== undefined, words };
  const doubts = [...doubtsOf(message, about), ...files.cannotRead];
  const text = textBlocks(says, message.inner, links);
  const blocks = [
    `# ${codeSpan(title, 150)}`,
    headLines(headers, item, { sender, recipients, bulk, files }).join('\n'),
    ...(beware.length === 0
      ? []
      : [
          callout(
            'warning',
            'Look twice',
            beware.map(line => `- ${line}`),
          ),
        ]),
    ...(doubts.length === 0
      ? []
      : [
          callout(
            'caution',
            'What could not be read or checked',
            doubts.map(line => `- ${line}`),
          ),
        ]),
    ...(bounce === undefined ? [] : [bounceBlock(bounce)]),
    ...(invitation === undefined ? [] : [invitationBlock(invitation)]),
    ...(text.length === 0 && bounce === undefined && invitation === undefined ? [nothingIn(message)] : text),
    ...linksBlock(links),
    callout(
      'info',
      'More about this mail',
      moreLines(message, item, says).map(line => `- ${line}`),
      true,
    ),
  ];
  const properties = {
    type: 'task',
    format: 1,
    id: context.task,
    source: 'mail',
    created: localTime(new Date(item.received)),
  };
  return {
    title: title.slice(0, LONGEST_TITLE).toWellFormed(),
    note: writeNote(properties, `${blocks.join('\n\n')}\n`),
    sender: sender.address,
    thread: threadOf(headers),
    attachments: files.kept,
    facts: factsOf(message, item, {
      title,
      sender,
      recipients,
      bulk,
      bounce,
      invitation,
      files,
      isSuspicious: beware.length > 0,
    }),
  };
}

/** The subject as a person reads it; of a mail without a head what the source says. */
function subjectOf({ headers }: Message, { about }: RawItem): string {
  const told = typeof about.subject === 'string' ? about.subject : '';
  return [...seenLine(wordsOf(firstOf(headers, 'subject') ?? told))].slice(0, LONGEST_TITLE).join('');
}

function nothingIn({ encrypted, attached, calendars }: Message): string {
  if (encrypted !== undefined) return 'Its words are encrypted.';
  return attached.length > 0 || calendars.length > 0 ? 'It has no text of its own.' : 'It has no text.';
}

function linksBlock(links: Links): readonly string[] {
  const lines = links.lines();
  return lines.length === 0 ? [] : [callout('info', `Where its links lead (${lines.length})`, lines, true)];
}

function moreLines(
  { headers }: Message,
  { account, folder, received, size }: RawItem,
  { hidden, pictures, isCut }: Says,
): readonly string[] {
  const [id] = idsIn(firstOf(headers, 'message-id'));
  const [answered] = idsIn(firstOf(headers, 'in-reply-to'));
  const arrived = localTime(new Date(received)).slice(0, 16).replace('T', ' ');
  const many = (count: number, one: string, more: string): string =>
    `${count.toLocaleString('en')} ${count === 1 ? one : more}`;
  return [
    `**Arrived** ${arrived} in ${codeSpan(folder, 80)} of ${codeSpan(account, 80)}, ${sizeInWords(size)}`,
    ...(id === undefined ? ['**Message-ID** none'] : [`**Message-ID** ${codeSpan(id, 200)}`]),
    ...(answered === undefined ? [] : [`**Answers** ${codeSpan(answered, 200)}`]),
    ...(pictures === 0
      ? []
      : [
          proseLine(
            `${many(pictures, 'picture', 'pictures')} from elsewhere ${pictures === 1 ? 'is' : 'are'} not fetched, so that nobody learns that you read it`,
          ),
        ]),
    ...(hidden === 0
      ? []
      : [
          proseLine(
            `${many(hidden, 'character', 'characters')} of it ${hidden === 1 ? 'is' : 'are'} hidden from readers, and left out here`,
          ),
        ]),
    ...(isCut ? ['Its text is longer than a note should be; the rest is in your mailbox'] : []),
  ];
}
