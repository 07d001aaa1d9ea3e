import { z } from 'zod';
import type { OAuth } from './oauth.ts';
import { fail, messageOf, ok, type Result } from './outcome.ts';

/** A refresh token under the name of its secret, with the secret of the client where the provider wants one. */
type Refresh = {
  readonly oauth: OAuth;
  readonly token: string;
  readonly secret: string | undefined;
  readonly name: string;
};

/** What a token endpoint answers (RFC 6749, sections 5.1 and 5.2). */
const Answer = z.object({
  access_token: z.string().min(1).optional(),
  expires_in: z.coerce.number().optional(),
  refresh_token: z.string().min(1).optional(),
  error: z.string().optional(),
});
/** Errors that only the person can mend: the provider took the access back, or never gave it. */
const ENDED: readonly string[] = ['invalid_grant', 'invalid_client', 'unauthorized_client', 'access_denied'];
/** Milliseconds that an answer may take, and that a token is renewed before its end. */
const PATIENCE = 20_000;
const EARLY = 60_000;

/** Access tokens of one account, got with its refresh token and kept in memory only, until shortly before they end. */
export class AccessTokens {
  readonly #given: Refresh;
  readonly #now: () => Date;
  /** Where the provider gives a new refresh token in place of the one that was used, it is kept by this. */
  readonly #replaced: (name: string, token: string) => Promise<void>;
  #refresh: string;
  #kept: { readonly token: string; readonly ends: number } | undefined;
  #asked: Promise<Result<string>> | undefined;

  constructor(given: Refresh, now: () => Date, replaced: (name: string, token: string) => Promise<void>) {
    this.#given = given;
    this.#now = now;
    this.#replaced = replaced;
    this.#refresh = given.token;
  }

  /** A token that is good by the clock. Several that ask at once are given the same. */
  get(): Promise<Result<string>> {
    if (this.#kept !== undefined && this.#now().getTime() < this.#kept.ends)
      return Promise.resolve(ok(this.#kept.token));
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = undefined;
    });
    return this.#asked;
  }

  /** The mail server refused a token: the next one is got anew. False where it is not the last one that was given. */
  refused(token: string): boolean {
    if (this.#kept?.token !== token) return false;
    this.#kept = undefined;
    return true;
  }

  async #ask(): Promise<Result<string>> {
    const { oauth, secret, name } = this.#given;
    const host = new URL(oauth.token_url).host;
    const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: this.#refresh });
    form.set('client_id', oauth.client_id);
    if (secret !== undefined) form.set('client_secret', secret);
    if (oauth.scope !== undefined) form.set('scope', oauth.scope);
    let answer: z.infer<typeof Answer>;
    let status: number;
    try {
      const response = await fetch(oauth.token_url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: form,
        redirect: 'error',
        signal: AbortSignal.timeout(PATIENCE),
      });
      status = response.status;
      const text = await response.text();
      answer = Answer.parse(text === '' ? {} : JSON.parse(text));
    } catch (error) {
      return fail('retryable', `${host} gave no access token: ${messageOf(error).split('\n')[0]}.`);
    }
    if (answer.access_token === undefined) {
      const why = answer.error ?? `status ${status}`;
      if (!ENDED.includes(why)) return fail('retryable', `${host} gave no access token (${why.slice(0, 100)}).`);
      const failed = fail(
        'permanent',
        `${host} does not take the refresh token any more (${why}).`,
        `Allow Steward there again, set the new one with  steward secret set ${name} , then start Steward again.`,
      );
      return { ok: false, failure: { ...failed.failure, fault: 'authentication' } };
    }
    const lasts = (answer.expires_in ?? 300) * 1000;
    this.#kept = { token: answer.access_token, ends: this.#now().getTime() + Math.max(lasts - EARLY, lasts / 2) };
    if (answer.refresh_token !== undefined && answer.refresh_token !== this.#refresh) {
      this.#refresh = answer.refresh_token;
      await this.#replaced(name, answer.refresh_token);
    }
    return ok(answer.access_token);
  }
}
