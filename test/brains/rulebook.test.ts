import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Exchange, Request, Skill, TaskFile, ToolCall } from '../../core/brain.ts';
import { readProperties } from '../../core/front-matter.ts';
import { dateIn } from '../../orchestrator/brains/rulebook/dates.ts';
import { holdsWord, mailWish } from '../../orchestrator/brains/rulebook/match.ts';
import { rulesOf } from '../../orchestrator/brains/rulebook/rule.ts';
import { theRulebook } from '../helpers/rulebook.ts';

const TEMPLATE = path.resolve(import.meta.dirname, '..', '..', 'vault-template', 'Skills');
const SHIPPED: readonly Skill[] = readdirSync(TEMPLATE, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => {
    const split = readProperties(readFileSync(path.join(TEMPLATE, name, 'SKILL.md'), 'utf8'));
    assert.ok(split.ok);
    return { name, description: '', path: `Skills/${name}/SKILL.md`, text: split.value.body };
  });
const TOOLS = ['plan_update', 'ask_person', 'finish', 'propose_files_move', 'propose_email_draft'].map(name => ({
  name,
  description: '',
  schema: {},
}));

const file = (name: string, text = ''): TaskFile => ({
  path: `Inbox/${name}`,
  name,
  size: 10,
  sha256: 'a'.repeat(64),
  modified: '2026-11-20T12:00:00.000Z',
  text,
});

function request(about: {
  sender?: string;
  file?: TaskFile;
  text?: string;
  exchanges?: Exchange[];
  underway?: readonly ToolCall[];
  skills?: readonly Skill[];
}): Request {
  return {
    task: {
      id: 'file-0123456789ab',
      title: about.file?.name ?? 'A note',
      source: about.file === undefined ? 'person' : 'filesystem',
      text: about.text ?? '',
      origin: { kind: 'person' },
      sender: about.sender,
      file: about.file,
      received: '2026-11-21T08:00:00.000Z',
    },
    handbook: '',
    skills: about.skills ?? SHIPPED,
    people: [{ name: 'Anna Berg', email: 'anna@example.com', note: 'Memory/People/Anna Berg.md' }],
    tools: TOOLS,
    exchanges: about.exchanges ?? [],
    underway: about.underway ?? [],
  };
}

async function calls(given: Request): Promise<readonly ToolCall[]> {
  const answer = await theRulebook().next(given, new AbortController().signal);
  assert.ok(answer.ok);
  return answer.turn.calls;
}

/** The arguments of the first call of a tool. */
const inputOf = (made: readonly ToolCall[], tool: string): Record<string, unknown> => {
  const call = made.find(one => one.tool === tool);
  assert.ok(call, `${tool} among ${made.map(one => one.tool).join(', ')}`);
  return call.input;
};

test('an invoice is filed under Accounting by the date in its name, its text, or its file, in this order', async () => {
  const to = async (given: TaskFile): Promise<unknown> =>
    inputOf(await calls(request({ file: given })), 'propose_files_move').to;
  assert.equal(
    await to(file('invoice_2026-03-04.pdf', 'Date: 2025-01-01')),
    'Accounting/2026/2026-03-04 invoice_2026-03-04.pdf',
  );
  assert.equal(await to(file('2026-03-04 invoice.pdf')), 'Accounting/2026/2026-03-04 invoice.pdf');
  assert.equal(await to(file('scan.pdf', 'RECHNUNG vom 3. 11. 2025')), 'Accounting/2025/2025-11-03 scan.pdf');
  assert.equal(await to(file('receipt.jpg')), 'Accounting/2026/2026-11-20 receipt.jpg');
});

test('any other document or photo is filed under Documents, and a file of unknown kind is asked about', async () => {
  assert.match(
    String(inputOf(await calls(request({ file: file('holiday.JPG') })), 'propose_files_move').to),
    /^Documents\/2026\//,
  );
  assert.match(
    String(inputOf(await calls(request({ file: file('thing.xyz') })), 'ask_person').question),
    /this file\?$/,
  );
});

test('a hand-written note that asks to mail somebody becomes a draft to the address in their note', async () => {
  const draft = inputOf(await calls(request({ text: 'Send Anna the Q3 numbers' })), 'propose_email_draft');
  assert.deepEqual(draft.to, ['anna@example.com']);
  assert.equal(draft.subject, 'The Q3 numbers');
  assert.deepEqual(inputOf(await calls(request({ text: 'Send Bob the keys' })), 'propose_email_draft').to, []);
});

test('anything else becomes exactly one question, and its answer is tried on the rules', async () => {
  const first = await calls(request({ text: 'hmm' }));
  assert.deepEqual(
    first.map(({ tool }) => tool),
    ['plan_update', 'ask_person'],
  );
  const answered = (text: string): Request =>
    request({
      text: 'hmm',
      exchanges: [
        {
          turn: { say: '', calls: [...first], usage: { input_tokens: 0, output_tokens: 0, model: 'rulebook' } },
          results: first.map(({ id, tool }) => ({
            call: id,
            ok: true,
            text: tool === 'ask_person' ? text : 'written',
          })),
        },
      ],
    });
  assert.deepEqual(inputOf(await calls(answered('I did it myself')), 'finish').outcome, 'done');
  assert.deepEqual(inputOf(await calls(answered('Drop it')), 'finish').outcome, 'dropped');
  assert.deepEqual(inputOf(await calls(answered('Mail Anna about lunch')), 'propose_email_draft').subject, 'Lunch');
  assert.match(String(inputOf(await calls(answered('whatever')), 'ask_person').context), /whatever/);
});

