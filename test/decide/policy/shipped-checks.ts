import assert from 'node:assert/strict';
import type { Facts, Policy, Zone } from '../../../core/policy.ts';
import type { Does } from '../../../core/reach.ts';
import { limitsOf } from '../../../orchestrator/decide/policy/caps.ts';
import { judge } from '../../../orchestrator/decide/policy/judge.ts';
import { type Checks, destination, factsWith } from './facts.ts';

const reach = (does: Does, egress: boolean, routing: readonly string[] = ['to']): Partial<Facts> => ({
  reach: { does, egress, routing: [...routing] },
});
const goingTo = (...standings: readonly Parameters<typeof destination>[0][]): Partial<Facts> => ({
  destinations: standings.map(standing => destination(standing)),
});
const action = (name: string, part: Partial<Facts> = {}): Partial<Facts> => ({ action: name, ...part });
const paying = (value: number, part: Partial<Facts> = {}): Partial<Facts> =>
  action('bank.pay', { ...reach('pay', true), amount: { value, currency: 'EUR' }, recurring: true, ...part });
const posting = (name: string, part: Partial<Facts> = {}): Partial<Facts> =>
  action(name, { ...reach('publish', true), source: 'schedule', ...part });
const writing = (path: string, part: Partial<Facts> = {}): Partial<Facts> =>
  action('files.write', {
    ...{ ...reach('create', false, ['path']), destinations: [], arguments: { path, text: 'x' } },
    origins: { path: { kind: 'rule', skill: 'Skills' } },
    ...part,
  });
const tidying = (name: string, part: Partial<Facts> = {}): Partial<Facts> =>
  action(name, {
    ...{ ...reach('move', false, ['folder']), destinations: [], arguments: { message_id: '<a@b>' } },
    ...{ origins: { message_id: { kind: 'incoming', source: 'mail' } }, ...part },
  });
const marking = (name: string, part: Partial<Facts> = {}): Partial<Facts> =>
  tidying(name, { ...reach('change', false, []), ...part });
const inFolder = { arguments: { message_id: '<a@b>', folder: 'Invoices' } } as const;
const rule = { kind: 'rule', skill: 'Skills' } as const;
const web = { kind: 'web', url: 'https://example.com' } as const;

const PEOPLE = 'mail to people you know';
const NEW = 'messages to somebody new, or to many';
const DIRECT = 'direct messages';
const NOTES = 'new notes that Steward writes for itself';
const FORWARD = 'passing mail on';
const TIDY = 'putting mail in order';
const MARK = 'marking mail';
const LEAVE = 'leaving mailing lists';
const SMALL = 'small payments that you made before';

