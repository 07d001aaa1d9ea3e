import { Resolver } from 'node:dns/promises';

/** How the outside is asked where a domain has its servers. Every answer may be none: nothing here fails. */
export type Lookups = {
  /** The targets of SRV records (RFC 2782), best first. */
  readonly srv: (name: string) => Promise<readonly { readonly host: string; readonly port: number }[]>;
  /** The servers that take in a domain’s mail. */
  readonly mx: (domain: string) => Promise<readonly string[]>;
  /** A small document from an address that begins with https. */
  readonly page: (url: string) => Promise<string | undefined>;
  /** Where an address sends on to, without following. */
  readonly redirect: (url: string) => Promise<string | undefined>;
};

/** Milliseconds for one answer: without a network nobody waits long. */
const PATIENCE = 3000;
const MOST_BYTES = 256 * 1024;

/** Ends of names that stand for nobody (RFC 6761, RFC 6762): they are not asked for. */
const NOBODY = /(^|\.)(test|example|invalid|localhost|local|onion|internal|home\.arpa)$/i;

async function fetched(url: string, redirect: 'error' | 'manual'): Promise<Response | undefined> {
  if (NOBODY.test(new URL(url).hostname)) return undefined;
  try {
    return await fetch(url, { redirect, signal: AbortSignal.timeout(PATIENCE), headers: { accept: 'text/xml, */*' } });
  } catch {
    return undefined;
  }
}

/** Asks the network. */
export function networkLookups(): Lookups {
  const resolver = new Resolver({ timeout: PATIENCE, tries: 1 });
  return {
    srv: async name => {
      if (NOBODY.test(name)) return [];
      const found = await resolver.resolveSrv(name).catch(() => []);
      // A single dot says that there is no such service (RFC 6186, section 3.4).
      const offered = found.filter(({ name: host }) => host !== '' && host !== '.');
      return offered
        .sort((a, b) => a.priority - b.priority || b.weight - a.weight)
        .map(({ name: host, port }) => ({ host, port }));
    },
    mx: async domain => {
      if (NOBODY.test(domain)) return [];
      const found = await resolver.resolveMx(domain).catch(() => []);
      return found.sort((a, b) => a.priority - b.priority).map(({ exchange }) => exchange);
    },
    page: async url => {
      const response = await fetched(url, 'error');
      if (!response?.ok || Number(response.headers.get('content-length') ?? 0) > MOST_BYTES) {
        await response?.body?.cancel().catch(() => undefined);
        return undefined;
      }
      const text = await response.text().catch(() => undefined);
      return text === undefined || text.length > MOST_BYTES ? undefined : text;
    },
    redirect: async url => {
      const response = await fetched(url, 'manual');
      await response?.body?.cancel().catch(() => undefined);
      const to = response?.headers.get('location') ?? undefined;
      return to === undefined ? undefined : URL.parse(to, url)?.href;
    },
  };
}

/** Asks nobody. */
export const NO_LOOKUPS: Lookups = {
  srv: async () => [],
  mx: async () => [],
  page: async () => undefined,
  redirect: async () => undefined,
};
