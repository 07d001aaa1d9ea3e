import { codeSpan, proseLine } from '../../../core/inert.ts';
import { seenLine } from '../../../core/mail/line.ts';

/** Addresses that are listed whole, and characters of each. */
const MOST = { links: 60, characters: 1500, words: 400 };

/** A host as it is compared: `www.` and the letters’ case make no difference. */
function hostOf(address: string): string | undefined {
  if (!/^https?:\/\//i.test(address)) return undefined;
  const host = URL.parse(address.slice(0, MOST.characters))?.hostname ?? '';
  return host === ''
    ? undefined
    : host
        .toLowerCase()
        .replace(/^www\./, '')
        .replace(/\.$/, '');
}

/** The host that words name, where they look like an address. */
function namedHost(words: string): string | undefined {
  const found = /^(?:https?:\/\/)?((?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61})\.)+\p{L}{2,24})(?=[/:?#\s]|$)/iu.exec(
    words.trim().slice(0, 300),
  );
  const host = found?.[1];
  return host === undefined ? undefined : hostOf(`https://${host}`);
}

const isSameSite = (one: string, other: string): boolean =>
  one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);

/** Where the links of one mail lead. What a link says and where it leads are two things; both are shown. */
export class Links {
  readonly #addresses: string[] = [];
  #lies: { readonly says: string; readonly leads: string }[] = [];
  #left = 0;
  readonly #home: string | undefined;

  /** `home`: the domain that the mail is from. A link that leads there says nothing new by its host. */
  constructor(home: string | undefined) {
    this.#home = home;
  }

  /** The number under which an address stands in the list. */
  number(address: string): string {
    const known = this.#addresses.indexOf(address);
    if (known !== -1) return String(known + 1);
    if (this.#addresses.length >= MOST.links) {
      this.#left += 1;
      return 'not listed';
    }
    this.#addresses.push(address);
    return String(this.#addresses.length);
  }

  /** The words of a link with where it leads, as harmless markdown. */
  shown(words: string, to: string): string {
    const address = seenLine(to);
    const text = words.slice(0, MOST.words);
    if (address === '' || address.startsWith('#')) return proseLine(text);
    if (/^mailto:/i.test(address)) return this.#mail(text, address);
    const host = hostOf(address);
    if (host === undefined) return `${proseLine(text)} (a link that is not shown: ${codeSpan(address, 60)})`;
    const says = namedHost(text);
    if (says !== undefined && !isSameSite(says, host)) {
      if (this.#lies.length < 20) this.#lies.push({ says, leads: host });
      return `${proseLine(text)} (**leads to** ${codeSpan(host)}, link ${this.number(address)})`;
    }
    const bare = (one: string): string => one.replace(/^https?:\/\/(www\.)?|\/$/gi, '');
    if (bare(text) === bare(address) && address.length <= 90) return codeSpan(address);
    const number = `link ${this.number(address)}`;
    if (says !== undefined) return `${codeSpan(text.replace(/^https?:\/\//i, ''), 60)} (${number})`;
    const isAtHome = this.#home !== undefined && (host === this.#home || host.endsWith(`.${this.#home}`));
    return isAtHome ? `${proseLine(text)} (${number})` : `${proseLine(text)} (${codeSpan(host)}, ${number})`;
  }

  #mail(words: string, address: string): string {
    const to = address.slice('mailto:'.length).split('?')[0] ?? '';
    const readable = to.replace(/%40/gi, '@');
    return words.trim().toLowerCase() === readable.toLowerCase()
      ? codeSpan(readable)
      : `${proseLine(words)} (${codeSpan(readable)})`;
  }

  /** Links whose words name another place than the one they lead to. */
  get lies(): readonly { readonly says: string; readonly leads: string }[] {
    return this.#lies;
  }

  /** All addresses by their number, as lines of markdown. */
  lines(): readonly string[] {
    const listed = this.#addresses.map((address, at) => `${at + 1}. ${codeSpan(address, MOST.characters)}`);
    return this.#left === 0 ? listed : [...listed, `${listed.length + 1}. and ${this.#left} more that are not listed`];
  }
}
