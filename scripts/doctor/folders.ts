import { accessSync, constants, realpathSync } from 'node:fs';
import path from 'node:path';
import { type Environment, parseConfig, readConfig } from '../../core/config.ts';
import { lstatOf } from '../../core/durable.ts';
import { messageOf, sentence } from '../../core/outcome.ts';
import { entanglement, FORMAT, stateFolderOf, vaultIdentity, vaultOnRecord } from '../../core/state-folder.ts';
import { FOLDERS } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';
import { broken, type Finding, fine, type Patient, quote, some, warn } from './finding.ts';

/** Folders through which control passes: whoever can write there can approve. */
const CONTROL = ['.', FOLDERS.approved, FOLDERS.pending, FOLDERS.questions, FOLDERS.skills] as const;
const FLOW = [
  ...['.steward', FOLDERS.inbox, FOLDERS.needsAction, FOLDERS.inProgress, FOLDERS.plans, FOLDERS.pending],
  ...[FOLDERS.approved, FOLDERS.rejected, FOLDERS.questions, FOLDERS.done, FOLDERS.failed, FOLDERS.quarantine],
] as const;

/** Finds the vault, its state and its settings. Without a vault there is nothing more to look at. */
export function findPatient(
  environment: Environment,
  now: Date,
  isOffline: boolean,
): { findings: Finding[]; patient?: Patient } {
  const given = environment.vault;
  const mend = 'Make one with  steward init DIR , or name the right one with --vault or STEWARD_VAULT.';
  if (lstatOf(given) === undefined) return { findings: [broken('vault', `There is nothing at ${given}.`, mend)] };
  let root: string;
  try {
    root = realpathSync(given);
  } catch (error) {
    return { findings: [broken('vault', `${given} cannot be followed: ${messageOf(error)}.`, mend)] };
  }
  const id = vaultIdentity(root);
  if (!id.ok) return { findings: [broken('vault', id.failure.message, id.failure.mend ?? mend)] };
  const state = stateFolderOf(environment.home, root, id.value);
  const read = readConfig(state.config);
  const defaults = parseConfig('', state.config);
  if (!defaults.ok) throw new Error(sentence(defaults.failure));
  const patient: Patient = {
    ...{ environment, root, state, now, isOffline },
    id: id.value,
    vault: new Vault(root, 'person'),
    config: read.ok ? read.value : defaults.value,
    isConfigured: read.ok,
  };
  const config = read.ok
    ? fine('config', lstatOf(state.config) === undefined ? 'no config.yaml: the defaults hold' : state.config)
    : broken('config', read.failure.message, `Mend ${state.config} with any editor, then start Steward again.`);
  return { findings: [fine('vault', `${root} (format ${FORMAT}, id ${id.value})`), config], patient };
}

/** Whether vault and state are where they belong, ours, and closed to others. */
export function checkFolders(patient: Patient): readonly Finding[] {
  return [
    ...standing(patient),
    ...permissions(patient),
    ...openToOthers(patient),
    ...closed(patient),
    ...foreignPlaces(patient),
  ];
}

function standing({ root, id, state }: Patient): readonly Finding[] {
  const entangled = entanglement(root, state.root);
  if (entangled !== undefined)
    return [broken('places', entangled, 'Set STEWARD_HOME to a folder of its own, outside the vault.', 'secrets')];
  if (lstatOf(state.root) === undefined) {
    const text = `This computer has no state for the vault (${state.root}): it was copied, synced or restored, or never started here.`;
    return [warn('places', text, 'steward start  makes it. What was done elsewhere is not known here.')];
  }
  const known = vaultOnRecord(state.root, root, id);
  if (known?.isBeside) {
    const mend = `Use one of them. To use this one on its own: delete ${quote(path.join(root, '.steward/vault.json'))} and run  steward init ${quote(root)}`;
    return [broken('places', `This is a copy of the vault ${known.path}, and both share one record.`, mend, 'records')];
  }
  if (known !== undefined && known.path !== root)
    return [fine('places', `the vault was moved here from ${known.path}; the next start takes note of it`)];
  return [fine('places', `state in ${state.root}, apart from the vault`)];
}

function permissions({ state }: Patient): readonly Finding[] {
  if (lstatOf(state.root) === undefined) return [];
  const uid = process.getuid?.();
  if (uid === undefined) return [];
  const findings: Finding[] = [];
  const key = path.join(state.keys, 'executor.pem');
  for (const file of [state.root, state.keys, key, state.config, state.ledger]) {
    const stats = lstatOf(file);
    if (stats === undefined) continue;
    if (stats.isSymbolicLink()) {
      findings.push(broken('state', `${file} is a link to another place.`, 'Put the real file or folder there.'));
    } else if (stats.uid !== uid) {
      const mend = `As root: chown -R ${uid} ${quote(state.root)}`;
      findings.push(broken('state', `${file} belongs to user ${stats.uid}, and you are ${uid}.`, mend));
    } else if ((stats.mode & 0o077) !== 0) {
      const mode = (stats.mode & 0o777).toString(8);
      const text = `Others on this computer can get at ${file} (mode ${mode}).`;
      findings.push(broken('state', text, `chmod -R go-rwx ${quote(state.root)}`));
    }
  }
  return findings.length > 0 ? findings : [fine('state', 'yours, and closed to others')];
}

function openToOthers({ root }: Patient): readonly Finding[] {
  const open = CONTROL.filter(folder => ((lstatOf(path.join(root, folder))?.mode ?? 0) & 0o022) !== 0);
  if (open.length === 0) return [];
  const text = `Others on this computer can write into ${some(open.map(folder => path.join(root, folder)))}, so they could approve.`;
  return [warn('vault', text, `chmod -R go-w ${quote(root)}`, 'control')];
}

/** Folders that Steward cannot read or write: what belongs to somebody else, or is closed to its own owner. */
function closed({ root }: Patient): readonly Finding[] {
  const shut = ['.', ...FLOW].filter(folder => {
    const file = path.join(root, folder);
    if (!lstatOf(file)?.isDirectory()) return false;
    try {
      accessSync(file, constants.R_OK | constants.W_OK | constants.X_OK);
      return false;
    } catch {
      return true;
    }
  });
  if (shut.length === 0) return [];
  const text = `Steward may not work in ${some(shut.map(folder => path.join(root, folder)))}.`;
  const mend = `chmod -R u+rwX ${quote(root)} ; where it belongs to somebody else, as root: chown -R ${process.getuid?.() ?? 'YOU'} ${quote(root)}`;
  return [broken('vault', text, mend, 'work')];
}

/** A folder of the vault that is a link, a file, or another disk: moves between folders would not be moves. */
function foreignPlaces({ root }: Patient): readonly Finding[] {
  const home = lstatOf(root)?.dev;
  return FLOW.flatMap(folder => {
    const stats = lstatOf(path.join(root, folder));
    if (stats === undefined) return [];
    if (!stats.isDirectory())
      return [broken('vault', `${folder} is not a plain folder.`, `Rename it, then run  steward init ${quote(root)}`)];
    if (stats.dev === home) return [];
    return [broken('vault', `${folder} is on another disk than the vault.`, 'Keep the whole vault on one disk.')];
  });
}