/** What a new vault's policy says: of what, which zone, by which rule. */
const DEFAULTS: readonly (readonly [what: string, facts: Partial<Facts>, zone: Zone, rule: string | undefined])[] = [
  ['a mail to somebody known', {}, 'yellow', PEOPLE],
  ['a mail to the person', goingTo('self'), 'yellow', PEOPLE],
  [
    'a reply that came of a message, to somebody known',
    { exposure: { untrusted: ['mail'], private: [] } },
    'yellow',
    PEOPLE,
  ],
  ['a mail to nobody', goingTo(), 'red', undefined],
  ['a mail to somebody new', goingTo('new'), 'red', NEW],
  ['a mail to somebody known and somebody new', goingTo('known', 'new'), 'red', NEW],
  ['a mail to many', goingTo('bulk'), 'red', NEW],
  ['a mail to an address from the web', { origins: { to: web } }, 'red', PEOPLE],
  ['a mail to an address that the brain wrote', { origins: { to: { kind: 'model' } } }, 'red', PEOPLE],
  [
    'a mail after private data and a stranger’s text',
    { exposure: { untrusted: ['a'], private: ['b'] } },
    'red',
    PEOPLE,
  ],
  ['a message that is no mail', action('sms.send'), 'red', undefined],
  ['a mailing that is published', action('mail.publish', reach('publish', true)), 'red', undefined],
  ...[
    'x.direct',
    'x.dm_send',
    'x.send_dm',
    'x.chat',
    'whatsapp.send',
    'telegram.send',
    'signal.send',
    'slack.send',
  ].map(name => [`a direct message by ${name}`, action(name), 'red', DIRECT] as const),
  ['a direct message by a mail service', action('gmail.chat'), 'red', DIRECT],
  ['what is called a chat and only writes', action('x.chat', reach('change', false)), 'red', undefined],
  ['a scheduled post', posting('x.post'), 'yellow', 'scheduled posts'],
  ['a scheduled post where nobody was before', posting('x.post', goingTo('new')), 'yellow', 'scheduled posts'],
  ['a post that nobody scheduled', posting('x.post', { source: 'person' }), 'red', undefined],
  ['a scheduled message', action('sms.send', { source: 'schedule' }), 'red', undefined],
  ['a scheduled reply in public', posting('x.reply'), 'red', 'public replies'],
  ['a comment in public', posting('x.comment'), 'red', 'public replies'],
  ['a comment in a file', action('x.comment', reach('change', false)), 'red', undefined],
  ['a small payment that was made before', paying(50), 'yellow', SMALL],
  ['a small payment to an account of the person’s', paying(50, goingTo('self')), 'yellow', SMALL],
  ['a payment that is a little larger', paying(50.5), 'red', undefined],
  ['a payment of more than is a number', paying(Number.NaN), 'red', undefined],
  ['a payment that was not made before', paying(5, { recurring: false }), 'red', undefined],
  ['a payment to nobody', paying(5, goingTo()), 'red', undefined],
  ['a payment to somebody new', paying(5, goingTo('new')), 'red', 'payments to somebody new'],
  ['a payment to many', paying(5, goingTo('bulk')), 'red', 'payments to somebody new'],
  [
    'a payment of an amount from the web',
    paying(5, {
      ...reach('pay', true, ['to', 'amount']),
      arguments: { to: 'a', amount: 5 },
      origins: { to: { kind: 'person' }, amount: web },
    }),
    'red',
    SMALL,
  ],
  [
    'a small message that is no payment',
    action('sms.send', { amount: { value: 5, currency: 'EUR' }, recurring: true }),
    'red',
    undefined,
  ],
  ['a new note in Documents', writing('Documents/a.md'), 'green', NOTES],
  ['a new briefing', writing('Briefings/2026/a.md'), 'green', NOTES],
  ['a new lesson, which no action writes', writing('Memory/Lessons/a.md'), 'red', undefined],
  ['a new note about a person', writing('Memory/People/a.md'), 'red', undefined],
  ['a new note that climbs', writing('Documents/../Approved/a.md'), 'red', undefined],
  ['a new page', writing('Documents/a.html'), 'red', undefined],
  [
    'a new note where a stranger wants it',
    writing('Documents/a.md', { origins: { path: { kind: 'incoming', source: 'mail' } } }),
    'red',
    NOTES,
  ],
  ['a new note by something else', writing('Documents/a.md', { action: 'disk.write' }), 'red', undefined],
  ['a note that is changed', writing('Documents/a.md', reach('change', false, ['path'])), 'red', undefined],
  ['a note that is written elsewhere', writing('Documents/a.md', reach('create', true, ['path'])), 'red', undefined],
  ['a draft', action('email.draft', reach('draft', false)), 'red', 'drafts'],
  ['passing a mail on to somebody known', action('email.forward'), 'red', FORWARD],
  ['a forwarding that is a post', posting('mail.forward'), 'yellow', 'scheduled posts'],
  ['archiving a mail', tidying('email.archive'), 'yellow', TIDY],
  ['moving a mail', tidying('email.move'), 'yellow', TIDY],
  [
    'moving a mail to where a stranger wants it',
    tidying('email.move', { ...inFolder, origins: { folder: web } }),
    'red',
    TIDY,
  ],
  [
    'moving a mail to where a rule wants it',
    tidying('email.move', { ...inFolder, origins: { folder: rule } }),
    'yellow',
    TIDY,
  ],
  ['deleting a mail by the name of archiving', tidying('email.archive', reach('delete', false, [])), 'red', 'deleting'],
  ['changing a mail by the name of archiving', tidying('email.archive', reach('change', false, [])), 'red', undefined],
  ['archiving where others see it', tidying('email.archive', reach('move', true, [])), 'red', undefined],
  ['archiving with something else', tidying('drive.archive'), 'red', undefined],
  ['marking a mail', marking('email.flag'), 'green', MARK],
  ['labelling a mail', marking('email.label'), 'green', MARK],
  ['marking by sending', marking('email.flag', reach('send', false, [])), 'red', undefined],
  ['marking where others see it', marking('email.label', reach('change', true, [])), 'red', undefined],
  ['marking with something else', marking('crm.label'), 'red', undefined],
  ['leaving a list', action('email.unsubscribe', reach('change', true, ['url'])), 'red', LEAVE],
  ['changing something else out there', action('email.subscribe', reach('change', true, ['url'])), 'red', undefined],
  ['moving with something else', action('drive.move', reach('move', false)), 'red', undefined],
  ['moving files by copying them', action('files.clone', reach('create', false)), 'red', undefined],
  ['moving', action('files.move', reach('move', false)), 'red', 'moving files'],
  ['renaming', action('files.rename', reach('move', false)), 'red', 'moving files'],
  ['copying', action('files.copy', reach('create', false)), 'red', 'copying files'],
  ['deleting', action('files.delete', reach('delete', false)), 'red', 'deleting'],
  ['fetching a page', action('web.fetch', reach('read', true)), 'red', undefined],
  [
    'a tool that tells nothing of itself',
    action('x.do_it', { reach: { does: 'execute', egress: true, routing: ['*'] } }),
    'red',
    undefined,
  ],
  ['an appointment', action('calendar.create', reach('create', true)), 'red', undefined],
];

