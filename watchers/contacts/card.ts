import ICAL from 'ical.js';
import { z } from 'zod';
import type { Card } from '../../core/address-book.ts';

/** More than this of one kind on one card is not somebody’s card. */
const MOST = 50;
const LONGEST = 320;

/** jCard (RFC 7095): the name of a property, its parameters, the kind of its value, its values. */
const Properties = z.tuple(
  [z.literal('vcard'), z.array(z.tuple([z.string(), z.unknown(), z.string()], z.unknown()))],
  z.unknown(),
);

/** Which properties are looked at; photos and all else are left out before anything is read. */
const LOOKED_AT = /^(?:[\w-]+\.)?(BEGIN|END|VERSION|FN|EMAIL|TEL|KIND|X-ADDRESSBOOKSERVER-KIND)\b/i;

/**
 * What a vCard says (RFC 6350 and 2426, and as much of 2.1 as is seen): addresses and numbers as they stand, the name
 * only to be shown. A card of a group has none of its own. Undefined where it cannot be read.
 */
export function readCard(text: string): Omit<Card, 'etag'> | undefined {
  const lines = text
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
    .filter(line => LOOKED_AT.test(line))
    .map(plain);
  let parsed: unknown;
  try {
    parsed = ICAL.parse(lines.join('\r\n'));
  } catch {
    return undefined;
  }
  const card = Properties.safeParse(parsed);
  if (!card.success) return undefined;
  const values = (...names: readonly string[]): readonly string[] =>
    card.data[1]
      .filter(([name]) => names.includes(name))
      .map(([, , , value]) => (typeof value === 'string' ? value.replace(/^(mailto|tel):/i, '').trim() : ''))
      .filter(value => value !== '' && value.length <= LONGEST)
      .slice(0, MOST);
  const isGroup = values('kind', 'x-addressbookserver-kind').some(kind => /^group$/i.test(kind));
  const [name = ''] = values('fn');
  return {
    name: name.slice(0, 100),
    mails: isGroup ? [] : values('email').slice(),
    phones: isGroup ? [] : values('tel').slice(),
  };
}

/** Without its parameters, which say nothing that counts here: those of version 2.1 are of no form that is read. */
const plain = (line: string): string => line.replace(/^([\w.-]+)(?:;(?:"[^"]*"|[^":])*)?:/, '$1:');
