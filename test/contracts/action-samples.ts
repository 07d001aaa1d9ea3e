import { type Json, sha256 } from '../../core/digest.ts';
import type { Arguments } from '../../core/envelope.ts';
import { FakeImap } from '../fakes/imap.ts';
import { FakeList } from '../fakes/one-click.ts';
import { FakeSmtp } from '../fakes/smtp.ts';

const PASSWORD = 'correct horse battery';

/** One allowed call of a tool, and how the same call looks with another path in each place that takes one. */
export type ToolSample = {
  readonly args: Arguments;
  readonly paths: Readonly<Record<string, (path: string) => Arguments>>;
};

/** What the suite needs to know of an action server: its far end, and a sample of each of its tools. */
export type Sample = {
  readonly open: () => Promise<{
    readonly settings: Json;
    readonly secrets: Readonly<Record<string, string>>;
    /** Effects at the far end, as the far end counts them. */
    readonly effects: () => number;
    /** What the server has kept in its folder of the state folder from before. */
    readonly kept?: Readonly<Record<string, string>>;
    readonly close: () => Promise<void>;
  }>;
  readonly tools: Readonly<Record<string, ToolSample>>;
  /** Tools that only read what stays on this computer: they need no grant, and are no part of the above. */
  readonly readers?: Readonly<Record<string, ToolSample>>;
};

/** Files that stand in the vault of every sample. */
export const FILES: Readonly<Record<string, string>> = {
  'Documents/scan.txt': 'a scan\n',
  'Documents/other.txt': 'another\n',
  'Inbox/drop.txt': 'a drop\n',
  'plain.txt': 'at the top\n',
};

const nowhere: Sample['open'] = async () => ({
  ...{ settings: null, secrets: {}, effects: () => 0 },
  close: () => Promise.resolve(),
});

const from = 'Documents/scan.txt';
const move = (to: string): ToolSample => ({
  args: { from, to },
  paths: { from: path => ({ from: path, to: 'Accounting/taken.md' }), to: path => ({ from, to: path }) },
});
const mail = { to: ['anna@example.test'], subject: 'Hello', text: 'Hello Anna.\n' };
const mailed: ToolSample = {
  args: { ...mail, attachments: [from] },
  paths: { attachments: path => ({ ...mail, attachments: [path] }) },
};

const answer = { ...mail, in_reply_to: '<a.1@example.test>' };
const answered: ToolSample = {
  args: { ...answer, attachments: [from] },
  paths: { attachments: path => ({ ...answer, attachments: [path] }) },
};

const ORIGINAL = '<original@elsewhere.test>';
const forwarded = { to: ['anna@example.test'], message_id: ORIGINAL, text: '' };
const passedOn: ToolSample = {
  args: { ...forwarded, attachments: [from] },
  paths: { attachments: path => ({ ...forwarded, attachments: [path] }) },
};
const SENT = { id: '<sent@example.test>', text: 'Message-ID: <sent@example.test>\r\nSubject: Hello\r\n\r\nHello.\r\n' };

/** One list for all: its address is part of the samples. It ends with the process. */
let theList: FakeList | undefined;

async function openMail(): ReturnType<Sample['open']> {
  const [smtp, imap] = [await FakeSmtp.start(), await FakeImap.start('me', PASSWORD)];
  theList ??= await FakeList.start({ endsAlone: true });
  const list = theList;
  const left = list.left;
  imap.put(
    'INBOX',
    [
      ...['From: bob@elsewhere.test', 'To: me@example.test', 'Subject: News', `Message-ID: ${ORIGINAL}`],
      ...[`List-Unsubscribe: <${list.url}>`, 'List-Unsubscribe-Post: List-Unsubscribe=One-Click', '', 'Hello.', ''],
    ].join('\n'),
  );
  return {
    settings: {
      ...{
        from: 'me@example.test',
        host: '127.0.0.1',
        port: smtp.port,
        security: 'none',
        private_lists: ['localhost'],
      },
      imap: { host: '127.0.0.1', port: imap.port, security: 'none', user: 'me' },
    },
    secrets: { STEWARD_EMAIL_PASSWORD: PASSWORD, NODE_EXTRA_CA_CERTS: list.certificateFile },
    effects: () => smtp.delivered.length + imap.changes.length + list.left - left,
    kept: { [`sent/${sha256(SENT.id).slice(0, 32)}.eml`]: SENT.text },
    close: async () => {
      await smtp[Symbol.asyncDispose]();
      await imap[Symbol.asyncDispose]();
    },
  };
}