/** The limits that each kind of action falls under: cap, limit, how much. */
const CAPPED: readonly (readonly [what: string, facts: Partial<Facts>, limits: readonly string[]])[] = [
  ['a note', writing('Documents/a.md'), ['everything per_hour 300', 'everything per_day 2000']],
  [
    'a mail',
    {},
    [
      'everything per_hour 300',
      'everything per_day 2000',
      'messages per_hour 60',
      'messages per_day 200',
      'new recipients new_per_day 20',
    ],
  ],
  [
    'a message that stays here',
    reach('send', false),
    ['everything per_hour 300', 'everything per_day 2000', 'messages per_hour 60', 'messages per_day 200'],
  ],
  [
    'a post',
    posting('x.post'),
    [
      'everything per_hour 300',
      'everything per_day 2000',
      'posts per_hour 10',
      'posts per_day 30',
      'new recipients new_per_day 20',
    ],
  ],
  [
    'a payment',
    paying(5),
    [
      'everything per_hour 300',
      'everything per_day 2000',
      'new recipients new_per_day 20',
      'payments per_day 10',
      'payments amount_per_day 2500',
      'payments first_waits_hours 24',
    ],
  ],
  [
    'a deletion',
    action('files.delete', reach('delete', false)),
    ['everything per_hour 300', 'everything per_day 2000', 'deletions per_hour 30', 'deletions per_day 100'],
  ],
];

const deleting = (args: Facts['arguments']): Partial<Facts> =>
  action('x.delete', { ...reach('delete', false), arguments: args });
const pushing = (name: string, args: Facts['arguments']): Partial<Facts> =>
  action(name, { ...reach('change', true), arguments: args });
const PLACES = [
  'my_path',
  'a_file',
  'folders',
  'dir',
  'attachments',
  'from',
  'to',
  'source',
  'target',
  'name',
] as const;
const KEYS = [
  ...[
    'Documents/a.kdbx',
    'a/login.keychain-db',
    '/x/logins.json',
    'key4.db',
    'home/.netrc',
    'a/id_rsa.pub',
    'id_ed25519',
  ],
  ...['a/server.pem', 'x/.ssh/config', 'x/.gnupg/x', 'x/.password-store/x', 'x/.aws/x', 'x/etc/shadow-'],
] as const;
const named = (entry: string, ...names: readonly string[]): readonly Never[] =>
  names.map(name => [entry, action(name, reach('change', false))]);

