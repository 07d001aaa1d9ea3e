import { z } from 'zod';
import { OAuth } from '../../core/oauth.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;
const oneLine = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine(text => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text), 'one line');

const Address = z
  .string()
  .max(254)
  .regex(/^[^\s<>@,;:"]+@[^\s<>@,;:"]+$/, 'a bare address like anna@example.com');

const Account = z
  .strictObject({
    address: Address.describe('The person’s own address there.'),
    host: z
      .string()
      .max(253)
      .regex(/^[A-Za-z0-9.:-]+$/, 'a host name'),
    port: z.int().min(1).max(65_535).default(993),
    /** `tls` from the start, `starttls` demanded, or `none`, which is only for a server on this machine. */
    security: z.enum(['tls', 'starttls', 'none']).default('tls'),
    /** The name to log in with, where it is not the address. */
    user: oneLine(254).optional(),
    /** What becomes tasks. */
    folders: z.array(oneLine(200)).min(1).max(10).default(['INBOX']),
    /** Where sent mail lies, where it is not found by itself; `false` where nobody is to be known by it. */
    sent: z.union([oneLine(200), z.literal(false)]).optional(),
    /** What the first run takes of what lies there already: of the last so many days, at most so many. */
    first: z
      .strictObject({
        days: z.number().min(0).max(3650).default(7),
        most: z.int().min(0).max(10_000).default(200),
      })
      .prefault({}),
    oauth: OAuth.optional(),
  })
  .refine(({ security, host }) => security !== 'none' || LOOPBACK.test(host), {
    path: ['security'],
    message: '“none” reads mail unencrypted and is only for a server on this machine; use tls or starttls',
  });
export type Account = z.infer<typeof Account>;

/** `watchers.mail` of `config.yaml`: accounts by a short name of the person’s, such as `work`. */
export const Settings = z.strictObject({
  accounts: z
    .record(z.string().regex(/^[a-z0-9]{1,20}$/, 'small letters and digits'), Account)
    .refine(accounts => Object.keys(accounts).length > 0, 'at least one account')
    .refine(
      accounts => {
        const addresses = Object.values(accounts).map(({ address }) => address.toLowerCase());
        return new Set(addresses).size === addresses.length;
      },
      { message: 'two accounts have the same address' },
    ),
});
export type Settings = z.infer<typeof Settings>;

/** What lets Steward in: a password, an access token as it is, or what access tokens are got with. */
export type Credentials =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'refresh';
      readonly oauth: OAuth;
      readonly token: string;
      readonly secret: string | undefined;
      /** The name of the secret that the refresh token is. */
      readonly name: string;
    };

/**
 * The credentials of an account: `STEWARD_MAIL_<NAME>_PASSWORD`, or `…_TOKEN` with the access token, or with `oauth` the
 * refresh token (and `…_SECRET`, the client’s own, where the provider gave one). Where there is only one account, its
 * name may be left out. `only`: whether it is.
 */
export function credentialsOf(
  name: string,
  { oauth }: Pick<Account, 'oauth'>,
  secrets: Readonly<Record<string, string>>,
  only: boolean,
): Result<Credentials> {
  const named = (what: string): string => `STEWARD_MAIL_${name.toUpperCase()}_${what}`;
  const nameOf = (what: string): string | undefined =>
    [named(what), ...(only ? [`STEWARD_MAIL_${what}`] : [])].find(one => secrets[one] !== undefined);
  const secretOf = (what: string): string | undefined => secrets[nameOf(what) ?? ''];
  const [password, token] = [secretOf('PASSWORD'), secretOf('TOKEN')];
  if (oauth !== undefined) {
    if (token === undefined) return lacks(`The mail account “${name}” has no refresh token.`, named('TOKEN'));
    const kept = nameOf('TOKEN') ?? named('TOKEN');
    return ok({ kind: 'refresh', oauth, token, secret: secretOf('SECRET'), name: kept });
  }
  if (token !== undefined) return ok({ kind: 'token', token });
  if (password !== undefined) return ok({ kind: 'password', password });
  return lacks(`The mail account “${name}” has no password.`, named('PASSWORD'));
}

function lacks(message: string, secret: string): Result<never> {
  const failed = fail('permanent', message, `Set it with  steward secret set ${secret} , then start Steward again.`);
  return { ok: false, failure: { ...failed.failure, fault: 'authentication' } };
}
