import path from 'node:path';
import { lstatOf } from '../../core/durable.ts';
import type { StateFolder } from '../../core/state-folder.ts';

/** Bytes that the path of a socket may have (unix(7)), with what ssh adds while it makes one. */
const LONGEST_SOCKET = 104 - 20;
/** Seconds for which a connection that nobody uses is kept. */
const KEPT = 600;

/** A word for the shell that git hands GIT_SSH_COMMAND to. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * How a node reaches a remote over SSH, as arguments of ssh(1): by its own key where it has one, never asking, to hosts
 * whose keys are pinned, over one connection that is kept.
 */
export function sshOptions(state: Pick<StateFolder, 'root'>, keyFile: string): readonly string[] {
  const control = path.join(state.root, 'sync', 's-%C');
  const known = path.join(state.root, 'sync', 'known_hosts');
  const options = [
    'BatchMode=yes',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
    'StrictHostKeyChecking=yes',
    ...(lstatOf(known) === undefined ? [] : [`UserKnownHostsFile=${known}`, 'GlobalKnownHostsFile=/dev/null']),
    ...(lstatOf(keyFile) === undefined ? [] : [`IdentityFile=${keyFile}`, 'IdentitiesOnly=yes', 'IdentityAgent=none']),
    ...(control.length + 38 > LONGEST_SOCKET
      ? []
      : ['ControlMaster=auto', `ControlPath=${control}`, `ControlPersist=${KEPT}`]),
  ];
  return options.flatMap(option => ['-o', option]);
}

/** The same for git (GIT_SSH_COMMAND). */
export const sshCommand = (state: Pick<StateFolder, 'root'>, keyFile: string): string =>
  ['ssh', ...sshOptions(state, keyFile).map(quoted)].join(' ');