test('the plan names the rule that it follows', async () => {
  assert.match(
    String(inputOf(await calls(request({ file: file('invoice.pdf') })), 'plan_update').summary),
    /\(rule: file-invoice, in Skills\/file-invoice\/SKILL\.md\)/,
  );
});

test('a rule that cannot be read is named with its mistake and stops no other rule', async () => {
  const broken: Skill = {
    name: 'odd',
    description: '',
    path: 'Skills/odd/SKILL.md',
    text: '## Rule\n\n```yaml\nwhen: [\n```\n',
  };
  const typo: Skill = {
    ...broken,
    name: 'typo',
    path: 'Skills/typo/SKILL.md',
    text: '## Rule\n\n```yaml\nwehn: {}\n```\n',
  };
  const read = rulesOf([broken, typo, ...SHIPPED]);
  assert.equal(read.broken.length, 2);
  assert.equal(read.rules.length, SHIPPED.length);
  const asked = inputOf(await calls(request({ text: 'hmm', skills: [typo] })), 'ask_person');
  assert.match(String(asked.context), /Skills\/typo\/SKILL\.md/);
});

test('a template that names an unknown value asks instead of guessing', async () => {
  const skill: Skill = {
    name: 'x',
    description: '',
    path: 'Skills/x/SKILL.md',
    text: '## Rule\n\n```yaml\nwhen: { source: filesystem }\nthen:\n  actions:\n    - { do: files.move, say: move, with: { from: "{path}", to: "{nonsense}" } }\n```\n',
  };
  assert.match(
    String(inputOf(await calls(request({ file: file('a.pdf'), skills: [skill] })), 'ask_person').context),
    /nonsense/,
  );
});

test('dates are read in the usual ways of writing and impossible ones are not', () => {
  for (const text of [
    '2026-11-03',
    '20261103',
    '3.11.2026',
    '03. 11. 2026',
    '3 November 2026',
    'Nov 3, 2026',
    'on 3rd Nov 2026.',
  ]) {
    assert.equal(dateIn(`x ${text} y`), '2026-11-03', text);
  }
  for (const text of ['2026-13-03', '31.02.2026', '120261103', 'May the 4th', '99.99.2026'])
    assert.equal(dateIn(text), undefined, text);
});

test('words are found whole, whatever their case and what separates them', () => {
  assert.ok(holdsWord('2026_INVOICE-acme', 'invoice'));
  assert.ok(holdsWord('Ihre Rechnung.', 'rechnung'));
  assert.ok(!holdsWord('invoices', 'invoice'));
  assert.ok(!holdsWord('anything', ''));
});

test('a wish to mail is told from other sentences', () => {
  for (const text of ['Buy milk', 'The mailbox is full', 'Remember the resend button'])
    assert.equal(mailWish(text, []), undefined, text);
  assert.equal(mailWish('Please email bob@example.org about the roof', [])?.email, 'bob@example.org');
  assert.equal(
    mailWish('Write to Anna Berg', [{ name: 'Anna Berg', email: 'a@b.example', note: '' }])?.email,
    'a@b.example',
  );
});

test('a rule for a sender fits that address or that whole domain, and no look-alike', async () => {
  const skill: Skill = {
    name: 'bank',
    description: '',
    path: 'Skills/bank/SKILL.md',
    text: '## Rule\n\n```yaml\nwhen: { sender: ["@bank.example", "anna@example.com"] }\nthen:\n  actions:\n    - { do: files.move, say: move, with: { from: "{path}", to: "Accounting/{name}" } }\n```\n',
  };
  const tools = async (sender: string | undefined): Promise<string[]> =>
    (await calls(request({ ...(sender === undefined ? {} : { sender }), file: file('a.bin'), skills: [skill] }))).map(
      ({ tool }) => tool,
    );
  for (const from of ['info@bank.example', 'Info@BANK.example', 'anna@example.com'])
    assert.ok((await tools(from)).includes('propose_files_move'), from);
  for (const from of ['x@bank.example.evil.net', 'x@evilbank.example', 'bob@example.com', undefined]) {
    assert.ok((await tools(from)).includes('ask_person'), from);
  }
});

test('two files of one name that wait together are given two places', async () => {
  const underway = [
    {
      id: 'x',
      tool: 'propose_files_move',
      input: { from: 'Inbox/b/scan.pdf', to: 'Documents/2026/2026-11-20 scan.pdf' },
    },
  ];
  const input = inputOf(await calls(request({ file: file('scan.pdf'), underway })), 'propose_files_move');
  assert.equal(input.to, 'Documents/2026/2026-11-20 scan (2).pdf');
});

test('what else stands in a note that asks to mail somebody is named in the plan, not passed over in silence', async () => {
  const summary = String(
    inputOf(await calls(request({ text: 'Send Anna the numbers\nBuy milk' })), 'plan_update').summary,
  );
  assert.match(summary, /Not acted on.*Buy milk/);
});
