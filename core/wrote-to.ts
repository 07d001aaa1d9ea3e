import { addressParser } from 'postal-mime';
import { identify, keyOf } from './contacts.ts';

/** One header field of a mail: its name in small letters, its value unfolded. */
export type HeaderField = { readonly key: string; readonly value: string };

/** More than this many at once are a mailing, and make nobody an acquaintance. */
const MOST = 100;
/** What mail that Steward sent carries as its Message-ID: what a person approved of it stands in the ledger. */
const STEWARDS = /^\s*<[0-9a-f]{32}@/;
/** Put in by the server that delivers a mail: what carries it came in, wherever it lies now. */
const DELIVERED: readonly string[] = [
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'x-envelope-to',
  'x-delivered-to',
];
/** Answered by a program, not by a person: anybody could have had it send that. */
const PROGRAMS: readonly string[] = ['x-autoreply', 'x-autorespond', 'x-auto-reply', 'x-cron-env', 'list-id'];

/**
 * Whom the person wrote to with a mail that lies in a folder of sent mail: bare addresses, each once. Nobody where it is
 * not the person’s own writing: a vacation notice, a receipt, an answer to an invitation, a mail that came in and was
 * only filed there, one of another sender, or one that Steward sent itself. `own`: the person’s addresses, by `keyOf`.
 */
export function wroteTo(fields: readonly HeaderField[], own: ReadonlySet<string>): readonly string[] {
  const values = (name: string): readonly string[] => fields.filter(({ key }) => key === name).map(one => one.value);
  const has = (names: readonly string[]): boolean => fields.some(({ key }) => names.includes(key));
  if (has(DELIVERED) || has(PROGRAMS)) return [];
  // RFC 3834: what a person wrote says “no”, or nothing.
  if (values('auto-submitted').some(value => !/^\s*no\b/i.test(value))) return [];
  if (values('precedence').some(value => /^\s*(bulk|junk|list|auto_?reply)\b/i.test(value))) return [];
  if (values('message-id').some(value => STEWARDS.test(value))) return [];
  const [type = ''] = values('content-type');
  if (/^\s*multipart\/report\b/i.test(type) || /^\s*text\/calendar\b.*method\s*=\s*"?reply/is.test(type)) return [];
  const from = values('from').flatMap(addressesIn);
  if (from.length === 0 || !from.every(address => own.has(keyOf(identify(address))))) return [];
  const to = ['to', 'cc', 'bcc'].flatMap(values).flatMap(addressesIn);
  const known = new Map(to.map(address => [keyOf(identify(address)), address]));
  const others = [...known].filter(([key]) => key.startsWith('mail:') && !own.has(key)).map(([, address]) => address);
  return others.length > MOST ? [] : others;
}

/** The bare addresses of a header field (RFC 5322): names, comments and names of groups are left out. */
const addressesIn = (value: string): readonly string[] =>
  addressParser(value).flatMap(({ address, group }) =>
    group !== undefined ? group.map(one => one.address) : address === undefined ? [] : [address],
  );
