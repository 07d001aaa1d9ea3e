import { readAutoconfig } from './autoconfig.ts';
import type { Lookups } from './lookups.ts';
import { type Hint, type MailServers, type Provider, providerByMx, providerOf } from './providers.ts';

/** Servers that were found, and who says so, as the end of “found …”. */
export type Found = {
  readonly servers: MailServers;
  readonly user: string;
  readonly by: string;
  readonly provider?: Provider;
};

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase();

/**
 * The servers of an address: of a provider that is known; else what its domain says by SRV records (RFC 6186), by
 * Mozilla’s autoconfiguration on a server of its own, by who takes in its mail, or by Mozilla’s list; else the names
 * that most have. Whatever is found is only a suggestion: it is shown, and the person confirms it.
 */
export async function findMailServers(address: string, lookups: Lookups): Promise<Found> {
  const domain = domainOf(address);
  const known = providerOf(domain);
  if (known?.mail !== undefined) return ofProvider(known, known.mail, address, `${known.name}’s, as they are known`);
  const asked = encodeURIComponent(address);
  const [srv, own, exchanges] = await Promise.all([
    bySrv(domain, lookups),
    lookups.page(`https://autoconfig.${domain}/mail/config-v1.1.xml?emailaddress=${asked}`),
    lookups.mx(domain),
  ]);
  if (srv !== undefined) return { servers: srv, user: address, by: `what ${domain} says in its DNS` };
  const said = own === undefined ? undefined : readAutoconfig(own, address);
  if (said !== undefined) return { servers: said, user: said.user, by: `what autoconfig.${domain} says` };
  const provider = providerByMx(exchanges);
  if (provider?.mail !== undefined)
    return ofProvider(
      provider,
      provider.mail,
      address,
      `those of ${provider.name}, which takes in the mail of ${domain}`,
    );
  const listed = await lookups.page(`https://autoconfig.thunderbird.net/v1.1/${encodeURIComponent(domain)}`);
  const list = listed === undefined ? undefined : readAutoconfig(listed, address);
  if (list !== undefined) return { servers: list, user: list.user, by: `what Mozilla’s list says of ${domain}` };
  return { servers: guess(domain), user: address, by: 'a guess: nobody says where the mail of this domain lies' };
}

const ofProvider = (provider: Provider, servers: MailServers, user: string, by: string): Found => ({
  servers,
  user,
  by,
  provider,
});

async function bySrv(domain: string, { srv }: Lookups): Promise<MailServers | undefined> {
  const [imaps, imap, submissions, submission] = await Promise.all(
    ['_imaps', '_imap', '_submissions', '_submission'].map(async name => (await srv(`${name}._tcp.${domain}`))[0]),
  );
  const incoming =
    imaps === undefined
      ? imap && ({ ...imap, security: 'starttls' } as const)
      : ({ ...imaps, security: 'tls' } as const);
  const outgoing =
    submissions === undefined
      ? submission && ({ ...submission, security: 'starttls' } as const)
      : ({ ...submissions, security: 'tls' } as const);
  return incoming === undefined || outgoing === undefined ? undefined : { imap: incoming, smtp: outgoing };
}

const guess = (domain: string): MailServers => ({
  imap: { host: `imap.${domain}`, port: 993, security: 'tls' },
  smtp: { host: `smtp.${domain}`, port: 587, security: 'starttls' },
});

/** What has to be done at the provider of an address before its password works, and why it may never. */
export function hintsOf(
  address: string,
  provider = providerOf(domainOf(address)),
): {
  readonly hint: Hint | undefined;
  readonly cannot: NonNullable<Provider['cannot']>;
} {
  return { hint: provider?.hint, cannot: provider?.cannot ?? {} };
}

/** Where an address’s contacts may lie: of a known provider, by SRV records, or by its own well-known address (RFC 6764). */
export async function findContactsUrl(
  address: string,
  lookups: Lookups,
): Promise<{ readonly url: string; readonly by: string; readonly provider?: Provider }> {
  const domain = domainOf(address);
  const known = providerOf(domain) ?? providerByMx(await lookups.mx(domain));
  if (known?.contacts !== undefined)
    return { url: known.contacts, by: `${known.name}’s, as it is known`, provider: known };
  const [[server], redirect] = await Promise.all([
    lookups.srv(`_carddavs._tcp.${domain}`),
    lookups.redirect(`https://${domain}/.well-known/carddav`),
  ]);
  if (server !== undefined) {
    const port = server.port === 443 ? '' : `:${server.port}`;
    return { url: `https://${server.host}${port}/.well-known/carddav`, by: `what ${domain} says in its DNS` };
  }
  if (redirect?.startsWith('https://')) return { url: redirect, by: `where ${domain} sends on to` };
  return {
    url: `https://${domain}/`,
    by: 'a guess: nobody says where the contacts of this domain lie',
    ...(known === undefined ? {} : { provider: known }),
  };
}
