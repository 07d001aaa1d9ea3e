/**
 * What a destination is, and what a person’s note says of destinations. A name beside an address is never an identity:
 * two destinations are the same only where their keys are.
 */
export type Kind = 'mail' | 'phone' | 'iban' | 'host' | 'other';

/** `key` is what is compared: equal keys are the same destination. */
export type Identity = { readonly kind: Kind; readonly key: string };
/** One name for a destination, whatever it is: equal for the same one. */
export const keyOf = ({ kind, key }: Identity): string => `${kind}:${key}`;

const LOCAL = "[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const MAIL = `${LOCAL}@(?:${LABEL}\\.)+${LABEL}`;
const WHOLE_MAIL = new RegExp(`^${MAIL}$`);
/** Of a phone in a messenger: `491701234567@c.us`. */
const MESSENGER = /^(\d{6,15})@(?:c\.us|s\.whatsapp\.net)$/;
const PHONE = /^\+?\d(?:[ ()/.-]{0,2}\d){6,14}$/;
const IBAN = /^[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}$/;

function phoneKey(text: string): string {
  const digits = text.replace(/\D/g, '');
  return text.startsWith('+') ? `+${digits}` : digits.startsWith('00') ? `+${digits.slice(2)}` : digits;
}

/** Whether an account number holds together (ISO 13616, remainder 97). */
function isIban(text: string): boolean {
  const bare = text.replaceAll(' ', '');
  if (!IBAN.test(text)) return false;
  let rest = 0;
  for (const sign of `${bare.slice(4)}${bare.slice(0, 4)}`) {
    for (const digit of String(Number.parseInt(sign, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}

function hostOf(text: string): string | undefined {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return undefined;
  const host = URL.parse(text)?.hostname ?? '';
  return host === '' ? undefined : host.toLowerCase().replace(/\.$/, '');
}

/**
 * What a value stands for, as far as it can be compared. Anything that is not plain is compared as it is written; of a
 * plain mail address, which holds ASCII only, the case of the letters does not count.
 */
export function identify(value: string): Identity {
  const text = value.trim();
  const host = hostOf(text);
  if (host !== undefined) return { kind: 'host', key: host };
  const messenger = MESSENGER.exec(text)?.[1];
  if (messenger !== undefined) return { kind: 'phone', key: `+${messenger}` };
  if (WHOLE_MAIL.test(text)) return { kind: 'mail', key: text.toLowerCase() };
  if (isIban(text.toUpperCase())) return { kind: 'iban', key: text.toUpperCase().replaceAll(' ', '') };
  if (PHONE.test(text)) return { kind: 'phone', key: phoneKey(text) };
  return { kind: 'other', key: text };
}

const MAILS = new RegExp(`(?<![\\p{L}\\p{N}@])${MAIL}(?![\\p{L}\\p{N}@-])`, 'gu');
/** Marks of markdown and quotes that stand before an address without belonging to it. */
const MARKS = /^[*_`'"{|=~/!#$&?^]+/;
const HOSTS = /(?<![\p{L}\p{N}])https?:\/\/[^\s<>"'`()[\]{}|\\]+/giu;
const IBANS = /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![\p{L}\p{N}])/gu;
const PHONES = /(?<![\p{L}\p{N}.+-])\+?\d(?:[ ()/.-]{0,2}\d){6,14}(?![\p{L}\p{N}-])/gu;

/** Every destination that a note names, whole: a part of a longer word is none. */
export function contactsIn(text: string): readonly Identity[] {
  const found: Identity[] = [];
  const take = (kind: Kind, pattern: RegExp, from: string): string =>
    from.replace(pattern, whole => {
      const identity = candidates(kind, whole)
        .map(identify)
        .find(one => one.kind === kind);
      if (identity !== undefined) found.push(identity);
      return identity === undefined ? whole : ' ';
    });
  take('phone', PHONES, take('iban', IBANS, take('mail', MAILS, take('host', HOSTS, text))));
  return found;
}

/** What may be meant by a piece of text: an account number may be followed by words in capitals. */
function candidates(kind: Kind, whole: string): readonly string[] {
  if (kind === 'mail') return [whole.replace(MARKS, '')];
  if (kind !== 'iban') return [whole];
  const groups = whole.split(' ');
  return groups.map((_, index) => groups.slice(0, groups.length - index).join(' '));
}
