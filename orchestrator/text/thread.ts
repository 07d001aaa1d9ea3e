import { markQuoted } from '../../core/mail/quoted.ts';

/** One mail of a file. */
export type Message = {
  /** The subject of the mail that it hangs on, where it does. */
  readonly within?: string;
  readonly head: readonly string[];
  readonly body: string;
  /** Milliseconds since the epoch; undefined where it does not say. */
  readonly at: number | undefined;
  /** Why it cannot be read, where it cannot. */
  readonly unread?: string;
};

/** What a heading of ours begins with, and no line of a mail. */
const MARK = '===';

/** Mails one after the other, oldest first, together at most `longest` characters; what is left out is said. */
export function shownThread(messages: readonly Message[], isCut: boolean, longest: number): string {
  const sorted = oldestFirst(messages);
  const count = sorted.length;
  const heads = sorted.map((message, index) => headed(message, index + 1, count));
  const bodies = sorted.map(({ body }) => markQuoted(body.replace(/^===/gm, ' ===')));
  const told = isCut ? `${MARK} This file holds more mails than are shown here.\n\n` : '';
  const left = longest - told.length - heads.reduce((sum, head) => sum + head.length + 60, 0);
  const share = fairShare(
    bodies.map(({ length }) => length),
    left,
  );
  const parts = bodies.map((body, index) => `${heads[index] ?? ''}${cut(body, share)}`);
  return `${told}${parts.join('\n\n')}`.slice(0, longest).toWellFormed();
}

function headed({ head, within, at: _at, unread }: Message, number: number, count: number): string {
  const title =
    count === 1 ? [] : [`${MARK} Mail ${number} of ${count}${within === undefined ? '' : `, within “${within}”`}`];
  const why = unread === undefined ? [] : [`This mail cannot be read: ${unread}.`];
  return `${[...title, ...head, ...why].join('\n')}\n\n`;
}

/** One that does not say when stands where it stood, behind the one before it. */
function oldestFirst(messages: readonly Message[]): readonly Message[] {
  let last = Number.NEGATIVE_INFINITY;
  const timed = messages.map(message => {
    last = message.at ?? last;
    return { message, at: last };
  });
  return timed.sort((one, other) => (one.at === other.at ? 0 : one.at - other.at)).map(({ message }) => message);
}

/** What each may have at most, so that together they have no more than there is: short ones leave theirs to the long. */
function fairShare(lengths: readonly number[], most: number): number {
  let left = Math.max(0, most);
  const sorted = [...lengths].sort((one, other) => one - other);
  for (const [index, length] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - index));
    if (length > share) return share;
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}

const cut = (body: string, most: number): string =>
  body.length <= most ? body : `${body.slice(0, most)}\n${MARK} ${body.length - most} characters more are not shown.`;
