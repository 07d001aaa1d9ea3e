import type { Json } from '../../core/digest.ts';
import type { Arguments } from '../../core/envelope.ts';
import { FakeSmtp } from '../fakes/smtp.ts';

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
    open: async () => {
      const far = await FakeSmtp.start();
      const account = { from: 'me@example.test', host: '127.0.0.1', port: far.port, security: 'none' };
      return {
        ...{ settings: account, secrets: {}, effects: () => far.delivered.length },
        close: () => far[Symbol.asyncDispose](),
      };
    },
    tools: { draft: mailed, send: mailed, reply: answered },
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
