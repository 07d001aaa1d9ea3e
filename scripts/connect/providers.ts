/** How a server is reached: encrypted from the start, or after STARTTLS; `none` only on this machine. */
export type Security = 'tls' | 'starttls' | 'none';
export type Server = { readonly host: string; readonly port: number; readonly security: Security };
export type MailServers = { readonly imap: Server; readonly smtp: Server };

/** What a person has to do at a provider before its password works here. */
export type Hint = { readonly text: string; readonly url?: string };

export type Provider = {
  readonly name: string;
  /** Domains of addresses that are this provider’s. */
  readonly domains: RegExp;
  /** The servers that take in mail for other domains which are kept there (MX records). */
  readonly mx?: RegExp;
  readonly mail?: MailServers;
  readonly contacts?: string;
  /** Where access tokens are got, and what for: told where a person logs in by OAuth2. */
  readonly oauth?: { readonly token_url: string; readonly scope?: string };
  readonly hint?: Hint;
  /** Why a password cannot work for one of both: told before anything is asked. */
  readonly cannot?: { readonly mail?: Hint; readonly contacts?: Hint };
};

const tls = (host: string, port: number): Server => ({ host, port, security: 'tls' });
const starttls = (host: string, port: number): Server => ({ host, port, security: 'starttls' });
/** The two ports that most have: IMAP over TLS, and submission over TLS or with STARTTLS (RFC 8314). */
const usual = (imap: string, smtp: string, isStarttls = false): MailServers => ({
  imap: tls(imap, 993),
  smtp: isStarttls ? starttls(smtp, 587) : tls(smtp, 465),
});

const appPassword = (who: string, where: string, url: string): Hint => ({
  text: `${who} takes no ordinary password from programs. Make an app password (${where}) and use that here.`,
  url,
});
const NO_PASSWORDS =
  'lets programs in with an access token only (OAuth2), not with a password. What there is to set up stands in the README under “Connect your mail”.';

