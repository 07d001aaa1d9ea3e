import { codeSpan, noteLink, proseLine } from '../../../core/inert.ts';
import { plainAddress } from '../../../core/mail/address.ts';
import { allOf, firstOf, type Header } from '../../../core/mail/header.ts';
import { turnsRound } from '../../../core/mail/line.ts';
import type { Message } from '../../../core/mail/message.ts';
import type { Links } from './links.ts';
import type { Says } from './says.ts';
import { personLine, type Sender } from './sender.ts';

/** What a person should know before they believe a mail, as lines of markdown. */
export function bewareOf(
  { headers }: Message,
  {
    sender,
    says,
    links,
    dangers,
    isBulk,
  }: {
    readonly sender: Sender;
    readonly says: Says;
    readonly links: Links;
    readonly dangers: readonly string[];
    readonly isBulk: boolean;
  },
): readonly string[] {
  const found = [...ofSender(headers, sender, isBulk)];
  for (const { says: told, leads } of links.lies.slice(0, 5))
    found.push(`A link says ${codeSpan(told, 100)} and leads to ${codeSpan(leads, 100)}.`);
  if (links.lies.length > 5) found.push(`${links.lies.length - 5} more links lead elsewhere than they say.`);
  if (says.differs && !isBulk)
    found.push('It comes in two versions that say different things. The one that mail programs show is here.');
  return [...found, ...dangers];
}

function ofSender(headers: readonly Header[], sender: Sender, isBulk: boolean): readonly string[] {
  const { person, address, acquainted, others, replyTo } = sender;
  const found: string[] = [];
  if (person === undefined) found.push('It does not say whom it is from.');
  else if (address === undefined) found.push('What it names as its sender is no address.');
  if (acquainted?.like !== undefined)
    found.push(
      `${codeSpan(address ?? '', 120)} looks like ${codeSpan(acquainted.like, 120)}, whom you know, but is another.`,
    );
  if (sender.namesake !== undefined)
    found.push(`You know ${noteLink(sender.namesake)} by that name, but not from this address.`);
  const named = plainAddress(
    /[^\s<>()"']+[@＠][^\s<>()"']+/.exec(person?.name.slice(0, 300) ?? '')?.[0]?.replace('＠', '@') ?? '',
  );
  if (named !== undefined && named.toLowerCase() !== address?.toLowerCase())
    found.push(
      `The name of the sender is written like an address, ${codeSpan(named, 100)}. It is not where this mail is from.`,
    );
  if (others.length > 0)
    found.push(`It names more than one sender: also ${others.slice(0, 3).map(personLine).join(', ')}.`);
  for (const name of ['from', 'subject', 'date']) {
    if (allOf(headers, name).length > 1) found.push(`It has more than one line “${name}”; the first is shown.`);
  }
  const domain = (one: string): string => one.slice(one.lastIndexOf('@') + 1).toLowerCase();
  const elsewhere = replyTo.filter(one => address === undefined || domain(one.address) !== domain(address));
  if (elsewhere.length > 0 && !isBulk)
    found.push(`An answer would not go to the sender but to ${elsewhere.slice(0, 3).map(personLine).join(', ')}.`);
  // Only what speaks against it: a good word could have been put there by whoever sent it.
  const verdict = (firstOf(headers, 'authentication-results') ?? '').slice(0, 4000);
  if (/\bdmarc=fail\b/i.test(verdict))
    found.push(`Your mail provider could not confirm that it comes from ${codeSpan(domain(address ?? ''), 100)}.`);
  const turned = ['from', 'subject'].filter(
    name => turnsRound(firstOf(headers, name) ?? '') || turnsRound(person?.name ?? ''),
  );
  if (turned.length > 0)
    found.push(proseLine('It holds hidden signs that turn the direction of writing round; they were left out.'));
  return found;
}