type Never = readonly [entry: string, facts: Partial<Facts>];
const NEVER: readonly Never[] = [
  ...['/etc/x', '~/x', '../x', 'a/../../x', 'C:\\x'].map(
    (path): Never => ['delete outside the vault', deleting({ path })],
  ),
  ...PLACES.map((name): Never => ['delete outside the vault', deleting({ [name]: '/x' })]),
  ['delete outside the vault', deleting({ paths: ['Documents/a', '/x'] })],
  ...[true, 'yes', '1', 'with-lease'].map((force): Never => ['force push', pushing('git.sync', { force })]),
  ['force push', pushing('code.push', { force_push: true })],
  ...['--force', '-f', 'push -f', '-f origin', 'push -f main', '+main', 'origin +main'].map(
    (words): Never => ['force push by options', pushing('git.sync', { words })],
  ),
  ['force push by options', pushing('code.push', { options: ['x', '--force-with-lease'] })],
  ...named('firewall', 'x.firewall', 'x.iptables', 'x.nftables', 'ufw.allow', 'cloud.set_security_group'),
  ['installs', action('x.y', reach('install', false))],
  ...named('installs by name', 'x.install', 'x.do_install', 'x.apt_get', 'x.npm_add', 'x.pip_add'),
  ...named(
    'password stores',
    'x.password_store_get',
    'x.password_manager',
    'x.passwords',
    'x.keychain',
    'x.keyring',
    'keepass.x',
    'bitwarden.x',
  ),
  ...KEYS.map((file): Never => ['files with passwords and keys', action('x.y', { arguments: { file } })]),
  ...PLACES.map((name): Never => ['files with passwords and keys', action('x.y', { arguments: { [name]: 'a.kdbx' } })]),
  ['files with passwords and keys', { arguments: { to: ['anna@example.com'], attachments: ['a.md', 'A.KDBX'] } }],
  ...named('shell', 'shell.x', 'x.bash', 'x.terminal', 'x.exec', 'x.do_exec', 'x.run_command', 'x.run_code', 'x.eval'),
  ...['command', 'cmd', 'script', 'code'].map(
    (name): Never => [
      'commands and scripts',
      action('x.y', { ...reach('execute', false), arguments: { [name]: 'ls' } }),
    ],
  ),
  ...named('wiping', 'x.wipe', 'x.factory_reset', 'x.format_disk'),
];

/** What looks a little like an entry of the never list, and is left to the rules. */
const NOT_NEVER: readonly (readonly [what: string, facts: Partial<Facts>])[] = [
  ['deleting inside the vault', deleting({ path: 'Documents/a.md' })],
  ['deleting by a number', deleting({ email_id: '/5' })],
  ['reading outside the vault', action('x.y', { ...reach('read', false), arguments: { path: '/x' } })],
  ['changing a password of one account', action('bank.update_password', reach('change', false))],
  ['a push', pushing('git.push', { force: false, options: ['main'] })],
  ['a forced sale', pushing('shop.sell', { force: true })],
  ['a word about force', pushing('shop.sell', { words: '--force' })],
  [
    'a mail that speaks of keys',
    { arguments: { to: ['anna@example.com'], text: 'Look into ~/.ssh/config and a.kdbx' } },
  ],
  ['a tool that tells nothing of itself', action('x.y', { ...reach('execute', true), arguments: { text: 'x' } })],
  ['a code that is sent', { arguments: { to: ['anna@example.com'], code: '1234' } }],
];

export const SHIPPED_CHECKS: Checks<Policy> = {
  ...Object.fromEntries(
    DEFAULTS.map(([what, facts, zone, rule]) => [
      `${what} is ${zone}${rule === undefined ? ', as no rule fits' : ` by “${rule}”`}`,
      (policy: Policy) => {
        const judgement = judge(factsWith(facts), policy, []);
        assert.equal(judgement.kind, 'judged');
        if (judgement.kind !== 'judged') return;
        assert.deepEqual([judgement.zone, judgement.rule, judgement.signature], [zone, rule, false]);
      },
    ]),
  ),
  ...Object.fromEntries(
    CAPPED.map(([what, facts, limits]) => [
      `${what} falls under its caps and no others`,
      (policy: Policy) =>
        assert.deepEqual(
          limitsOf(factsWith(facts), 0, 0, [], policy).map(({ cap, limit, most }) => `${cap} ${limit} ${most}`),
          limits,
        ),
    ]),
  ),
  'each thing of the never list is refused, and only what names its entry permits it': policy => {
    for (const [entry, facts] of NEVER) {
      const others = policy.never.map(({ name }) => name).filter(name => name !== entry);
      const told = `${entry}: ${JSON.stringify(facts)}`;
      assert.equal(judge(factsWith(facts), policy, others).kind, 'refused', told);
      assert.equal(judge(factsWith(facts), policy, [entry]).kind, 'judged', told);
    }
  },
  'what only looks like an entry of the never list is not refused': policy => {
    for (const [what, facts] of NOT_NEVER) assert.equal(judge(factsWith(facts), policy, []).kind, 'judged', what);
  },
  'what is held waits a quarter of an hour': policy => assert.equal(policy.hold_minutes, 15),
};
