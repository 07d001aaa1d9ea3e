import { addressParser } from 'postal-mime';
import { allOf, type Header } from './header.ts';
import { cleanLine, seenLine } from './line.ts';

/** Whom a mail names. The name is what somebody calls themselves; only the address says who it is. */
export type Person = { readonly name: string; readonly address: string };

/** Characters of a line of addresses that are read. */
const LONGEST = 300_000;
/** Signs of a name that are kept. */
const LONGEST_NAME = 200;

/** Everybody in a value such as `Anna <a@b.test>, c@d.test` (RFC 5322, section 3.4), groups taken apart. */
function peopleIn(value: string): readonly Person[] {
  return addressParser(value.slice(0, LONGEST), { flatten: true }).flatMap(({ name, address }) => {
    const at = bareAddress(cleanLine(address ?? '').replace(/[<>\s]/g, ''));
    const called = seenLine(name)
      .replace(/[<>"“”]/g, '')
      .slice(0, LONGEST_NAME)
      .trim();
    return at === '' && called === '' ? [] : [{ name: called === at ? '' : called, address: at }];
  });
}

/** Without a route before it (RFC 5322, section 4.4) and what a comment left behind it. */
const bareAddress = (address: string): string => address.replace(/^@[^:]*:/, '').replace(/[),;:"]+$/, '');

/** Everybody in all lines of that name. Of several lines `From` the first counts, since a filter may have looked at another. */
export function peopleOf(headers: readonly Header[], name: string): readonly Person[] {
  const values = allOf(headers, name).filter(value => value !== '');
  return (name === 'from' ? values.slice(0, 1) : values).flatMap(peopleIn);
}

/** An address as it is compared and kept: the domain in small letters; undefined where it is none. */
export function plainAddress(address: string): string | undefined {
  const at = address.lastIndexOf('@');
  if (
    at < 1 ||
    address.indexOf('@') !== at ||
    at === address.length - 1 ||
    address.length > 320 ||
    /[\s\p{C}]/u.test(address)
  )
    return undefined;
  return `${address.slice(0, at)}@${address.slice(at + 1).toLowerCase()}`;
}

/** A name that looks like an address is not put where an address is looked for. */
export function personInWords({ name, address }: Person): string {
  if (name === '') return address;
  if (address === '') return `“${name}” (without an address)`;
  return name.includes('@') ? `${address} (calls itself “${name}”)` : `${name} <${address}>`;
}
