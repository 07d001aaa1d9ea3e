import { AccessTokens } from '../../core/access-tokens.ts';
import type { ServerContext } from '../../core/action-server.ts';
import { ok, type Result } from '../../core/outcome.ts';
import { type GivenToken, keepToken, keptToken } from './kept-token.ts';
import { type Account, CLIENT_SECRET, type Credentials, TOKEN } from './settings.ts';

type Context = Pick<ServerContext, 'secrets' | 'state' | 'now'>;

/** What lets Steward in at this moment: a token that is to be renewed is, shortly before it ends. */
export type Login = {
  readonly settle: (credentials: Credentials) => Promise<Result<Credentials>>;
  /** The account was refused: the next access token is got anew. */
  readonly refused: (credentials: Credentials) => void;
};

export function loginOf({ oauth }: Account, context: Context): Login {
  const token = context.secrets[TOKEN];
  const renewed = oauth === undefined || token === undefined ? undefined : new Renewed({ oauth, token }, context);
  return {
    settle: async credentials => {
      if (renewed === undefined) return ok(credentials);
      const got = await renewed.get();
      return got.ok ? ok({ ...credentials, token: got.value }) : got;
    },
    refused: ({ token: used }) => {
      if (used !== undefined) renewed?.refused(used);
    },
  };
}

/**
 * The access tokens of an account, kept in memory only. A refresh token that the provider puts in place of the one that was
 * set is kept in the server’s own folder, so that it counts after a restart too.
 */
class Renewed {
  readonly #given: GivenToken;
  readonly #context: Context;
  #refresh: string;
  #tokens: AccessTokens;

  constructor(given: GivenToken, context: Context) {
    this.#given = given;
    this.#context = context;
    this.#refresh = keptToken(context.state, given) ?? given.token;
    this.#tokens = this.#tokensBy(this.#refresh);
  }

  async get(): Promise<Result<string>> {
    const got = await this.#tokens.get();
    if (got.ok || got.failure.fault !== 'authentication') return got;
    // Another process of ours, such as doctor, may have been given the next one meanwhile.
    const kept = keptToken(this.#context.state, this.#given);
    if (kept === undefined || kept === this.#refresh) return got;
    this.#refresh = kept;
    this.#tokens = this.#tokensBy(kept);
    return this.#tokens.get();
  }

  refused(token: string): void {
    this.#tokens.refused(token);
  }

  #tokensBy(token: string): AccessTokens {
    const { secrets, now, state } = this.#context;
    const refresh = { oauth: this.#given.oauth, token, secret: secrets[CLIENT_SECRET], name: TOKEN };
    return new AccessTokens(refresh, now, async (_, replaced) => {
      this.#refresh = replaced;
      try {
        keepToken(state, this.#given, replaced);
      } catch {
        // It counts until this process ends, and what was to be sent is sent. A full disk is told of elsewhere.
      }
    });
  }
}
