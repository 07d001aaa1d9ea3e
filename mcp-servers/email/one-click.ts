import { request } from 'node:https';
import { isIP } from 'node:net';
import { notSent, type Outcome } from '../../core/action-server.ts';
import type { Fault } from '../../core/fault.ts';
import { codeOf, fail, messageOf, ok, type Result } from '../../core/outcome.ts';
import { addressOf } from './public-address.ts';

const BODY = 'List-Unsubscribe=One-Click';
const LONGEST = 30_000;
/** Steps within one host that are followed. */
const MOST_STEPS = 3;

type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly location: string | undefined }
  | { readonly kind: 'before'; readonly why: string; readonly isDistrusted: boolean }
  | { readonly kind: 'lost'; readonly why: string };

/** Whether an address may be asked at all: https, without a name to log in with, at the usual port. */
export function checkAddress(url: string, allowed: readonly string[]): Result<URL> {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.protocol !== 'https:') return fail('invalid', 'It is no https address.');
  if (parsed.username !== '' || parsed.password !== '' || parsed.hash !== '')
    return fail('invalid', 'An address with a name, a password or a fragment is not asked.');
  const isAllowed = allowed.some(one => one.toLowerCase() === parsed.hostname);
  if (parsed.port !== '' && !isAllowed) return fail('denied', 'An address with a port of its own is not asked.');
  return ok(parsed);
}

/**
 * Leaves a list by one click (RFC 8058): one POST of `List-Unsubscribe=One-Click`, without cookies, never a GET. Until
 * the encrypted connection stands nothing was asked; from then on only the far end’s answer says what happened. Only
 * within the same host is it followed further, and only where POST is kept (307, 308).
 */
export async function oneClick(url: string, allowed: readonly string[], signal: AbortSignal): Promise<Outcome> {
  let next = url;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const checked = checkAddress(next, allowed);
    if (!checked.ok) return notSent(checked.failure);
    const found = await addressOf(checked.value.hostname, allowed);
    if (!found.ok) return notSent(found.failure);
    if (signal.aborted) return said(true, 'There was no time left to begin.', 'transient');
    const answer = await post(checked.value, found.value, signal);
    const followed = followUp(answer, checked.value);
    if (typeof followed !== 'string') return followed;
    next = followed;
  }
  return said(false, `It was sent from page to page, and no page took it.`, 'data');
}

const said = (retry: boolean, proof: string, fault: Fault): Outcome => ({ outcome: 'not_sent', retry, proof, fault });

/** What an answer means; or where the same is asked next. */
function followUp(answer: Answer, asked: URL): Outcome | string {
  const { host } = asked;
  if (answer.kind === 'before') {
    const proof = `Nothing was asked: ${host} could not be reached (${answer.why}).`;
    return said(!answer.isDistrusted, proof, answer.isDistrusted ? 'data' : 'transient');
  }
  if (answer.kind === 'lost') {
    return { outcome: 'unknown', why: `${host} was asked, but no answer came (${answer.why}).` };
  }
  const { status, location } = answer;
  // 303 says that it was taken, and where to read about it (RFC 9110, 15.4.4).
  if ((status >= 200 && status < 300) || status === 303) return { outcome: 'confirmed', receipt: { host, status } };
  if (status === 307 || status === 308 || status === 301) {
    const to = URL.parse(location ?? '', asked.href);
    if (status !== 301 && to?.host === host && to.protocol === 'https:') return to.href;
    return said(false, `${host} wants the request somewhere else (${status}), which one click must not need.`, 'data');
  }
  if (status === 429) return said(true, `${host} asks to be left alone for a while (429).`, 'transient');
  if (status >= 400 && status < 500 && status !== 408)
    return said(false, `${host} refused it (${status}). The list has to be left another way.`, 'data');
  return { outcome: 'unknown', why: `${host} answered ${status}, which does not say whether it took it.` };
}

function post(url: URL, { address, family }: { address: string; family: 4 | 6 }, signal: AbortSignal): Promise<Answer> {
  return new Promise(resolve => {
    let isOver = false;
    const asking = request(url, {
      ...{ method: 'POST', agent: false, signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST)]) },
      // The very address that was looked at: a name that is looked up twice may be two hosts.
      lookup: (_, { all }, done) => (all === true ? done(null, [{ address, family }]) : done(null, address, family)),
      ...(isIP(url.hostname) === 0 ? { servername: url.hostname } : {}),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(BODY),
        'user-agent': 'Steward',
      },
    });
    asking.once('socket', socket => socket.once('secureConnect', () => (isOver = true)));
    asking.once('response', response => {
      resolve({ kind: 'answered', status: response.statusCode ?? 0, location: response.headers.location });
      asking.destroy();
    });
    asking.on('error', error => {
      const why = `${codeOf(error) ?? messageOf(error)}`.slice(0, 100);
      const isDistrusted = /CERT|SIGNED|VERIFY|ERR_TLS/.test(codeOf(error) ?? '');
      resolve(isOver ? { kind: 'lost', why } : { kind: 'before', why, isDistrusted });
    });
    asking.end(BODY);
  });
}
