import { writeNote } from './front-matter.ts';
import { codeSpan, proseLine } from './inert.ts';
import { localTime } from './names.ts';
import type { Arrived, RawItem } from './networked-watcher.ts';

const text = (value: unknown, limit: number): string => (typeof value === 'string' ? value.slice(0, limit) : '');

/**
 * The note of an item that cannot be read. Nothing is lost: the note says why it is empty and where the item still is.
 * `kept`: the file with its bytes, undefined where they were not fetched.
 */
export function unreadableNote(
  item: Omit<RawItem, 'bytes' | 'key'>,
  given: { readonly task: string; readonly source: string; readonly why: string; readonly kept: string | undefined },
): Arrived {
  const subject = text(item.about.subject, 150);
  const sender = text(item.about.from, 320);
  const title = subject === '' ? 'A message that cannot be read' : `Cannot be read: ${subject}`;
  const size = `${item.size.toLocaleString('en')} bytes`;
  const properties = { type: 'task', format: 1, id: given.task, source: given.source };
  const body = [
    `# ${codeSpan(title, 190)}`,
    '',
    `> [!warning] This message cannot be read here`,
    `> ${proseLine(given.why)} Nothing is lost: it still lies in ${codeSpan(item.folder)} of ${codeSpan(item.account)}. Open it there.`,
    '',
    ...(sender === '' ? [] : [`- **From:** ${codeSpan(sender)}, as the message says itself`]),
    `- **Account:** ${codeSpan(item.account)}, in ${codeSpan(item.folder)}`,
    `- **Received:** ${localTime(new Date(item.received)).slice(0, 16).replace('T', ' ')}`,
    `- **Size:** ${size}`,
    ...(given.kept === undefined ? [] : [`- **Its bytes:** ${codeSpan(given.kept, 400)}`]),
    '',
  ];
  return {
    title,
    note: writeNote({ ...properties, created: localTime(new Date(item.received)) }, body.join('\n')),
    sender: /^[^\s<>@]+@[^\s<>@]+$/.test(sender) ? sender : undefined,
    thread: undefined,
    attachments: [],
    facts: { unreadable: given.why, subject, account: item.account, folder: item.folder },
  };
}
