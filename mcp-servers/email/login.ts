import { AccessTokens } from '../../core/access-tokens.ts';
import { ok, type Result } from '../../core/outcome.ts';
import { type Account, CLIENT_SECRET, type Credentials, TOKEN } from './settings.ts';

/** What lets Steward in at this moment: a token that is to be renewed is, shortly before it ends. */
export type Login = {
  readonly settle: (credentials: Credentials) => Promise<Result<Credentials>>;
  /** The account was refused: the next access token is got anew. */
  readonly refused: (credentials: Credentials) => void;
};

/** The tokens of an account, kept in memory only. A refresh token that the provider replaces counts until this process ends. */
export function loginOf({ oauth }: Account, secrets: Readonly<Record<string, string>>, now: () => Date): Login {
  const token = secrets[TOKEN];
  const tokens =
    oauth === undefined || token === undefined
      ? undefined
      : new AccessTokens({ oauth, token, secret: secrets[CLIENT_SECRET], name: TOKEN }, now, () => Promise.resolve());
  return {
    settle: async credentials => {
      if (tokens === undefined) return ok(credentials);
      const got = await tokens.get();
      return got.ok ? ok({ ...credentials, token: got.value }) : got;
    },
    refused: ({ token: used }) => {
      if (used !== undefined) tokens?.refused(used);
    },
  };
}
