import { AccessTokens } from '../../core/access-tokens.ts';
import { OAuth } from '../../core/oauth.ts';
import { type Failure, fail, ok, type Result } from '../../core/outcome.ts';
import { askPassword, askText, tell } from './ask.ts';
import type { OAuthLogin } from './mail-settings.ts';
import type { Provider } from './providers.ts';

/** What has to be had before: OAuth2 lets in a program that the person registered at the provider, in their name. */
const BEFORE: readonly string[] = [
  'To log in by access token (OAuth2) you need a program that you have',
  'registered at your provider: its client id, its secret where it has',
  'one, and a refresh token that it was given for your mailbox.',
  'Steward gets access tokens with it, and keeps those in memory only.',
];

const needUrl = (text: string): string | undefined =>
  OAuth.shape.token_url.safeParse(text).success ? undefined : 'An address that begins with https://';
const needId = (text: string): string | undefined =>
  OAuth.shape.client_id.safeParse(text).success ? undefined : 'The client id, as your provider shows it.';
const needScope = (text: string): string | undefined =>
  text === '' || OAuth.shape.scope.safeParse(text).success ? undefined : 'One line.';

/** Asks for what access tokens are got with; what was entered before is offered again, but for what is secret. */
export async function askOAuth(
  before: OAuthLogin | undefined,
  known: Provider['oauth'],
): Promise<OAuthLogin | undefined> {
  if (before === undefined) tell('Before you go on', BEFORE);
  const url = await askText(
    'Where access tokens are got (token URL)',
    needUrl,
    before?.oauth.token_url ?? known?.token_url,
  );
  const id = url === undefined ? undefined : await askText('Client id', needId, before?.oauth.client_id);
  const secret = id === undefined ? undefined : await askPassword('Client secret (empty where there is none)', true);
  const scope =
    secret === undefined
      ? undefined
      : await askText('Scope (empty for what the token was given for)', needScope, before?.oauth.scope ?? known?.scope);
  const refresh = scope === undefined ? undefined : await askPassword('Refresh token');
  if (url === undefined || id === undefined || secret === undefined || scope === undefined || refresh === undefined)
    return undefined;
  const oauth = { token_url: url, client_id: id, ...(scope === '' ? {} : { scope }) };
  return { kind: 'oauth', oauth, refresh, secret: secret === '' ? undefined : secret };
}

/** One access token, with the refresh token that counts from then on: some providers give a new one each time. */
export async function accessToken(
  login: OAuthLogin,
): Promise<Result<{ readonly token: string; readonly login: OAuthLogin }>> {
  let { refresh } = login;
  const given = { oauth: login.oauth, token: refresh, secret: login.secret, name: '' };
  const tokens = new AccessTokens(
    given,
    () => new Date(),
    async (_, replaced) => {
      refresh = replaced;
    },
  );
  const got = await tokens.get();
  return got.ok
    ? ok({ token: got.value, login: { ...login, refresh } })
    : { ok: false, failure: plainly(got.failure, login) };
}

/** What is wrong, in plain words, by what the endpoint says (RFC 6749, section 5.2). */
function plainly({ message }: Failure, { oauth, secret }: OAuthLogin): Failure {
  const host = new URL(oauth.token_url).host;
  const told = (what: string, mend: string): Failure => fail('permanent', `${host} ${what}`, mend).failure;
  if (/\(invalid_grant\)/.test(message))
    return told(
      'does not take this refresh token (invalid_grant): it has ended, was taken back, or was given to another program.',
      'Have your provider make a new one for this client id.',
    );
  if (/\((invalid_client|unauthorized_client|access_denied)\)/.test(message))
    return told(
      `does not let this program in (${/\((\w+)\)/.exec(message)?.[1]}).`,
      secret === undefined
        ? 'Check the client id; it may want the client secret too.'
        : 'Check the client id and the client secret, which may have ended.',
    );
  if (/\(invalid_scope\)/.test(message))
    return told('does not give what was asked for (invalid_scope).', 'Check the scope, or leave it empty.');
  if (/JSON|Unexpected|Invalid input|status \d+|\(invalid_request\)/.test(message))
    return told(
      'answers with no access token: it is no token URL.',
      'Check that address; your provider’s help has it.',
    );
  if (/fetch failed|timeout|aborted/i.test(message))
    return told('cannot be reached.', 'Check the token URL, and whether this computer is on the network.');
  return fail('permanent', message).failure;
}
