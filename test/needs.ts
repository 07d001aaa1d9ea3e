/** What suites need beyond npm: the start of the suite’s path, a program that shows it is there, its Debian package. */
export const NEEDS: readonly { readonly suite: string; readonly program: string; readonly debian: string }[] = [
  { suite: 'e2e/clock', program: 'faketime', debian: 'faketime' },
  { suite: 'crash/', program: 'strace', debian: 'strace' },
  { suite: 'mcp-servers/email-tls', program: 'openssl', debian: 'openssl' },
  { suite: 'adversary/signed', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'approve/signed-decisions', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'secrets/keychain', program: 'gnome-keyring-daemon', debian: 'gnome-keyring' },
  { suite: 'secrets/keychain', program: 'dbus-run-session', debian: 'dbus-daemon' },
  { suite: 'service/systemd', program: 'systemd-analyze', debian: 'systemd' },
  { suite: 'service/units', program: 'systemd-analyze', debian: 'systemd' },
  { suite: 'core/ssh-signature', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'core/node-signature', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'cli/key', program: 'ssh-keygen', debian: 'openssh-client' },
];
