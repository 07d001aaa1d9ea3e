import { type Acquainted, acquaintedWith } from '../../../core/acquaintance.ts';
import { codeSpan, noteLink, proseLine } from '../../../core/inert.ts';
import { type Person, peopleOf, plainAddress } from '../../../core/mail/address.ts';
import type { Header } from '../../../core/mail/header.ts';
import type { NoteContext } from '../../../core/networked-watcher.ts';

/** Who a mail says it is from, and how well that address is known. Whether it is really theirs, nobody can tell from it. */
export type Sender = {
  readonly person: Person | undefined;
  readonly address: string | undefined;
  readonly acquainted: Acquainted | undefined;
  /** Further ones that the line `From` names. */
  readonly others: readonly Person[];
  /** Somebody whom the person knows by that name, from other addresses only. */
  readonly namesake: string | undefined;
  /** Where an answer would go, where that is not the sender. */
  readonly replyTo: readonly Person[];
};

export function senderOf(headers: readonly Header[], { known }: NoteContext): Sender {
  const [person, ...others] = peopleOf(headers, 'from');
  const address = person === undefined ? undefined : plainAddress(person.address);
  const answered = peopleOf(headers, 'reply-to').filter(one => one.address !== '');
  const isSame = answered.every(one => plainAddress(one.address)?.toLowerCase() === address?.toLowerCase());
  const acquainted = address === undefined ? undefined : acquaintedWith(address, known, known.compared);
  const isKnown = acquainted !== undefined && acquainted.standing !== 'new';
  return {
    ...{ person, address, acquainted, others },
    namesake: person === undefined || isKnown ? undefined : namesakeOf(person.name, known.people.values()),
    replyTo: isSame ? [] : answered,
  };
}

/** The words of a name in one spelling and order: `Berg, Änna` is `anna berg`. */
const spelled = (name: string): string =>
  (
    name
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  )
    .sort()
    .join(' ');

/** The name of the person’s own note about somebody, if it is that name. One word is the name of too many. */
function namesakeOf(name: string, reasons: Iterable<string>): string | undefined {
  const own = spelled(name);
  if (!own.includes(' ')) return undefined;
  for (const why of reasons) {
    const note = noteIn(why);
    if (note !== undefined && spelled(note) === own) return note;
  }
  return undefined;
}

/** The note that a reason for knowing somebody names. */
const noteIn = (why: string): string | undefined => /^It stands in (?:.*\/)?([^/]+)\.md\.$/.exec(why)?.[1];

/** A name with the address behind it; a name that could pass for an address is only something that somebody says. */
export function personLine({ name, address }: Person): string {
  const shown = address === '' ? '' : codeSpan(address, 120);
  if (name === '') return shown;
  if (shown === '') return `“${proseLine(name)}” (without an address)`;
  return /[@＠]|https?:|www\./i.test(name)
    ? `${shown} (calls itself ${codeSpan(name, 100)})`
    : `${proseLine(name)} ${shown}`;
}

/** How well a sender is known, as the end of a line. */
export function standingInWords({ standing, why }: Acquainted): string {
  if (standing === 'self') return 'your own address';
  const note = noteIn(why);
  if (standing === 'known' && note !== undefined) return `**known to you:** it stands in ${noteLink(note)}`;
  const reason = proseLine(`${why.charAt(0).toLowerCase()}${why.slice(1)}`.replace(/\.$/, ''));
  return standing === 'known' ? `**known to you:** ${reason}` : '**new to you**';
}
