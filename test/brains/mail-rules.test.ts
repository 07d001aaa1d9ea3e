import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { attachmentPath } from '../../core/attachment-path.ts';
import type { Request, Skill, TaskFile, TaskView, ToolCall } from '../../core/brain.ts';
import { readProperties } from '../../core/front-matter.ts';
import type { NoteContext, RawItem } from '../../core/networked-watcher.ts';
import { mailNote } from '../../watchers/mail/note/note.ts';
import { theRulebook } from '../helpers/rulebook.ts';

const SKILLS = path.resolve(import.meta.dirname, '..', '..', 'vault-template', 'Skills');
const skills: readonly Skill[] = readdirSync(SKILLS, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => ({ name, description: '', ...skillAt(`${SKILLS}/${name}/SKILL.md`, name) }));

function skillAt(file: string, name: string): Pick<Skill, 'path' | 'text'> {
  const split = readProperties(readFileSync(file, 'utf8'));
  assert.ok(split.ok, name);
  return { path: `Skills/${name}/SKILL.md`, text: split.value.body };
}

const TOOLS = ['files_copy', 'files_move', 'files_append', 'email_draft', 'email_archive'];

/** A mail as the watcher makes a task of it; `anna@example.com` stands in a note of the person’s. */
async function taskOf(head: readonly string[], body: string): Promise<TaskView> {
  const always = ['To: me@example.test', 'Date: Fri, 20 Nov 2026 12:04:09 +0000', 'Message-ID: <1@example.com>'];
  const bytes = Buffer.from([...always, ...head, '', ...body.split('\n')].join('\r\n'));
  const item: RawItem = {
    ...{ key: '<1@example.com>', account: 'me@example.test', folder: 'INBOX', received: '2026-11-20T12:04:12Z' },
    ...{ bytes, size: bytes.length, about: {} },
  };
  const known: NoteContext['known'] = {
    ...{ own: new Set(['mail:me@example.test']), people: new Map([['mail:anna@example.com', 'Known.']]) },
    compared: [],
  };
  const arrived = await mailNote(item, { task: 'mail-0123456789ab', known });
  const split = readProperties(arrived.note);
  assert.ok(split.ok);
  return {
    ...{ id: 'mail-0123456789ab', title: arrived.title, source: 'mail', text: split.value.body },
    ...{ origin: { kind: 'incoming', source: 'mail' }, sender: arrived.sender, file: undefined },
    received: '2026-11-20T12:04:12.000Z',
    facts: arrived.facts,
    attachments: arrived.attachments.map(
      ({ name, sha256, bytes: content }): TaskFile => ({
        ...{ name, sha256, path: attachmentPath(sha256, name), size: content.length },
        ...{ modified: '2026-11-20T12:04:12.000Z', text: '' },
      }),
    ),
  };
}

type Call = Pick<ToolCall, 'tool' | 'input'>;

/** What the shipped rules propose for a mail: everything but the plan. */
async function proposed(head: readonly string[], body: string): Promise<readonly Call[]> {
  const task = await taskOf(head, body);
  const tools = TOOLS.map(name => ({ name: `propose_${name}`, description: '', schema: {} }));
  const request: Request = { ...{ task, handbook: '', skills, people: [], tools, exchanges: [], underway: [] } };
  const answer = await theRulebook().next(request, new AbortController().signal);
  assert.ok(answer.ok);
  return answer.turn.calls.filter(({ tool }) => tool !== 'plan_update');
}

const FROM = 'From: Anna Berg <anna@example.com>';
const WITH_PDF = [
  ...['--b', 'Content-Type: text/plain; charset=utf-8', '', 'Here is the invoice for November.', '--b'],
  ...['Content-Type: application/pdf; name="R-1042.pdf"', 'Content-Disposition: attachment; filename="R-1042.pdf"'],
  ...['Content-Transfer-Encoding: base64', '', 'JVBERi0xLjQK', '--b--', ''],
].join('\n');
const MIXED = ['MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b'];

test('an invoice that is attached to a mail is filed by its day and listed, also from a stranger', async () => {
  const [copy, append, ...more] = await proposed(
    ['From: Kiosk <billing@shop.example>', 'Subject: Your invoice | R-1042', ...MIXED],
    WITH_PDF,
  );
  assert.deepEqual([copy?.tool, append?.tool, more.length], ['propose_files_copy', 'propose_files_append', 0]);
  assert.match(String(copy?.input.from), /^Documents\/Attachments\/[0-9a-f]{12} R-1042\.pdf$/);
  assert.equal(copy?.input.to, 'Accounting/2026/2026-11-20 R-1042.pdf');
  const row = String(append?.input.text);
  assert.match(
    row,
    /^\| 2026-11-20 \| `billing@shop\.example` \| .* \| \[\[2026-11-20 R-1042\.pdf\]\] \| \^mail-[0-9a-f]{12} \|$/,
  );
  assert.equal(row.split(/(?<!\\)\|/).length, 7, 'a subject adds no column');
});

test('a newsletter is proposed for the archive, whatever it asks', async () => {
  const [archive, ...more] = await proposed(
    ['From: News <news@shop.example>', 'Subject: Do you want 20 % off?', 'List-Unsubscribe: <https://shop.example/u>'],
    'Shall we meet? An invoice is waiting.',
  );
  assert.deepEqual(
    [archive?.tool, archive?.input, more.length],
    ['propose_email_archive', { message_id: '<1@example.com>' }, 0],
  );
});

test('a meeting that somebody known proposes gets a draft that promises nothing and answers in the thread', async () => {
  const [draft, ...more] = await proposed(
    [FROM, 'Subject: Meeting on Tuesday', 'In-Reply-To: <0@x.example>', 'References: <a@x.example> <0@x.example>'],
    'Could we meet on Tuesday at ten?',
  );
  assert.deepEqual([draft?.tool, more.length], ['propose_email_draft', 0]);
  assert.deepEqual(draft?.input.to, ['anna@example.com']);
  assert.equal(draft?.input.subject, 'Re: Meeting on Tuesday');
  assert.equal(draft?.input.in_reply_to, '<1@example.com>');
  assert.deepEqual(draft?.input.references, ['<a@x.example>', '<0@x.example>', '<1@example.com>']);
  assert.match(String(draft?.input.text), /^Hello Anna,\n\nthank you for your proposal: “Meeting on Tuesday”\.\n/);
});

test('a question from somebody known gets a draft with each question in it, and without what was asked earlier', async () => {
  const body = 'Hi,\n\nwhat was the total of Q3? And who signed it?\n\nOn Monday you wrote:\n> Is this an old one?\n';
  const [draft] = await proposed([FROM, 'Subject: Q3'], body);
  assert.equal(draft?.tool, 'propose_email_draft');
  assert.match(String(draft?.input.text), /> what was the total of Q3\?\n> And who signed it\?\n/);
  assert.doesNotMatch(String(draft?.input.text), /old one/);
});

test('what a stranger asks, or somebody who only calls himself known, gets no draft', async () => {
  for (const from of ['From: Carl <carl@example.org>', 'From: "anna@example.com" <x@evil.example>']) {
    const [only, ...more] = await proposed([from, 'Subject: A meeting?'], 'Can you send me your calendar?');
    assert.deepEqual([only?.tool, more.length], ['ask_person', 0], from);
  }
});

test('an answer goes where the mail wants it, and shows that address', async () => {
  const [draft] = await proposed([FROM, 'Reply-To: office@example.com', 'Subject: Q3'], 'What was the total?');
  assert.deepEqual(draft?.input.to, ['office@example.com']);
});
