import { readdirSync } from 'node:fs';
import type { Environment } from '../../core/config.ts';
import { ensureFolder, lstatOf } from '../../core/durable.ts';
import { ensureNodeKey, nodeKeyFile } from '../../core/node-key.ts';
import { EXIT, type OpenVault, openVault } from '../../core/open-vault.ts';
import { fail, type Result } from '../../core/outcome.ts';
import { fingerprintOf, readPublicKey } from '../../core/ssh-key.ts';
import { createIdentity, vaultIdentity } from '../../core/state-folder.ts';
import { placeOf } from '../../orchestrator/sync/remote-place.ts';
import { quote } from '../doctor/finding.ts';
import { codeOf, type Invitation, readInvitation } from '../pair/code.ts';
import { pinHost } from '../pair/host-keys.ts';
import { reach } from '../pair/reach.ts';
import { changeSettings } from '../pair/settings.ts';
import { lineOf, refuse, TERMINAL, tellToRestart, vaultId } from './pair.ts';
import { syncOnce } from './syncer-process.ts';

/** Makes this computer the second node of a vault, by the code of the first. Doing it again changes nothing. */
export async function join(environment: Environment, code: string, talk = TERMINAL): Promise<number> {
  const invited = readInvitation(code);
  if (!invited.ok) return refuse(invited.failure, talk);
  const { from, as, remote, host_keys: hostKeys } = invited.value;
  const theirs = readPublicKey(from.key);
  if (!theirs.ok) return refuse(theirs.failure, talk);
  const opened = openNew(environment, invited.value);
  if (!opened.ok) return refuse(opened.failure, talk);
  const { state, config } = opened.value;
  if (config.sync !== undefined && config.sync.remote !== remote) {
    const message = `This vault is synced with ${config.sync.remote} already.`;
    return refuse({ kind: 'denied', message, mend: `Change \`sync: remote:\` in ${state.config} first.` }, talk);
  }
  const place = placeOf(remote);
  if (place.kind === 'ssh') pinHost(state, place, hostKeys);
  const key = ensureNodeKey(nodeKeyFile(state, config.sync), as.node, state);
  if (!key.ok) return refuse(key.failure, talk);
  if (key.value.blob === theirs.value.blob || (config.sync !== undefined && config.node !== as.node)) {
    const message = `This computer is the node “${config.node}” of this vault already.`;
    return refuse({ kind: 'denied', message, mend: 'Run this on the other one.' }, talk);
  }
  const changed = changeSettings(state, [
    [['node'], as.node],
    [['role'], as.role],
    [['sync', 'remote'], remote],
    [['peers', from.node, 'key'], lineOf(theirs.value, from.node)],
    [['peers', from.node, 'role'], from.role],
  ]);
  if (!changed.ok) return refuse(changed.failure, talk);
  talk.say(`vault      ${opened.value.root}`);
  talk.say(`remote     ${remote}`);
  talk.say(`paired     ${from.node} (${from.role})  ${fingerprintOf(theirs.value.blob)}`);
  talk.say(`this node  ${as.node} (${as.role})  ${fingerprintOf(key.value.blob)}`);
  const reply = codeOf('reply', { v: 1, vault: vaultId(opened.value), ...as, key: lineOf(key.value, as.node) });
  talk.say(`\nBack on “${from.node}”, run this, and compare the fingerprints:\n\nsteward pair accept ${reply}\n`);
  talk.say(`Then, here:  steward pair finish --vault ${quote(environment.vault)}`);
  return EXIT.ok;
}

/** The vault that is to be the second place of another: new, empty, or one that has been joined already. */
function openNew(environment: Environment, { vault: id }: Invitation): Result<OpenVault> {
  const { vault } = environment;
  const known = lstatOf(vault) === undefined ? undefined : vaultIdentity(vault);
  if (known?.ok && known.value !== id) {
    const mend = 'Name a new folder for this one:  --vault DIR';
    return fail('denied', `${vault} is another vault of yours.`, mend);
  }
  if (known?.ok !== true) {
    if (known?.failure.kind === 'permanent') return known;
    const holds = known === undefined ? [] : readdirSync(vault).filter(name => name !== '.obsidian');
    if (holds.length > 0) {
      const mend = 'Name a new or an empty folder:  --vault DIR';
      return fail('denied', `${vault} is not empty (it holds ${holds.slice(0, 3).join(', ')}).`, mend);
    }
    ensureFolder(vault);
    createIdentity(vault, id);
  }
  return openVault(environment);
}

/** Tries the remote, and fetches the vault for the first time. */
export async function finish(environment: Environment, talk = TERMINAL): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return refuse(opened.failure, talk);
  const { state, config, root } = opened.value;
  if (config.sync === undefined) {
    const mend = 'On the first node:  steward pair invite';
    return refuse({ kind: 'invalid', message: 'This vault is not paired with any node yet.', mend }, talk);
  }
  const reached = await reach(state, nodeKeyFile(state, config.sync), config.sync.remote);
  if (!reached.ok) {
    const { failure } = reached;
    const mend = 'On the first node:  steward pair accept CODE  with the code that `steward pair join` printed here.';
    return refuse(failure.kind === 'denied' && failure.mend === undefined ? { ...failure, mend } : failure, talk);
  }
  const code = await syncOnce(environment, root, talk.say);
  if (code === EXIT.taken) {
    tellToRestart(opened.value, talk);
    return EXIT.ok;
  }
  if (code !== EXIT.ok)
    return refuse(fail('retryable', 'The vault could not be fetched yet.', 'Try again.').failure, talk);
  const isHere = readdirSync(root).some(name => !name.startsWith('.'));
  const told = isHere ? 'The vault is here.' : 'The vault comes once Steward has run on the other computer.';
  talk.say(`${told} Next:  steward start --vault ${quote(root)}`);
  return EXIT.ok;
}
