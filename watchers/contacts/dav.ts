import type { Fault } from '../../core/fault.ts';
import { codeOf, type Failure, fail, messageOf, ok, type Result } from '../../core/outcome.ts';
import { PASSWORD } from './settings.ts';
import { first, isTooMuch, type Node, readXml, textOf } from './xml.ts';

export type DavAccount = { readonly url: string; readonly user: string; readonly password: string };

/** Milliseconds that one answer may take. */
const PATIENCE = 30_000;
/** Bytes of one answer. */
const MOST_BYTES = 16 * 1024 * 1024;
const MOST_REDIRECTS = 5;

/** One resource that an answer tells of (RFC 4918, section 14.24). */
export type Told = {
  /** The address of the resource, whole. */
  readonly url: string;
  /** Of the resource itself; 200 where only properties have one. */
  readonly status: number;
  /** The properties that were found. */
  readonly properties: Node;
};
export type Answer = {
  /** Where it was answered in the end, and with which status. */
  readonly url: string;
  readonly status: number;
  readonly told: readonly Told[];
  /** What stands for the state of the collection (RFC 6578). */
  readonly token: string;
};

const NOTHING: Node = { name: 'prop', attributes: {}, text: '', children: [] };

/** Asks a server of WebDAV. It follows only to servers of the same owner, since it carries the password. */
export class Dav {
  readonly #account: DavAccount;
  readonly #signal: AbortSignal;

  constructor(account: DavAccount, signal: AbortSignal) {
    this.#account = account;
    this.#signal = signal;
  }

  /** One question with an answer of many parts. Statuses below 500 that are not about the login are the caller’s. */
  async ask(method: 'PROPFIND' | 'REPORT', url: string, depth: '0' | '1', body: string): Promise<Result<Answer>> {
    const { host } = new URL(this.#account.url);
    let at = url;
    for (let step = 0; step <= MOST_REDIRECTS; step += 1) {
      if (!isOfSameOwner(at, this.#account.url))
        return failed(
          'logic',
          `${host} sends Steward on to ${hostOf(at)}, which is not told the password.`,
          `If that is right, put ${hostOf(at)} into watchers.contacts.url.`,
        );
      const given = await this.#once(method, at, depth, body);
      if (!given.ok) return given;
      const { response, text } = given.value;
      const to = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
      if (to !== null) {
        at = URL.parse(to, at)?.href ?? '';
        continue;
      }
      return this.#understood(response, text, at);
    }
    return failed(
      'logic',
      `${host} sends Steward on and on.`,
      'Put the whole address of your address books into watchers.contacts.url.',
    );
  }

  async #once(
    method: string,
    url: string,
    depth: string,
    body: string,
  ): Promise<Result<{ response: Response; text: string }>> {
    const { user, password } = this.#account;
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(PATIENCE)]);
    const headers = {
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'content-type': 'application/xml; charset=utf-8',
      depth,
    };
    try {
      const response = await fetch(url, {
        method,
        headers,
        body: `<?xml version="1.0" encoding="utf-8"?>${body}`,
        redirect: 'manual',
        signal,
      });
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of response.body ?? []) {
        size += chunk.length;
        if (size > MOST_BYTES) {
          // Leaving the loop ends the connection.
          return failed('data', `${hostOf(url)} answered with more than ${MOST_BYTES / 1024 / 1024} MB.`);
        }
        chunks.push(chunk);
      }
      return ok({ response, text: Buffer.concat(chunks).toString('utf8') });
    } catch (error) {
      return unreachable(hostOf(url), error);
    }
  }

  #understood(response: Response, text: string, url: string): Result<Answer> {
    const host = hostOf(url);
    const { status } = response;
    if (status === 401 || (status === 403 && !text.includes('<'))) return refused(host, response);
    if (status >= 500 || status === 429) return failed('transient', `${host} cannot answer now (status ${status}).`);
    if (status !== 207) return ok({ url, status, told: [], token: '' });
    if (isTooMuch(text)) return failed('data', `${host} answered with more than can be read.`);
    const read = readXml(text);
    if (!read.ok)
      return failed('logic', `${host} answered with something that is no WebDAV.`, 'Check watchers.contacts.url.');
    const responses = read.value.children.filter(({ name }) => name === 'response');
    return ok({
      url,
      status,
      told: responses.flatMap(one => toldIn(one, url)),
      token: textOf(read.value, 'sync-token'),
    });
  }
}

