import path from 'node:path';
import type { ConfigFile, Environment } from '../../core/config.ts';
import { ensureNodeKey, nodeKeyFile } from '../../core/node-key.ts';
import { EXIT, type OpenVault, openVault } from '../../core/open-vault.ts';
import { type Failure, fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { fingerprintOf, type PublicKey, readPublicKey } from '../../core/ssh-key.ts';
import { isLocked } from '../../core/state-folder.ts';
import { NodeName, Role, roleOf, SyncSettings } from '../../core/sync-settings.ts';
import { placeOf, type RemotePlace } from '../../orchestrator/sync/remote-place.ts';
import { quote } from '../doctor/finding.ts';
import { codeOf, type Invitation, readReply } from '../pair/code.ts';
import { type HostKey, pinHost, trustedKeys } from '../pair/host-keys.ts';
import { reach } from '../pair/reach.ts';
import { allowAtRemote, type PersonLogin, prepareRemote } from '../pair/remote.ts';
import { changeSettings, type Setting } from '../pair/settings.ts';
import { syncOnce } from './syncer-process.ts';

/** Where the words for the person go. */
export type Talk = { readonly say: (text: string) => void; readonly complain: (text: string) => void };
export const TERMINAL: Talk = {
  say: text => process.stdout.write(`${text}\n`),
  complain: text => process.stderr.write(`${text}\n`),
};

export function refuse(failure: Failure, { complain }: Talk): number {
  complain(sentence(failure));
  return failure.kind === 'retryable' ? EXIT.retry : EXIT.usage;
}

export const lineOf = ({ type, blob }: PublicKey, node: NodeName): string => `${type} ${blob} steward-${node}`;
export const vaultId = ({ state }: OpenVault): string => path.basename(state.root);

/** That a running Steward reads its settings when it starts. */
export function tellToRestart({ state }: OpenVault, talk: Talk): void {
  if (isLocked(state, 'planner') || isLocked(state, 'syncer'))
    talk.say('Steward is running: start it anew, so that it reads its new settings.');
}

export type Inviting = {
  readonly remote?: string;
  readonly name: string;
  readonly role: string;
  readonly hostKey?: string;
  readonly loginKey?: string;
  readonly hosted?: boolean;
};

/** Prepares the remote and prints what makes another computer a second node. Doing it again changes nothing. */
export async function invite(environment: Environment, options: Inviting, talk = TERMINAL): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return refuse(opened.failure, talk);
  const { state, config } = opened.value;
  const chosen = chooseNodes(config, options, talk);
  if (!chosen.ok) return refuse(chosen.failure, talk);
  const { remote, as } = chosen.value;
  const place = placeOf(remote);
  const person = personLogin(state.root, options.loginKey);
  const again = `steward pair invite --remote ${quote(remote)}`;
  const pinned = pin(opened.value, place, { named: options.hostKey, again }, talk);
  if (!pinned.ok) return refuse(pinned.failure, talk);
  const keyFile = nodeKeyFile(state, config.sync);
  const key = ensureNodeKey(keyFile, config.node, state);
  if (!key.ok) return refuse(key.failure, talk);
  if (options.hosted !== true && place.kind !== 'other') {
    const made = await prepareRemote(place, person);
    if (!made.ok) return refuse(made.failure, talk);
    const allowed = await allowAtRemote(place, person, config.node, key.value);
    if (!allowed.ok) return refuse(allowed.failure, talk);
    talk.say(`remote     ${remote}${place.kind === 'ssh' ? '  (nodes reach nothing else there)' : ''}`);
  }
  const role = roleOf(config.node, config.role);
  const changed = changeSettings(state, [
    [['node'], config.node],
    [['role'], role],
    [['sync', 'remote'], remote],
  ]);
  if (!changed.ok) return refuse(changed.failure, talk);
  talk.say(`this node  ${config.node} (${role})  ${fingerprintOf(key.value.blob)}`);
  const invitation: Invitation = {
    ...{ v: 1, vault: vaultId(opened.value), remote, host_keys: [...pinned.value] },
    from: { node: config.node, role, key: lineOf(key.value, config.node) },
    as,
  };
  const isReached = await reach(state, keyFile, remote);
  if (!isReached.ok && (options.hosted === true || place.kind === 'other')) {
    talk.say(
      `\nAdd this key at the host, so that it may write (for example as a deploy key):\n${lineOf(key.value, config.node)}`,
    );
  } else if (!isReached.ok) return refuse(isReached.failure, talk);
  talk.say(`\nOn the other computer, which will be “${as.node}” (${as.role}), run this in a new folder:\n`);
  talk.say(`steward pair join ${codeOf('invitation', invitation)} --vault ~/Steward\n`);
  talk.say('It prints what to run here next. Nothing in the code is secret.');
  tellToRestart(opened.value, talk);
  return EXIT.ok;
}

