import { z } from 'zod';
import { OAuth } from '../../core/oauth.ts';
import { Address, isOneLine } from './arguments.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;
/** Providers that file what is sent through them by themselves: a copy of ours would be a second one. */
const FILES_ITSELF = /(^|\.)(gmail|googlemail)\.com$/i;

const Host = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9.:-]+$/, 'a host name');
const Port = z.int().min(1).max(65_535);
const User = z.string().min(1).max(254).refine(isOneLine, 'one line');
const Folder = z.string().min(1).max(200).refine(isOneLine, 'one line');
/** `tls` from the start, `starttls` demanded, or `none`, which is only for a server on this machine. */
const Security = z.enum(['tls', 'starttls', 'none']);

type Far = { readonly host: string; readonly security: z.infer<typeof Security> };
const isSafe = ({ security, host }: Far): boolean => security !== 'none' || LOOPBACK.test(host);
const UNSAFE = {
  path: ['security'],
  message: '“none” sends mail unencrypted and is only for a server on this machine; use tls or starttls',
};

/** `servers.email.imap`: the mailbox in which mail is found, put in order, drafted and kept. */
const Imap = z
  .strictObject({
    host: Host,
    port: Port.default(993),
    security: Security.default('tls'),
    /** Where it is another one than for sending. */
    user: User.optional(),
    /** Who puts the copy of a sent mail into Sent. Where it is not said, Steward does, unless the provider is known to. */
    sent: z.enum(['steward', 'provider']).optional(),
    /** Folders that the server does not mark as what they are (RFC 6154). */
    folders: z
      .strictObject({ sent: Folder.optional(), drafts: Folder.optional(), archive: Folder.optional() })
      .default({}),
  })
  .refine(isSafe, UNSAFE);
export type ImapSettings = z.infer<typeof Imap>;

/** `servers.email` of `config.yaml`; null where there is no account, and mail is only drafted. */
export const Settings = z
  .strictObject({
    from: Address.describe('The address that mail is sent from.'),
    name: z.string().min(1).max(100).refine(isOneLine, 'one line').optional(),
    host: Host,
    port: Port.default(587),
    security: Security.default('starttls'),
    user: User.optional(),
    imap: Imap.optional(),
    /** With it the token is a refresh token, by which access tokens are got. */
    oauth: OAuth.optional(),
    /** Hosts of the person’s own network at which a list may be left; everywhere else only public addresses count. */
    private_lists: z.array(Host).max(20).default([]),
  })
  .refine(isSafe, UNSAFE)
  .nullable();
export type Account = NonNullable<z.infer<typeof Settings>>;

/**
 * The names of the secrets: the password of both, that of the mailbox alone, and a token of OAuth2 for both (with the
 * secret of the client where the provider gave one).
 */
export const PASSWORD = 'STEWARD_EMAIL_PASSWORD';
export const IMAP_PASSWORD = 'STEWARD_EMAIL_IMAP_PASSWORD';
export const TOKEN = 'STEWARD_EMAIL_TOKEN';
export const CLIENT_SECRET = 'STEWARD_EMAIL_SECRET';

/** What lets Steward in: one of the two, and the token where both are there. */
export type Credentials = {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
};
type Secrets = Readonly<Record<string, string>>;

export const toSend = ({ user, from }: Account, secrets: Secrets): Credentials => ({
  // A token is always somebody’s.
  user: user ?? (secrets[TOKEN] === undefined ? undefined : from),
  ...{ password: secrets[PASSWORD], token: secrets[TOKEN] },
});

/** For the mailbox the address is the name to log in with, where no other is given. */
export const toLook = ({ user, from, imap }: Account, secrets: Secrets): Credentials => ({
  user: imap?.user ?? user ?? from,
  password: secrets[IMAP_PASSWORD] ?? secrets[PASSWORD],
  token: secrets[TOKEN],
});

/** Whether the provider files a sent mail itself. */
export const isFiledByProvider = ({ host, imap }: Account): boolean =>
  (imap?.sent ?? (FILES_ITSELF.test(host) ? 'provider' : 'steward')) === 'provider';