function toldIn(response: Node, base: string): readonly Told[] {
  const href = response.children.find(({ name }) => name === 'href')?.text.trim() ?? '';
  const url = URL.parse(href, base)?.href;
  if (url === undefined || href === '') return [];
  const own = response.children.find(({ name }) => name === 'status');
  const found = response.children.find(one => one.name === 'propstat' && / 200\b/.test(textOf(one, 'status')));
  return [
    {
      url,
      status: Number(/ (\d{3})\b/.exec(own?.text ?? '')?.[1] ?? 200),
      properties: first(found, 'prop') ?? NOTHING,
    },
  ];
}

const hostOf = (url: string): string => URL.parse(url)?.host ?? 'nowhere';

/** Endings below which names are given out. */
const SECOND = /\.(co|com|net|org|ac|edu|gov|or|ne)\.[a-z]{2}$/;

/** The same host, or by TLS another one of the same domain, as the parts of large providers are. */
function isOfSameOwner(to: string, from: string): boolean {
  const [one, other] = [URL.parse(to), URL.parse(from)];
  if (one === null || other === null) return false;
  if (one.origin === other.origin) return true;
  if (one.protocol !== 'https:') return false;
  if (one.hostname === other.hostname) return true;
  if (/^[\d.]+$|^\[/.test(other.hostname)) return false;
  const labels = SECOND.test(other.hostname) ? 3 : 2;
  const domain = other.hostname.split('.').slice(-labels);
  return domain.length === labels && one.hostname.endsWith(`.${domain.join('.')}`);
}

/** A failure with whose turn it is; only what may pass by itself is tried again soon. */
export function failed(fault: Fault, message: string, mend?: string): { ok: false; failure: Failure } {
  const { failure } = fail(fault === 'transient' ? 'retryable' : 'permanent', message, mend);
  return { ok: false, failure: { ...failure, fault } };
}

function refused(host: string, response: Response): ReturnType<typeof failed> {
  const ways = response.headers.get('www-authenticate') ?? '';
  if (ways !== '' && !/\bbasic\b/i.test(ways))
    return failed(
      'logic',
      `${host} wants another kind of login than a user with a password (${ways.replace(/[ ,].*$/s, '').slice(0, 40)}).`,
      'Steward cannot use it as it is set up now.',
    );
  return failed(
    'authentication',
    `${host} does not take this user with this password.`,
    `Some providers want an app password. Set the right one:  steward secret set ${PASSWORD}`,
  );
}

/** Why a server was not reached, in plain words. */
function unreachable(host: string, error: unknown): ReturnType<typeof failed> {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = codeOf(cause) ?? '';
  const name = error instanceof Error ? error.name : '';
  const told = (why: string): ReturnType<typeof failed> => failed('transient', `${host} cannot be reached: ${why}.`);
  if (name === 'TimeoutError' || /TIMEOUT|ETIMEDOUT/.test(code)) return told('it does not answer');
  if (code === 'ENOTFOUND') return told('there is no computer of that name');
  if (code === 'EAI_AGAIN') return told('its name cannot be looked up now');
  if (code === 'ECONNREFUSED') return told('nothing listens there');
  if (/CERT|SELF_SIGNED|ALTNAME|^ERR_TLS|^ERR_SSL|UNABLE_TO_/.test(code))
    return told(`its certificate or encryption is not in order (${code})`);
  return told(messageOf(cause).replace(/\s+/g, ' ').slice(0, 200));
}
