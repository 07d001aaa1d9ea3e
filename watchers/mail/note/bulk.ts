import { firstOf, type Header, wordsOf } from '../../../core/mail/header.ts';
import { seenLine } from '../../../core/mail/line.ts';

/** A mail that nobody wrote to the person alone, by what its head says (RFC 2369, RFC 2919, RFC 3834, RFC 8058). */
export type Bulk = {
  readonly kind: 'newsletter' | 'list' | 'automatic';
  /** The list’s own name, as `list.example.com`. */
  readonly list: string | undefined;
  readonly unsubscribe: Unsubscribe | undefined;
};
export type Unsubscribe = {
  readonly web: string | undefined;
  readonly mail: string | undefined;
  /** Whether one request to `web` is enough, with nothing to confirm (RFC 8058). */
  readonly oneClick: boolean;
};

const LONGEST = 2000;

export function bulkOf(headers: readonly Header[]): Bulk | undefined {
  const value = (name: string): string | undefined => {
    const found = firstOf(headers, name);
    return found === undefined ? undefined : seenLine(found).slice(0, LONGEST);
  };
  const named = value('list-id');
  const list =
    named === undefined
      ? undefined
      : (/<([^<>]{1,255})>\s*$/.exec(named)?.[1] ?? named.slice(0, 255)).trim().toLowerCase();
  const unsubscribe = unsubscribeOf(firstOf(headers, 'list-unsubscribe'), value('list-unsubscribe-post'));
  const precedence = value('precedence')?.toLowerCase() ?? '';
  const automatic = value('auto-submitted')?.toLowerCase().split(';')[0]?.trim() ?? 'no';
  const known = { list, unsubscribe };
  const canBeWrittenTo = value('list-post') !== undefined && !/^\s*NO\b/i.test(value('list-post') ?? '');
  if (canBeWrittenTo || precedence === 'list') return { kind: 'list', ...known };
  if (value('list-unsubscribe') !== undefined || list !== undefined || /^(?:bulk|junk)$/.test(precedence))
    return { kind: 'newsletter', ...known };
  const answers = headers.some(({ name }) => /^x-auto(?:reply|respond|-reply|-respond)/.test(name));
  if ((automatic !== 'no' && automatic !== '') || answers || precedence === 'auto_reply')
    return { kind: 'automatic', ...known };
  return undefined;
}

function unsubscribeOf(ways: string | undefined, post: string | undefined): Unsubscribe | undefined {
  if (ways === undefined) return undefined;
  const bracketed = [...ways.slice(0, 10_000).matchAll(/<\s*([^<>\s]{1,4000})\s*>/g)].map(([, way = '']) =>
    seenLine(wordsOf(way)),
  );
  // Some leave the brackets out.
  const all = bracketed.length > 0 ? bracketed : seenLine(ways.slice(0, 4000)).split(/[\s,]+/);
  const web = all.find(way => /^https:\/\//i.test(way)) ?? all.find(way => /^http:\/\//i.test(way));
  const mail = all.find(way => /^mailto:/i.test(way));
  if (web === undefined && mail === undefined) return undefined;
  const oneClick =
    web !== undefined && /^https:/i.test(web) && /^List-Unsubscribe=One-Click$/i.test(post?.trim() ?? '');
  return { web, mail, oneClick };
}

const KINDS: Readonly<Record<Bulk['kind'], string>> = {
  newsletter: 'a newsletter or other mail to many',
  list: 'a mailing list',
  automatic: 'written by a program, not by a person',
};

/** What it is, in words; the list’s name is added by the note. */
export const bulkInWords = ({ kind }: Bulk): string => KINDS[kind];

export function unsubscribeInWords({ oneClick, web }: Unsubscribe): string {
  if (oneClick) return 'one request unsubscribes';
  return web === undefined ? 'unsubscribes by mail' : 'unsubscribes on a web page';
}
