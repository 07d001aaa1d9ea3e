import type { Policy } from '../../../core/policy.ts';

/** Arguments that name a file or a folder. */
const PATHS = '*path*|*file*|*folder*|*dir*|*attachment*|from|to|source|target|name';

/**
 * What holds where `Policies.md` is missing or cannot be understood: no rule, so that everything is asked; the caps and
 * the never list that Steward is shipped with.
 */
export const FALLBACK: Policy = {
  hold_minutes: 15,
  rules: [],
  caps: [
    { name: 'everything', per_hour: 300, per_day: 2000 },
    { name: 'messages', does: 'send', per_hour: 60, per_day: 200 },
    { name: 'posts', does: 'publish', per_hour: 10, per_day: 30 },
    { name: 'new recipients', egress: true, new_per_day: 20 },
    { name: 'payments', does: 'pay', per_day: 10, amount_per_day: 2500, first_waits_hours: 24 },
    { name: 'deletions', does: 'delete', per_hour: 30, per_day: 100 },
  ],
  never: [
    { name: 'delete outside the vault', does: 'delete', where: { [PATHS]: ['/*', '~*', '..*', '*/../*', '*:\\*'] } },
    {
      name: 'force push',
      action: ['git*', '*push*'],
      where: { '*force*': ['true', 'yes', '1', '*lease*'] },
    },
    {
      name: 'force push by options',
      action: ['git*', '*push*'],
      where: { '*': ['*--force*', '-f', '* -f', '-f *', '* -f *', '+*', '* +*'] },
    },
    { name: 'firewall', action: ['*firewall*', '*iptables*', '*nftables*', '*ufw*', '*security_group*'] },
    { name: 'installs', does: 'install' },
    { name: 'installs by name', action: ['*.install*', '*_install*', '*.apt_*', '*.npm_*', '*.pip_*'] },
    {
      name: 'password stores',
      action: [
        '*password*store*',
        '*password*manager*',
        '*passwords*',
        '*keychain*',
        '*keyring*',
        '*keepass*',
        '*bitwarden*',
      ],
    },
    {
      name: 'files with passwords and keys',
      where: {
        [PATHS]: [
          ...['*.kdbx', '*.keychain*', '*logins.json', '*key4.db', '*.netrc', '*id_rsa*', '*id_ed25519*', '*.pem'],
          ...['*.ssh/*', '*.gnupg/*', '*.password-store/*', '*.aws/*', '*/etc/shadow*'],
        ],
      },
    },
    {
      name: 'shell',
      action: ['*shell*', '*bash*', '*terminal*', '*.exec*', '*_exec*', '*.run_command*', '*.run_code*', '*.eval*'],
    },
    { name: 'commands and scripts', does: 'execute', where: { '*command*|*cmd*|*script*|*code*': '*' } },
    { name: 'wiping', action: ['*wipe*', '*factory_reset*', '*format_disk*'] },
  ],
};
