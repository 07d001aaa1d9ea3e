import type { Reach } from './reach.ts';
import { type NodeName, type Peers, type Role, type Runs, roleOf } from './sync-settings.ts';

/**
 * What a node is for. A `local` node is where the person is: decisions, sends, `Dashboard.md` and the filing of what was
 * decided happen there. A `cloud` node is always on: it watches, thinks and drafts, and what it may not do itself it
 * prepares for a local one.
 */
export type Zone = {
  readonly node: NodeName;
  readonly role?: Role | undefined;
  readonly peers: Peers;
  readonly runs: Runs;
};

export const isCloud = ({ node, role }: Pick<Zone, 'node' | 'role'>): boolean => roleOf(node, role) === 'cloud';

/** The node where the person decides: this one, or for a cloud node the first local one that it was paired with. */
export function nodeOfPerson({ node, role, peers }: Omit<Zone, 'runs'>): NodeName {
  if (!isCloud({ node, role })) return node;
  return Object.keys(peers).find(name => peers[name]?.role === 'local') ?? 'local';
}

/** What `runs:` names for something, the narrowest first: `email.send`, then `email.*`, then `*`. */
function named(runs: Runs, [part, what]: readonly [string, string]): NodeName | undefined {
  return runs[`${part}.${what}`] ?? runs[`${part}.*`];
}

/** What `runs:` says of an action that either node may do: whichever is first at the remote does it. */
const EITHER: NodeName = 'either';

/** Whether an action is pinned to no node, so that it must be known which one does it before it begins. */
export const isEithers = ({ server, tool }: { readonly server: string; readonly tool: string }, runs: Runs): boolean =>
  (named(runs, [server, tool]) ?? runs['*']) === EITHER;

/**
 * The one node that does an action. A cloud node keeps drafts, which leave no computer, and what `runs:` gives it; all
 * else goes to where the person is, as does whatever the person must be asked about. Nothing goes the other way: what a
 * local node prepares it does itself, unless `runs:` gives it to another local one.
 */
export function nodeFor(
  action: { readonly server: string; readonly tool: string; readonly reach: Reach; readonly isAsked: boolean },
  zone: Zone,
): NodeName {
  const { node, peers, runs } = zone;
  const given = named(runs, [action.server, action.tool]) ?? runs['*'];
  const theirs = nodeOfPerson(zone);
  if (isCloud(zone)) {
    if (action.isAsked || !mayRunInCloud(action.server)) return theirs;
    if (given === EITHER) return node;
    if (given !== undefined && given !== node) return given;
    const isDraft = action.reach.does === 'draft' && !action.reach.egress;
    return named(runs, [action.server, action.tool]) === node || isDraft ? node : theirs;
  }
  return given !== undefined && peers[given]?.role === 'local' ? given : node;
}

/**
 * Servers and watchers whose accounts are the person’s alone: sessions of messengers, banks, payments. A cloud node holds
 * nothing of theirs, whatever `runs:` says, since whoever takes that computer has what is on it.
 */
const LOCAL_ONLY =
  /^(whatsapp|signal|telegram|sms|bank|banking|fints|ebics|psd2|finance|payment|payments|pay|paypal|stripe|wise|sepa|wallet|crypto)/i;
/** Parts of the name of a secret that tell the same of one account of another server. */
const LOCAL_PARTS =
  /_(WHATSAPP|SIGNAL|BANK|BANKING|FINTS|EBICS|PAYMENT|PAYMENTS|PAY|PAYPAL|STRIPE|SEPA|SIGNING|APPROVAL)_/;

const mayRunInCloud = (name: string): boolean => !LOCAL_ONLY.test(name);

/** Whether a watcher works on this node: where `runs:` gives `watcher.<name>` to a node, only there. */
export function watchesHere(watcher: string, zone: Zone): boolean {
  if (isCloud(zone) && !mayRunInCloud(watcher)) return false;
  const given = named(zone.runs, ['watcher', watcher]);
  return given === undefined || given === zone.node;
}

/** Whether a role (`Agents/<role>/`) works on this node: where `runs:` gives `role.<name>` to a node, only there. */
export function roleWorksHere(role: string, { node, runs }: Zone): boolean {
  const given = named(runs, ['role', role]);
  return given === undefined || given === node;
}

/** The secrets among these that a node must never hold, by name: none on a local node. */
const forbiddenSecrets = (names: readonly string[], zone: Pick<Zone, 'node' | 'role'>): readonly string[] =>
  isCloud(zone) ? names.filter(name => LOCAL_ONLY.test(name.replace(/^STEWARD_/, '')) || LOCAL_PARTS.test(name)) : [];

/** What lies on a node: names of secrets, what is configured, and files of private keys whose owners may approve. */
export type Held = {
  readonly secrets: readonly string[];
  readonly servers: readonly string[];
  readonly watchers: readonly string[];
  readonly approving: readonly string[];
};

/** Why a node must not start as it is, as one sentence each with what to do; empty where nothing speaks against it. */
export function faultsOfNode(zone: Pick<Zone, 'node' | 'role'>, held: Held): readonly string[] {
  if (!isCloud(zone)) return [];
  const keys = held.approving.map(
    file =>
      `${file} on the cloud node “${zone.node}” is a key that may approve, so whoever takes this machine could decide in your place. Move it to your own computer, or there:  steward key revoke`,
  );
  const secrets = forbiddenSecrets([...new Set(held.secrets)], zone).map(
    name =>
      `The cloud node “${zone.node}” holds ${name}, which must never leave your own computer. Take it away here (steward secret remove ${name}, or out of the environment), and change it at the provider, since it was on this machine.`,
  );
  const configured = [
    ...held.servers.filter(name => !mayRunInCloud(name)).map(name => `servers.${name}`),
    ...held.watchers.filter(name => !mayRunInCloud(name)).map(name => `watchers.${name}`),
  ].map(
    key =>
      `config.yaml of the cloud node “${zone.node}” has ${key}, which is for your own computer alone. Take it out here.`,
  );
  return [...secrets, ...configured, ...keys];
}
