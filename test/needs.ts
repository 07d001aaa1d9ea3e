/** Suites that start `helpers/mail-servers.ts`. */
const MAIL_SUITES: readonly string[] = [
  'helpers/mail-servers',
  'cli/connect',
  'watchers/mail',
  'contracts/canaries',
  'mcp-servers/email-mailbox',
  'e2e/reply',
  'e2e/mail-answered',
  'two-nodes/scene',
];
/** A program of each package, since one may be there without the other. */
const MAIL_PARTS = [
  { program: '/usr/lib/dovecot/imap', debian: 'dovecot-imapd' },
  { program: '/usr/lib/dovecot/lmtp', debian: 'dovecot-lmtpd' },
  { program: 'exim4', debian: 'exim4-daemon-light' },
];

/** What suites need beyond npm: the start of the suite’s path, a program that shows it is there, its Debian package. */
export const NEEDS: readonly { readonly suite: string; readonly program: string; readonly debian: string }[] = [
  { suite: 'e2e/clock', program: 'faketime', debian: 'faketime' },
  { suite: 'crash/', program: 'strace', debian: 'strace' },
  { suite: 'mcp-servers/email-tls', program: 'openssl', debian: 'openssl' },
  { suite: 'mcp-servers/email-unsubscribe', program: 'openssl', debian: 'openssl' },
  { suite: 'contracts/action-servers', program: 'openssl', debian: 'openssl' },
  { suite: 'adversary/signed', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'approve/signed-decisions', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'secrets/keychain', program: 'gnome-keyring-daemon', debian: 'gnome-keyring' },
  { suite: 'secrets/keychain', program: 'dbus-run-session', debian: 'dbus-daemon' },
  { suite: 'service/systemd', program: 'systemd-analyze', debian: 'systemd' },
  { suite: 'service/units', program: 'systemd-analyze', debian: 'systemd' },
  { suite: 'core/ssh-signature', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'core/node-signature', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'cli/pair', program: 'sshd', debian: 'openssh-server' },
  { suite: 'cli/pair', program: 'git', debian: 'git' },
  { suite: 'sync/open-sync', program: 'sshd', debian: 'openssh-server' },
  { suite: 'sync/wake', program: 'sshd', debian: 'openssh-server' },
  { suite: 'cli/key', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'watchers/contacts', program: 'radicale', debian: 'radicale' },
  { suite: 'contracts/canaries', program: 'radicale', debian: 'radicale' },
  { suite: 'cli/connect', program: 'radicale', debian: 'radicale' },
  { suite: 'sync/', program: 'git', debian: 'git' },
  { suite: 'sync/', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'cli/sync', program: 'git', debian: 'git' },
  { suite: 'two-nodes/', program: 'git', debian: 'git' },
  { suite: 'two-nodes/', program: 'ssh-keygen', debian: 'openssh-client' },
  { suite: 'two-nodes/scene', program: '/usr/sbin/sshd', debian: 'openssh-server' },
  { suite: 'two-nodes/scene', program: 'ip', debian: 'iproute2' },
  { suite: 'two-nodes/scene', program: 'ethtool', debian: 'ethtool' },
  { suite: 'two-nodes/scene', program: 'python3', debian: 'python3' },
  ...MAIL_SUITES.flatMap(suite => MAIL_PARTS.map(part => ({ suite, ...part }))),
  { suite: 'histories/', program: 'git', debian: 'git' },
];