/** The providers that most private mail lies at. What a domain says of itself is asked for all others. */
export const PROVIDERS: readonly Provider[] = [
  {
    name: 'Gmail',
    domains: /^(gmail|googlemail)\.com$/,
    mx: /\.(google|googlemail)\.com$/,
    mail: usual('imap.gmail.com', 'smtp.gmail.com'),
    oauth: { token_url: 'https://oauth2.googleapis.com/token' },
    hint: appPassword(
      'Google',
      'two-step verification must be on: Google account, Security, App passwords',
      'https://myaccount.google.com/apppasswords',
    ),
    cannot: {
      contacts: {
        text: 'Google gives its address book only to programs that it has let in itself (OAuth2), not for a password. Export your contacts there into another address book, or name people in Memory/People.',
      },
    },
  },
  {
    name: 'Outlook',
    domains: /^((outlook|hotmail|live|msn)\.[a-z.]{2,6}|passport\.com)$/,
    mx: /\.(olc|mail)\.protection\.outlook\.com$/,
    mail: usual('outlook.office365.com', 'smtp-mail.outlook.com', true),
    oauth: {
      token_url: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
      scope: 'https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access',
    },
    cannot: {
      mail: { text: `Microsoft ${NO_PASSWORDS}` },
      contacts: { text: 'Microsoft offers no address book that is read by CardDAV.' },
    },
  },
  {
    name: 'iCloud',
    domains: /^(icloud|me|mac)\.com$/,
    mx: /\.mail\.icloud\.com$/,
    mail: usual('imap.mail.me.com', 'smtp.mail.me.com', true),
    contacts: 'https://contacts.icloud.com/',
    hint: appPassword('Apple', 'Sign-In and Security, App-Specific Passwords', 'https://account.apple.com/'),
  },
  {
    name: 'Fastmail',
    domains: /^(fastmail\.(com|fm|net|org)|sent\.com|messagingengine\.com)$/,
    mx: /\.messagingengine\.com$/,
    mail: usual('imap.fastmail.com', 'smtp.fastmail.com'),
    contacts: 'https://carddav.fastmail.com/',
    hint: appPassword(
      'Fastmail',
      'Settings, Privacy & Security, Manage app passwords',
      'https://app.fastmail.com/settings/security/apps',
    ),
  },
  {
    name: 'Yahoo',
    domains: /^((yahoo|ymail|rocketmail)\.[a-z.]{2,6}|myyahoo\.com)$/,
    mx: /\.yahoodns\.net$/,
    mail: usual('imap.mail.yahoo.com', 'smtp.mail.yahoo.com'),
    contacts: 'https://carddav.address.yahoo.com/',
    hint: appPassword('Yahoo', 'Account security, App passwords', 'https://login.yahoo.com/account/security'),
  },
  {
    name: 'AOL',
    domains: /^(aol\.[a-z.]{2,6}|aim\.com)$/,
    mail: usual('imap.aol.com', 'smtp.aol.com'),
    hint: appPassword('AOL', 'Account security, App passwords', 'https://login.aol.com/account/security'),
  },
  {
    name: 'GMX',
    domains: /^gmx\.(net|de|at|ch|org|info|biz|li)$/,
    mail: usual('imap.gmx.net', 'mail.gmx.net'),
    contacts: 'https://carddav.gmx.net/',
    hint: {
      text: 'GMX lets programs in once “POP3 & IMAP” is switched on in its settings; with two-factor login it wants an app password.',
    },
  },
  {
    name: 'GMX',
    domains: /^gmx\.(com|us|co\.uk|fr|es)$/,
    mail: usual('imap.gmx.com', 'mail.gmx.com'),
    hint: {
      text: 'GMX lets programs in once “POP3 & IMAP” is switched on in its settings; with two-factor login it wants an app password.',
    },
  },
  {
    name: 'WEB.DE',
    domains: /^web\.de$/,
    mail: usual('imap.web.de', 'smtp.web.de', true),
    contacts: 'https://carddav.web.de/',
    hint: {
      text: 'WEB.DE lets programs in once “POP3 & IMAP” is switched on in its settings; with two-factor login it wants an app password.',
    },
  },
  {
    name: 'Telekom',
    domains: /^(t-online|magenta)\.de$/,
    mail: usual('secureimap.t-online.de', 'securesmtp.t-online.de'),
    contacts: 'https://spica.t-online.de/',
    hint: {
      text: 'Telekom has a password of its own for mail programs: set it in its E-Mail Center, under passwords.',
    },
  },
  {
    name: 'Posteo',
    domains: /^posteo\.[a-z]{2,3}$/,
    mail: usual('posteo.de', 'posteo.de'),
    contacts: 'https://posteo.de:8443/',
  },
  {
    name: 'mailbox.org',
    domains: /^mailbox\.org$/,
    mx: /\.mailbox\.org$/,
    mail: usual('imap.mailbox.org', 'smtp.mailbox.org'),
    contacts: 'https://dav.mailbox.org/',
    hint: {
      text: 'With two-factor login mailbox.org wants an app password: Settings, Security, Application passwords.',
    },
  },
  {
    name: 'Proton',
    domains: /^(proton\.me|protonmail\.(com|ch)|pm\.me)$/,
    mx: /\.protonmail\.ch$/,
    mail: {
      imap: { host: '127.0.0.1', port: 1143, security: 'none' },
      smtp: { host: '127.0.0.1', port: 1025, security: 'none' },
    },
    hint: {
      text: 'Proton is read through Proton Mail Bridge on this computer: user and password are those that Bridge shows, not those of Proton.',
      url: 'https://proton.me/mail/bridge',
    },
    cannot: { contacts: { text: 'Proton offers no address book that is read by CardDAV.' } },
  },
  {
    name: 'Tuta',
    domains: /^(tuta(nota)?\.(com|de|io)|tutamail\.com|keemail\.me)$/,
    cannot: {
      mail: { text: 'Tuta lets no other program read its mail: it offers no IMAP.' },
      contacts: { text: 'Tuta offers no address book that is read by CardDAV.' },
    },
  },
  {
    name: 'Zoho',
    domains: /^(zoho\.com|zohomail\.com)$/,
    mx: /\.zoho\.(com|eu|in)$/,
    mail: usual('imap.zoho.com', 'smtp.zoho.com'),
    contacts: 'https://contacts.zoho.com/',
    hint: {
      text: 'Zoho lets programs in once IMAP is switched on in its settings; with two-factor login it wants an app password.',
    },
  },
  {
    name: 'Yandex',
    domains: /^yandex\.[a-z]{2,3}$/,
    mx: /\.yandex\.(net|ru)$/,
    mail: usual('imap.yandex.com', 'smtp.yandex.com'),
    contacts: 'https://carddav.yandex.ru/',
    hint: appPassword('Yandex', 'Yandex ID, Security, App passwords', 'https://id.yandex.com/security/app-passwords'),
  },
  {
    name: 'Infomaniak',
    domains: /^(ik\.me|infomaniak\.com|etik\.com)$/,
    mx: /\.infomaniak\.(ch|com)$/,
    mail: usual('mail.infomaniak.com', 'mail.infomaniak.com'),
    contacts: 'https://sync.infomaniak.com/',
  },
  {
    name: 'IONOS',
    domains: /^(online|onlinehome)\.de$/,
    mx: /\.(ionos|kundenserver)\.(de|com)$/,
    mail: usual('imap.ionos.de', 'smtp.ionos.de'),
  },
  { name: 'STRATO', domains: /^strato\.de$/, mx: /\.rzone\.de$/, mail: usual('imap.strato.de', 'smtp.strato.de') },
  { name: 'OVH', domains: /^ovh\.net$/, mx: /\.mail\.ovh\.net$/, mail: usual('ssl0.ovh.net', 'ssl0.ovh.net') },
  { name: 'Migadu', domains: /^migadu\.com$/, mx: /\.migadu\.com$/, mail: usual('imap.migadu.com', 'smtp.migadu.com') },
  { name: 'freenet', domains: /^freenet\.de$/, mail: usual('mx.freenet.de', 'mx.freenet.de') },
];

export const providerOf = (domain: string): Provider | undefined =>
  PROVIDERS.find(({ domains }) => domains.test(domain.toLowerCase()));

/** The provider that a domain has its mail taken in by. */
export const providerByMx = (exchanges: readonly string[]): Provider | undefined =>
  PROVIDERS.find(
    ({ mx }) => mx !== undefined && exchanges.some(host => mx.test(`.${host.toLowerCase().replace(/\.$/, '')}`)),
  );
