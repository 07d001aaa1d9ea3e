import { ok, type Result } from '../../core/outcome.ts';
import { type Dav, failed } from './dav.ts';
import { all, first, type Node, textOf } from './xml.ts';

/** An address book at the server. `token` stands for its state; without one the server cannot tell what changed. */
export type RemoteBook = { readonly url: string; readonly name: string; readonly token: string | undefined };

const NAMES = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"';
const PRINCIPAL = `<d:propfind ${NAMES}><d:prop><d:current-user-principal/><d:resourcetype/><c:addressbook-home-set/></d:prop></d:propfind>`;
const HOME = `<d:propfind ${NAMES}><d:prop><c:addressbook-home-set/></d:prop></d:propfind>`;
const BOOKS = `<d:propfind ${NAMES}><d:prop><d:resourcetype/><d:displayname/><d:sync-token/><d:supported-report-set/></d:prop></d:propfind>`;

/** The address books of an account (RFC 6764, section 6): from where it is asked, or where the server says that they are. */
export async function findBooks(dav: Dav, url: string): Promise<Result<readonly RemoteBook[]>> {
  const { href } = new URL(url);
  const starts = [href, new URL('/.well-known/carddav', href).href, new URL('/', href).href];
  let last: Result<readonly RemoteBook[]> = failed(
    'logic',
    `${new URL(url).host} offers no address books there.`,
    'Check watchers.contacts.url; some providers tell the whole address in their help.',
  );
  for (const start of [...new Set(starts)]) {
    const found = await booksFrom(dav, start);
    if (found.ok && found.value.length > 0) return found;
    // A login that is refused is refused everywhere; whatever else went wrong may be of this place alone.
    if (!found.ok) {
      if (found.failure.fault !== 'logic') return found;
      last = found;
    }
  }
  return last;
}

async function booksFrom(dav: Dav, start: string): Promise<Result<readonly RemoteBook[]>> {
  const asked = await dav.ask('PROPFIND', start, '0', PRINCIPAL);
  if (!asked.ok) return asked;
  const [here] = asked.value.told;
  if (here === undefined) return ok([]);
  if (isBook(here.properties)) return booksAt(dav, here.url, '0');
  const home = hrefIn(here.properties, 'addressbook-home-set', asked.value.url);
  if (home !== undefined) return booksAt(dav, home, '1');
  const principal = hrefIn(here.properties, 'current-user-principal', asked.value.url);
  if (principal === undefined) return booksAt(dav, asked.value.url, '1');
  const answer = await dav.ask('PROPFIND', principal, '0', HOME);
  if (!answer.ok) return answer;
  const set = hrefIn(answer.value.told[0]?.properties, 'addressbook-home-set', answer.value.url);
  return set === undefined ? ok([]) : booksAt(dav, set, '1');
}

async function booksAt(dav: Dav, url: string, depth: '0' | '1'): Promise<Result<readonly RemoteBook[]>> {
  const answer = await dav.ask('PROPFIND', url, depth, BOOKS);
  if (!answer.ok) return answer;
  const books = answer.value.told.filter(({ properties }) => isBook(properties));
  return ok(
    books.map(({ url: book, properties }) => {
      const token = textOf(properties, 'sync-token');
      const canSync = all(properties, 'sync-collection').length > 0;
      const path = new URL(book).pathname.replace(/\/$/, '');
      const name = textOf(properties, 'displayname') || path.slice(path.lastIndexOf('/') + 1);
      return { url: book, name: name.slice(0, 200), token: canSync && token !== '' ? token : undefined };
    }),
  );
}

const isBook = (properties: Node): boolean =>
  first(properties, 'resourcetype')?.children.some(({ name }) => name === 'addressbook') ?? false;

const hrefIn = (properties: Node | undefined, name: string, base: string): string | undefined => {
  const href = textOf(first(properties, name), 'href');
  return href === '' ? undefined : URL.parse(href, base)?.href;
};
