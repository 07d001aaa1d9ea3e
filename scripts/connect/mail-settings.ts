import type { ConfigFile } from '../../core/config.ts';
import { Json } from '../../core/digest.ts';
import type { OAuth } from '../../core/oauth.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { CLIENT_SECRET, Settings as Email, PASSWORD, TOKEN } from '../../mcp-servers/email/settings.ts';
import { Settings as Mail } from '../../watchers/mail/settings.ts';
import type { Setting } from './keep.ts';
import type { MailServers, Server } from './providers.ts';

/** A mail account as it was entered and let in. `sends`: whether mail is sent from it, too. */
export type MailAccount = {
  readonly name: string;
  readonly address: string;
  readonly user: string;
  readonly servers: MailServers;
  readonly sends: boolean;
};

/** What access tokens are got with: all but `oauth` is secret. */
export type OAuthLogin = {
  readonly kind: 'oauth';
  readonly oauth: OAuth;
  readonly refresh: string;
  /** The client’s own, where the provider gave one. */
  readonly secret: string | undefined;
};
/** What lets Steward in. */
export type MailLogin = { readonly kind: 'password'; readonly password: string } | OAuthLogin;

const mailSecret = (name: string, what: 'PASSWORD' | 'TOKEN' | 'SECRET'): string =>
  `STEWARD_MAIL_${name.toUpperCase()}_${what}`;

const accountsIn = (config: ConfigFile): Readonly<Record<string, { readonly address: string }>> => {
  const parsed = Mail.safeParse(config.watchers.mail);
  return parsed.success ? parsed.data.accounts : {};
};

/** The name of an account: the one that it has already, else `main`, else after its domain. */
export function accountName(address: string, config: ConfigFile): string {
  const accounts = accountsIn(config);
  const known = Object.keys(accounts).find(name => accounts[name]?.address.toLowerCase() === address.toLowerCase());
  if (known !== undefined) return known;
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  const label =
    domain
      .split('.')[0]
      ?.replace(/[^a-z0-9]/g, '')
      .slice(0, 16) || 'mail';
  const names = ['main', label, ...Array.from({ length: 99 }, (_, index) => `${label}${index + 2}`)];
  return names.find(name => !Object.hasOwn(accounts, name)) ?? label;
}

/** The address that mail is sent from now; undefined where mail is only drafted. */
export function sendsFrom(config: ConfigFile): string | undefined {
  const parsed = Email.safeParse(config.servers.email ?? null);
  return parsed.success ? parsed.data?.from : undefined;
}

/** What has to stand in `config.yaml` for an account; what else was told there of it stays. */
export function mailSettings(
  { name, address, user, servers, sends }: MailAccount,
  login: MailLogin,
): readonly Setting[] {
  const under = (at: readonly string[], values: Readonly<Record<string, Json | undefined>>): Setting[] =>
    Object.entries(values).map(([key, value]) => ({ at: [...at, key], value }));
  const place = ({ host, port, security }: Server) => ({ host, port, security });
  const told = user === address ? undefined : user;
  const oauth = login.kind === 'oauth' ? Json.parse(login.oauth) : undefined;
  return [
    ...under(['watchers', 'mail', 'accounts', name], { address, ...place(servers.imap), user: told, oauth }),
    ...(sends
      ? [
          ...under(['servers', 'email'], { from: address, ...place(servers.smtp), user, oauth }),
          ...under(['servers', 'email', 'imap'], { ...place(servers.imap), user: undefined }),
        ]
      : []),
  ];
}

/** The secrets of an account; undefined are those that are not to be there. */
export function mailSecrets(
  { name, sends }: MailAccount,
  login: MailLogin,
): Readonly<Record<string, string | undefined>> {
  if (login.kind === 'password')
    return { [mailSecret(name, 'PASSWORD')]: login.password, ...(sends ? { [PASSWORD]: login.password } : {}) };
  return {
    ...{ [mailSecret(name, 'TOKEN')]: login.refresh, [mailSecret(name, 'SECRET')]: login.secret },
    ...(sends ? { [TOKEN]: login.refresh, [CLIENT_SECRET]: login.secret } : {}),
  };
}

/** Whether what would stand in `config.yaml` is what watcher and action server read. */
export function checkMailSettings(config: ConfigFile): Result<undefined> {
  const [mail, email] = [Mail.safeParse(config.watchers.mail), Email.safeParse(config.servers.email ?? null)];
  const [issue] = [...(mail.error?.issues ?? []), ...(email.error?.issues ?? [])];
  if (issue === undefined) return ok(undefined);
  const part = mail.success ? 'servers.email' : 'watchers.mail';
  return fail(
    'invalid',
    `${[part, ...issue.path].join('.')} in config.yaml: ${issue.message}.`,
    'Mend it, then connect again. Nothing was changed.',
  );
}
