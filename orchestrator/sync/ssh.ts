import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
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
export function sshOptions(state: Pick<StateFolder, 'root'>, keyFile: string, remote: string): readonly string[] {
  // As short as can be: with ssh’s own %C it would be too long for most homes, and every command connect anew.
  const control = path.join(state.root, `s-${sha256(remote).slice(0, 8)}`);
  const known = path.join(state.root, 'sync', 'known_hosts');
  const options = [
    'BatchMode=yes',
    'ConnectTimeout=20',
    'ServerAliveInterval=15',
    'ServerAliveCountMax=3',
    'StrictHostKeyChecking=yes',
    ...(lstatOf(known) === undefined ? [] : [`UserKnownHostsFile="${known}"`, 'GlobalKnownHostsFile=/dev/null']),
    ...(lstatOf(keyFile) === undefined
      ? []
      : [`IdentityFile="${keyFile}"`, 'IdentitiesOnly=yes', 'IdentityAgent=none']),
    ...(Buffer.byteLength(control) > LONGEST_SOCKET
      ? []
      : ['ControlMaster=auto', `ControlPath="${control}"`, `ControlPersist=${KEPT}`]),
  ];
  return options.flatMap(option => ['-o', option]);
}

/** The same for git (GIT_SSH_COMMAND). */
export const sshCommand = (state: Pick<StateFolder, 'root'>, keyFile: string, remote: string): string =>
  ['ssh', ...sshOptions(state, keyFile, remote).map(quoted)].join(' ');
