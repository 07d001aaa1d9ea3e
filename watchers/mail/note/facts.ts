import type { Json } from '../../../core/digest.ts';
import { plainAddress } from '../../../core/mail/address.ts';
import { writtenAt } from '../../../core/mail/date.ts';
import { firstOf, type Header } from '../../../core/mail/header.ts';
import { seenLine } from '../../../core/mail/line.ts';
import type { Message } from '../../../core/mail/message.ts';
import type { RawItem } from '../../../core/networked-watcher.ts';
import type { Bounce } from './bounce.ts';
import type { Bulk } from './bulk.ts';
import type { Files } from './files.ts';
import type { Recipients } from './head.ts';
import type { Invitation } from './invitation.ts';
import type { Sender } from './sender.ts';

const MOST = { id: 400, text: 300, web: 2000, list: 20, bytes: 30_000 };

/** The identifiers of messages in a value, each whole with its brackets (RFC 5322, section 3.6.4). */
export const idsIn = (value: string | undefined): readonly string[] =>
  [...(value ?? '').slice(0, 100_000).matchAll(/<[^<>\s]{1,398}>/g)].map(([id]) => seenLine(id));

/** Of a long conversation its beginning, which every program goes by, and its end. */
const ends = ([first, ...rest]: readonly string[]): string[] =>
  first === undefined ? [] : [first, ...rest.slice(1 - MOST.list)];

/** The first message of the conversation, as far as a mail says; its own identifier where it answers none. */
export function threadOf(headers: readonly Header[]): string | undefined {
  const first = (name: string): string | undefined => idsIn(firstOf(headers, name))[0];
  return first('references') ?? first('in-reply-to') ?? first('message-id');
}

/** What rules match on. Texts are cut, lists too: it is a record for each mail. */
export function factsOf(
  { headers, signed, encrypted }: Message,
  item: RawItem,
  about: {
    readonly title: string;
    readonly sender: Sender;
    readonly recipients: Recipients;
    readonly bulk: Bulk | undefined;
    readonly bounce: Bounce | undefined;
    readonly invitation: Invitation | undefined;
    readonly files: Files;
    readonly isSuspicious: boolean;
  },
): Readonly<Record<string, Json>> {
  const { sender, recipients, bulk, bounce, invitation, files } = about;
  const at = writtenAt(headers);
  const [messageId] = idsIn(firstOf(headers, 'message-id'));
  const [answered] = idsIn(firstOf(headers, 'in-reply-to'));
  const addresses = (people: Recipients['to']): string[] =>
    people.slice(0, MOST.list).flatMap(one => plainAddress(one.address) ?? []);
  const toMe = [...recipients.to, ...recipients.cc].slice(0, 5000).some(recipients.isMine);
  const facts: Record<string, Json | undefined> = {
    account: item.account,
    folder: item.folder,
    message_id: messageId,
    in_reply_to: answered,
    references: ends(idsIn(firstOf(headers, 'references'))),
    subject: about.title,
    date: at === undefined || Math.abs(at) > 8.64e15 ? undefined : new Date(at).toISOString(),
    from: sender.address,
    from_name: sender.person?.name,
    standing: sender.acquainted?.standing,
    like: sender.acquainted?.like,
    reply_to: addresses(sender.replyTo),
    to: addresses(recipients.to),
    cc: addresses(recipients.cc),
    recipients: recipients.to.length + recipients.cc.length,
    to_me: toMe,
    bulk: bulk?.kind,
    list: bulk?.list,
    unsubscribe: bulk?.unsubscribe === undefined ? undefined : unsubscribe(bulk.unsubscribe),
    bounce: bounce === undefined ? undefined : bounceFacts(bounce),
    invitation:
      invitation === undefined
        ? undefined
        : known({ ...invitation, answer: invitation.answer === undefined ? undefined : { ...invitation.answer } }),
    attachments: files.kept.slice(0, MOST.list).map(({ name, type, bytes, sha256 }) => ({
      name: name.slice(0, 120),
      type: type.slice(0, 80),
      size: bytes.length,
      sha256,
    })),
    signed,
    encrypted,
    suspicious: about.isSuspicious,
  };
  return within(known(facts));
}

const bounceFacts = ({ messageId, recipients, ...rest }: Bounce): Json =>
  known({ ...rest, recipients: [...recipients], message_id: messageId });

const unsubscribe = ({ web, mail, oneClick }: NonNullable<Bulk['unsubscribe']>): Json =>
  known({ web: web === undefined || web.length > MOST.web ? undefined : web, mail, one_click: oneClick });

/** Without what is not known; texts and lists cut. */
function known(values: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
  const found: Record<string, Json> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    const longest = name === 'web' ? MOST.web : name === 'message_id' || name === 'in_reply_to' ? MOST.id : MOST.text;
    found[name] = typeof value === 'string' ? value.slice(0, longest).toWellFormed() : value;
  }
  return found;
}

/** What is least needed goes first where it is too much. */
function within(facts: Record<string, Json>): Readonly<Record<string, Json>> {
  for (const name of ['references', 'cc', 'attachments', 'to', 'unsubscribe', 'invitation', 'bounce']) {
    if (Buffer.byteLength(JSON.stringify(facts)) <= MOST.bytes) break;
    delete facts[name];
  }
  return facts;
}