export const SAMPLES: Readonly<Record<string, Sample>> = {
  files: {
    open: nowhere,
    tools: {
      move: move('Accounting/moved.txt'),
      copy: move('Accounting/copied.txt'),
      rename: {
        args: { path: 'Documents/other.txt', name: 'renamed.txt' },
        paths: { path: path => ({ path, name: 'renamed.md' }), name: name => ({ path: 'plain.txt', name }) },
      },
      append: {
        args: { path: 'Documents/list.md', text: '- one\n', head: '# A list' },
        paths: { path: path => ({ path, text: '- one\n' }) },
      },
      write: {
        args: { path: 'Documents/new.md', text: 'New.\n' },
        paths: { path: path => ({ path, text: 'New.\n' }) },
      },
    },
  },
  email: {
    open: openMail,
    tools: {
      ...{ draft: mailed, send: mailed, reply: answered, forward: passedOn },
      archive: { args: { message_id: ORIGINAL }, paths: {} },
      move: { args: { message_id: ORIGINAL, folder: 'Invoices' }, paths: {} },
      flag: { args: { message_id: ORIGINAL, flag: 'important' }, paths: {} },
      label: { args: { message_id: ORIGINAL, label: 'tax' }, paths: {} },
      file_sent: { args: { message_id: SENT.id, subject: 'Hello', sha256: sha256(SENT.text) }, paths: {} },
      get unsubscribe(): ToolSample {
        return { args: { message_id: ORIGINAL, url: theList?.url ?? 'https://localhost/none' }, paths: {} };
      },
    },
    readers: { search: { args: { from: 'bob' }, paths: {} } },
  },
};

/** Ways to write a place that steers Steward, or that lies outside: none may be read from or written to by an action. */
export const ODD_PATHS: readonly string[] = [
  ...['Approved/x.md', 'approved/x.md', 'APPROVED/x.md', './Approved/x.md', 'Approved//x.md', 'Approved/a/b/x.md'],
  ...['Documents/../Approved/x.md', 'Documents/./../Policies.md', '../outside.md', 'Documents/../../outside.md'],
  ...['/etc/hosts.md', '/outside.md', '//etc/hosts.md', 'C:/x.md', 'c:\\x.md', 'Approved\\x.md', '..\\outside.md'],
  ...['Approved./x.md', 'Approved /x.md', 'Approved . ./x.md', 'Policies.md.', 'Policies.md ', 'Policies.md . .'],
  ...[
    'Ａpproved/x.md',
    'ＡＰＰＲＯＶＥＤ/x.md',
    'Approved／x.md',
    'ﾠApproved/x.md',
    'Que\uFB06ions/x.md',
    'S\u212Aills/x.md',
  ],
  ...['\u017Fkills/x.md', 'App\u200Broved/x.md', 'Appro\u200Dved/x.md', '\uFEFFApproved/x.md', 'Appr\u00ADoved/x.md'],
  ...['Approved\u2060/x.md', 'Pol\u200Cicies.md', 'STOP\u200E.md', 'Approved\uFE0F/x.md', 'Appr\u034Foved/x.md'],
  ...['Rejected/x.md', 'Questions/x.md', 'Policies.md', 'policies.md', 'POLICIES.MD', 'Company_Handbook.md'],
  ...[
    'company_handbook.md',
    'Business_Goals.md',
    'Agents/clerk/AGENT.md',
    'Skills/evil/SKILL.md',
    'STOP.md',
    'stop.md',
  ],
  ...['Memory/People/anna.md', 'memory/PEOPLE/anna.md', 'Memory/x/../People/anna.md', 'Memory//People/anna.md'],
  ...[
    '.steward/x.md',
    '.steward/vault.json',
    '.obsidian/x.md',
    '.git/x.md',
    '.GIT/x.md',
    '.gitattributes',
    '.hidden.md',
  ],
  ...['Documents/.git/x.md', 'Documents/.hidden/x.md', 'Documents/.x.md', '\u200B.obsidian/x.md', '．obsidian/x.md'],
  ...['\u2024git/x.md', 'Documents/\u2025/x.md', 'Documents/…/x.md', 'Documents/..\u200B/Approved/x.md'],
  ...['Needs_Action/x.md', 'In_Progress/local/x.md', 'Plans/x.md', 'Pending_Approval/x.md', 'Outbox/x.md'],
  ...['Done/2026-11/x.md', 'Failed/x.md', 'Quarantine/x.md', 'Updates/cloud/x.md', 'Logs/x.md', 'Dashboard.md'],
  ...['', '.', '..', '/', './', ' ', '\u200B', 'Documents/a\u0000.md', `Documents/${'a'.repeat(300)}.md`],
  ...['link/x.md', 'Documents/link/x.md'],
];
