/** Where a remote is: on this computer, behind SSH, or anywhere else that git reaches. */
export type RemotePlace =
  | { readonly kind: 'path'; readonly path: string }
  | {
      readonly kind: 'ssh';
      /** As ssh(1) takes it: `user@host` or `host`. */
      readonly login: string;
      readonly host: string;
      readonly port: number | undefined;
      /** Absolute, or from the home of the login on. */
      readonly path: string;
    }
  | { readonly kind: 'other' };

/** Arguments of ssh(1) that have a command run behind it, after those that say how it is reached. */
export const sshArguments = (
  { login, port }: Pick<Extract<RemotePlace, { kind: 'ssh' }>, 'login' | 'port'>,
  command: string,
): readonly string[] => [...(port === undefined ? [] : ['-p', String(port)]), '-T', '--', login, command];

const LOGIN = String.raw`((?:[A-Za-z0-9_][A-Za-z0-9._-]*@)?([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:]+\]))`;
const URL_FORM = new RegExp(String.raw`^ssh://${LOGIN}(?::(\d{1,5}))?(/.+)$`);
const SCP_FORM = new RegExp(`^${LOGIN}:([^/:].*|/.+)$`);

/** Reads a remote the way git does (gitmodules in git-fetch(1), “GIT URLS”). */
export function placeOf(remote: string): RemotePlace {
  const url = URL_FORM.exec(remote);
  if (url !== null) {
    const [, login = '', host = '', port, path = ''] = url;
    // `/~/x` is git’s way to write a path from the home on.
    const at = path.startsWith('/~/') ? path.slice(3) : path;
    return {
      kind: 'ssh',
      login: bare(login),
      host: bare(host),
      port: port === undefined ? undefined : Number(port),
      path: at,
    };
  }
  if (/^[a-z0-9+.-]+:\/\//i.test(remote)) {
    return remote.startsWith('file:///') ? { kind: 'path', path: remote.slice('file://'.length) } : { kind: 'other' };
  }
  const scp = SCP_FORM.exec(remote);
  if (scp !== null) {
    const [, login = '', host = '', path = ''] = scp;
    return { kind: 'ssh', login: bare(login), host: bare(host), port: undefined, path: path.replace(/^~\//, '') };
  }
  return { kind: 'path', path: remote };
}

const bare = (host: string): string => host.replace(/[[\]]/g, '');