/** What the remote is and what the other node is to be, where that fits what is configured already. */
function chooseNodes(
  { sync, node, peers }: ConfigFile,
  options: Inviting,
  talk: Talk,
): Result<{ readonly remote: string; readonly as: Invitation['as'] }> {
  const given = options.remote ?? sync?.remote;
  if (given === undefined) {
    const mend = 'Name it:  steward pair invite --remote ssh://you@your-server/srv/steward/vault.git';
    return fail('invalid', 'Two nodes meet at a repository that both can reach, and none is named.', mend);
  }
  const asGiven = SyncSettings.shape.remote.safeParse(given);
  const isPath = asGiven.success && placeOf(given).kind === 'path';
  const whole = isPath ? path.resolve(given.replace(/^file:\/\//, '')) : given;
  const remote = asGiven.success ? SyncSettings.shape.remote.safeParse(whole) : asGiven;
  if (!remote.success) return fail('invalid', `“${given}” cannot be a remote: ${remote.error.issues[0]?.message}.`);
  if (sync !== undefined && sync.remote !== remote.data) {
    const mend = 'To move it, change `sync: remote:` in config.yaml on every node first.';
    return fail('denied', `This vault is synced with ${sync.remote} already.`, mend);
  }
  const name = NodeName.safeParse(options.name);
  if (!name.success)
    return fail('invalid', `“${options.name}” is no name for a node: ${name.error.issues[0]?.message}.`);
  if (name.data === 'either')
    return fail('invalid', 'No node can be called “either”: in `runs:` that means any of them.');
  const role = Role.safeParse(options.role);
  if (!role.success) return fail('invalid', `“${options.role}” is no role of a node.`, 'There are: cloud, local.');
  if (name.data === node) {
    const mend = `Give the other one another name: --name ${node === 'cloud' ? 'server' : 'cloud'}.`;
    return fail('invalid', `This node is called “${node}” itself.`, mend);
  }
  if (Object.hasOwn(peers, name.data))
    talk.say(`“${name.data}” is paired already; with this it can be again, with a new key.`);
  return ok({ remote: remote.data, as: { node: name.data, role: role.data } });
}

/** The keys of the host that the person trusts, pinned; none where there is no host. */
function pin(
  { state }: OpenVault,
  place: RemotePlace,
  { named, again }: { readonly named: string | undefined; readonly again: string },
  talk: Talk,
): Result<readonly HostKey[]> {
  if (place.kind !== 'ssh') return ok([]);
  const keys = trustedKeys(place, named, again);
  if (!keys.ok) return keys;
  pinHost(state, place, keys.value);
  talk.say(`host       ${place.host}  ${keys.value.map(({ blob }) => fingerprintOf(blob)).join(', ')}  (pinned)`);
  return keys;
}

/** How the person themselves logs in at the remote: by their own keys and settings, but only at the host that is pinned. */
function personLogin(root: string, key: string | undefined): PersonLogin {
  const known = path.join(root, 'sync', 'known_hosts');
  const options = [
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile="${known}"`,
    'ConnectTimeout=20',
    'ControlPath=none',
  ];
  if (!process.stdin.isTTY) options.push('BatchMode=yes');
  const own = key === undefined ? [] : ['-i', path.resolve(key), '-o', 'IdentitiesOnly=yes'];
  return [...own, ...options.flatMap(option => ['-o', option])];
}

export type Accepting = { readonly loginKey?: string; readonly hosted?: boolean };

/** Lets the second node in: its key at the remote, and its name and role here. */
export async function accept(
  environment: Environment,
  code: string,
  options: Accepting,
  talk = TERMINAL,
): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return refuse(opened.failure, talk);
  const { state, config, root } = opened.value;
  const reply = readReply(code);
  if (!reply.ok) return refuse(reply.failure, talk);
  const { node, role, vault, key: line } = reply.value;
  const key = readPublicKey(line);
  if (!key.ok) return refuse(key.failure, talk);
  const fault = whyNot(opened.value, vault, node, key.value);
  if (fault !== undefined) return refuse(fault, talk);
  const remote = config.sync?.remote ?? '';
  const place = placeOf(remote);
  if (options.hosted !== true && place.kind !== 'other') {
    const allowed = await allowAtRemote(place, personLogin(state.root, options.loginKey), node, key.value);
    if (!allowed.ok) return refuse(allowed.failure, talk);
  } else talk.say(`Add this key at the host, so that it may write:\n${lineOf(key.value, node)}\n`);
  const changed = changeSettings(state, [
    [['peers', node, 'key'], lineOf(key.value, node)],
    [['peers', node, 'role'], role],
  ]);
  if (!changed.ok) return refuse(changed.failure, talk);
  // So that it lies there when the other one asks for it; where that fails, the next start sees to it.
  if (options.hosted !== true) await syncOnce(environment, root, talk.say);
  talk.say(`paired     ${node} (${role})  ${fingerprintOf(key.value.blob)}`);
  talk.say('This is the fingerprint that the other computer shows too: compare the two. Then, there:');
  talk.say('\nsteward pair finish\n');
  tellToRestart(opened.value, talk);
  return EXIT.ok;
}

/** Why a reply does not count here; undefined where it does. */
function whyNot(opened: OpenVault, vault: string, node: NodeName, key: PublicKey): Failure | undefined {
  const { config, state } = opened;
  const because = (message: string, mend?: string): Failure => fail('denied', message, mend).failure;
  if (config.sync === undefined) return because('This vault is not synced yet.', 'First:  steward pair invite');
  if (vault !== vaultId(opened)) return because('The code is of another vault.', 'Name the right one with --vault.');
  if (node === config.node) return because(`This node is called “${node}” itself.`, 'Run this on the first node.');
  const own = ensureNodeKey(nodeKeyFile(state, config.sync), config.node, state);
  if (own.ok && own.value.blob === key.blob) return because('That is this node’s own key.');
  return undefined;
}

/** Parts from a node: its key counts no more, here and at the remote. */
export async function remove(
  environment: Environment,
  node: string,
  options: Accepting,
  talk = TERMINAL,
): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return refuse(opened.failure, talk);
  const { state, config } = opened.value;
  const peer = Object.hasOwn(config.peers, node) ? config.peers[node] : undefined;
  if (peer === undefined) {
    const known = Object.keys(config.peers).join(', ') || 'none';
    return refuse({ kind: 'invalid', message: `No node “${node}” is paired with this one. Paired: ${known}.` }, talk);
  }
  const gone: Setting[] = [[['peers', node], undefined]];
  const changed = changeSettings(state, gone);
  if (!changed.ok) return refuse(changed.failure, talk);
  talk.say(`parted     ${node}: what it signs no longer counts here`);
  const key = readPublicKey(peer.key);
  const place = placeOf(config.sync?.remote ?? '');
  if (!key.ok || place.kind === 'other' || options.hosted === true) {
    talk.say('Take its key out at the host too: until then it can still write there.');
    return EXIT.ok;
  }
  const taken = await allowAtRemote(place, personLogin(state.root, options.loginKey), undefined, key.value);
  if (!taken.ok) {
    talk.say(`Its key still opens the remote: ${sentence(taken.failure)}`);
    return EXIT.failure;
  }
  if (place.kind === 'ssh') talk.say(`           ${place.host} does not let it in any more`);
  tellToRestart(opened.value, talk);
  return EXIT.ok;
}

/** Who is paired: this node, and each other one with what it is for and its fingerprint. */
export function listNodes(environment: Environment, talk = TERMINAL): number {
  const opened = openVault(environment);
  if (!opened.ok) return refuse(opened.failure, talk);
  const { state, config } = opened.value;
  const own = ensureNodeKey(nodeKeyFile(state, config.sync), config.node, state);
  const shown = own.ok ? fingerprintOf(own.value.blob) : sentence(own.failure);
  talk.say(`${config.node} (${roleOf(config.node, config.role)}, this node)  ${shown}`);
  for (const [node, { role, key }] of Object.entries(config.peers)) {
    const read = readPublicKey(key);
    talk.say(`${node} (${role})  ${read.ok ? fingerprintOf(read.value.blob) : sentence(read.failure)}`);
  }
  talk.say(config.sync === undefined ? 'Nothing is synced.' : `They meet at ${config.sync.remote}`);
  return EXIT.ok;
}
