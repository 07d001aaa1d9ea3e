import { firstOf, type Header, headOf, wordsOf } from '../../../core/mail/header.ts';
import { seenLine } from '../../../core/mail/line.ts';
import type { Message } from '../../../core/mail/message.ts';

/** What a mail server says became of a mail of the person’s (RFC 3464), or a mail program (RFC 8098). */
export type Bounce = {
  readonly kind: 'failed' | 'delayed' | 'delivered' | 'read';
  readonly recipients: readonly string[];
  /** `5.1.1` (RFC 3463). */
  readonly status: string | undefined;
  /** In the words of the server that refused it. */
  readonly why: string | undefined;
  /** Of the mail that it is about. */
  readonly subject: string | undefined;
  readonly messageId: string | undefined;
};

const MOST = { groups: 200, recipients: 20, words: 300 };

export function bounceOf({ headers, report, returned }: Message): Bounce | undefined {
  const about = {
    subject: textOf(returned ?? [], 'subject'),
    messageId: textOf(returned ?? [], 'message-id') ?? textOf(headers, 'x-failed-message-id'),
  };
  if (report === undefined) return plainBounce(headers, about);
  const groups = groupsIn(report.text);
  if (report.type === 'message/disposition-notification') {
    const [fields = []] = groups;
    const read = { ...about, messageId: textOf(fields, 'original-message-id') ?? about.messageId };
    return { kind: 'read', recipients: recipientsIn([fields]), status: undefined, why: undefined, ...read };
  }
  if (report.type === 'message/feedback-report') return undefined;
  const told = groups.filter(group => firstOf(group, 'action') !== undefined);
  const worst =
    told.find(group => actionOf(group) === 'failed') ?? told.find(group => actionOf(group) === 'delayed') ?? told[0];
  if (worst === undefined) return { kind: 'failed', recipients: [], status: undefined, why: undefined, ...about };
  const action = actionOf(worst);
  const kind = action === 'failed' || action === 'delayed' ? action : 'delivered';
  const same = told.filter(group => actionOf(group) === action);
  const why = textOf(worst, 'diagnostic-code')?.replace(/^[a-z0-9-]+;\s*/i, '');
  return { kind, recipients: recipientsIn(same), status: textOf(worst, 'status'), why, ...about };
}

/** One that an old server wrote in words alone. */
function plainBounce(headers: readonly Header[], about: Pick<Bounce, 'subject' | 'messageId'>): Bounce | undefined {
  const failed = textOf(headers, 'x-failed-recipients');
  const from = (firstOf(headers, 'from') ?? '').slice(0, 500);
  const isDaemon = /mailer-daemon|postmaster@/i.test(from);
  const isTold = /undeliver|delivery.{1,20}fail|failure notice|returned mail|unzustellbar|non remis/i.test(
    textOf(headers, 'subject') ?? '',
  );
  if (failed === undefined && !(isDaemon && isTold)) return undefined;
  const recipients = failed === undefined ? [] : failed.split(/,\s*/).slice(0, MOST.recipients);
  return { kind: 'failed', recipients, status: undefined, why: undefined, ...about };
}

/** Groups of fields, with an empty line between them (RFC 3464, section 2.1). */
function groupsIn(text: string): readonly (readonly Header[])[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/\n{2,}/)
    .slice(0, MOST.groups)
    .map(group => headOf(Buffer.from(`${group}\n`)).headers);
}

const actionOf = (group: readonly Header[]): string =>
  (textOf(group, 'action') ?? '').toLowerCase().split(/\s/)[0] ?? '';

function recipientsIn(groups: readonly (readonly Header[])[]): readonly string[] {
  const named = groups.flatMap(group => textOf(group, 'original-recipient') ?? textOf(group, 'final-recipient') ?? []);
  return [...new Set(named.map(one => one.replace(/^[a-z0-9-]+;\s*/i, '').replace(/^<|>$/g, '')))].slice(
    0,
    MOST.recipients,
  );
}

function textOf(headers: readonly Header[], name: string): string | undefined {
  const value = firstOf(headers, name);
  const text = value === undefined ? '' : seenLine(wordsOf(value)).slice(0, MOST.words);
  return text === '' ? undefined : text;
}
