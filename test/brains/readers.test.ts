import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Skill, TaskView } from '../../core/brain.ts';
import { dueIn } from '../../orchestrator/brains/rulebook/due.ts';
import { link } from '../../orchestrator/brains/rulebook/link.ts';
import { fitOf } from '../../orchestrator/brains/rulebook/match.ts';
import { meeting, tasksIn } from '../../orchestrator/brains/rulebook/meeting.ts';
import { rulesOf } from '../../orchestrator/brains/rulebook/rule.ts';
import { shapeOf } from '../helpers/live-markdown.ts';

const note = (text: string, title = 'Meeting with Anna 2026-11-18'): TaskView => ({
  ...{ id: 'note-000000000000', title, source: 'person', text, sender: undefined, file: undefined },
  origin: { kind: 'person' },
  received: '2026-11-21T08:00:00.000Z',
});
const drop = (name: string, text: string): TaskView => ({
  ...note('', name),
  source: 'filesystem',
  origin: { kind: 'dropped', path: `Inbox/${name}` },
  file: {
    ...{ path: `Inbox/${name}`, name, size: text.length, sha256: 'a'.repeat(64), text },
    modified: '2026-11-20T12:00:00.000Z',
  },
});

function tasks(task: TaskView): readonly string[] {
  const read = meeting(task, task.text);
  assert.ok(read.ok);
  return (read.value.values.get('tasks') ?? '').split('\n');
}

test('the open tasks of a meeting note become lines of the Tasks plugin, with priority, day and due day', () => {
  const text = [
    '- [ ] Anna: send numbers by Friday',
    '- [x] Ben: book the room',
    '- we talked about the weather',
    '## Action items',
    '- write the summary by tomorrow',
    '2. call the bank, urgent',
    '## Notes',
    '- not a task',
    'TODO: order paper by 30 Nov',
    '```',
    '- [ ] only code',
    '```',
    '- [ ] pay rent 📅 2026-12-01',
  ].join('\n');
  assert.deepEqual(tasks(note(text)), [
    '- [ ] Anna: send numbers by Friday ➕ 2026-11-18 📅 2026-11-20',
    '- [ ] write the summary by tomorrow ➕ 2026-11-18 📅 2026-11-19',
    '- [ ] call the bank, urgent ⏫ ➕ 2026-11-18',
    '- [ ] order paper by 30 Nov ➕ 2026-11-18 📅 2026-11-30',
    '- [ ] pay rent ➕ 2026-11-18 📅 2026-12-01',
  ]);
});

test('tasks are found under the headings of English and German minutes', () => {
  for (const heading of [
    '## Action items',
    '**Next steps:**',
    '# To-do',
    'Aufgaben:',
    '### Nächste Schritte',
    '## TODOs',
  ])
    assert.deepEqual(tasksIn(`${heading}\n- call Anna\n\n# Else\n- no`), ['call Anna'], heading);
});

test('a due day is read where one is meant, and none where it could be two', () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    'by Friday': '2026-11-20',
    'bis Montag': '2026-11-23',
    'by Wednesday': '2026-11-25',
    'bis 30.11.': '2026-11-30',
    'by 3 January': '2027-01-03',
    'due 2026-12-24': '2026-12-24',
    'by today': '2026-11-18',
    'by 31 November': undefined,
    'next Friday': undefined,
    'the Friday report': undefined,
    'by the way': undefined,
    'version 3.11': undefined,
  };
  for (const [text, expected] of Object.entries(cases)) assert.equal(dueIn(text, '2026-11-18'), expected, text);
});

test('what a dropped meeting note says is inert in the list that is made of it, and the list is bounded', () => {
  const hostile = '- [ ] <img src=x> ![[Secret]] [x](http://evil.example) #tag `= this` %% x %%';
  const lines = tasks(drop('meeting.md', `${hostile}\n${'- [ ] one\n'.repeat(1000)}`));
  assert.deepEqual(shapeOf(lines.join('\n'), () => false).live, []);
  assert.ok(lines.length < 210 && /800 more|801 more/.test(lines.at(-1) ?? ''), lines.at(-1));
  assert.ok(!meeting(note('Nothing to do here'), '').ok);
  assert.ok(!meeting(drop('meeting.pdf', '- [ ] x'), '').ok);
  assert.ok(!meeting(drop('meeting.md', `- [ ] x\n${'y'.repeat(40_000)}`), '').ok, 'not half of it');
});

test('a note or a dropped link that is mainly an address becomes a line of the reading list', () => {
  const lineOf = (task: TaskView): string | undefined => {
    const read = link(task, task.text);
    return read.ok ? read.value.values.get('url_line') : undefined;
  };
  const plain = lineOf(note('Read later: https://example.com/a', 'Reading'));
  assert.match(plain ?? '', /^- \[ \] Reading · https:\/\/example\.com\/a ➕ 2026-11-21 \^link-[0-9a-f]{10}$/);
  assert.match(
    lineOf(drop('A page.url', '[InternetShortcut]\r\nURL=https://example.com/b\r\n')) ?? '',
    /A page · https/,
  );
  const webloc = '<plist><dict><key>URL</key><string>https://example.com/c?a=1&amp;b=2</string></dict></plist>';
  assert.match(lineOf(drop('Page.webloc', webloc)) ?? '', /https:\/\/example\.com\/c\?a=1&b=2 /);
  assert.equal(
    lineOf(note('https://example.com/a', 'x'))?.slice(-15),
    lineOf(note('https://EXAMPLE.com/a', 'y'))?.slice(-15),
  );
});

test('an address that could end its link, log somebody in or run something is made harmless or refused', () => {
  const urlOf = (text: string): string | undefined => {
    const read = link(note(text, 'x'), text);
    return read.ok ? read.value.values.get('url') : undefined;
  };
  for (const text of ['https://example.com/a)](http://x', 'https://example.com/[[b]]|c`d`$e$~f*g*^h^{{i}}\\j'])
    assert.match(urlOf(text) ?? '', /^https:\/\/example\.com\/[^()[\]|`$~*^{}\\<>\s]*$/, text);
  for (const text of [
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://user:secret@example.com/',
    'https://a.example https://b.example',
    `https://example.com/${'a'.repeat(3000)}`,
    `https://example.com ${'many words '.repeat(20)}`,
    'https://',
    'no address',
  ])
    assert.equal(urlOf(text), undefined, text.slice(0, 60));
});

const skill = (name: string, box: string): Skill => ({
  ...{ name, description: '', path: `Skills/${name}/SKILL.md` },
  text: `# ${name}\n\n## Rule\n\n\`\`\`yaml\n${box}\n\`\`\`\n`,
});
const RULE =
  'when: {source: person}\nthen:\n  actions:\n    - {do: files.write, say: x, with: {path: "a.md", text: x}}';

test('of two rules with one priority the one that comes first in the alphabet is used, wherever they stand', () => {
  const skills = ['b', 'a', 'c'].map(name => skill(name, RULE));
  assert.deepEqual(
    rulesOf([...skills, skill('z', `priority: 51\n${RULE}`)]).rules.map(one => one.skill),
    ['z', 'a', 'b', 'c'],
  );
});

test('a mistake in a rule is told with the line in which it stands, and no other rule is lost', () => {
  const cases: Readonly<Record<string, RegExp>> = {
    [`priority: 50\nwehn: {}\n${RULE}`]: /Unrecognized key: "wehn", line 2 of its box$/,
    [`priority: high\n${RULE}`]: /priority: .*, line 1 of its box$/,
    [`${RULE}\n  steps: [`]: /line \d+ of its box$/,
    [`when: {reads: minds}\n${RULE.split('\n').slice(1).join('\n')}`]: /when\.reads: .*, line 1 of its box$/,
    [`priority: 1\npriority: 2\n${RULE}`]: /line 2 of its box$/,
  };
  for (const [box, expected] of Object.entries(cases)) {
    const { rules, broken } = rulesOf([skill('bad', box), skill('good', RULE)]);
    assert.deepEqual(
      rules.map(one => one.skill),
      ['good'],
    );
    assert.equal(broken.length, 1);
    assert.match(broken[0] ?? '', expected, box);
    assert.match(broken[0] ?? '', /^Skills\/bad\/SKILL\.md: /);
  }
});

test('a rule says each reason for which it does not fit', () => {
  const [rule] = rulesOf([
    skill(
      'x',
      RULE.replace('{source: person}', '{source: filesystem, extension: pdf, folder: Receipts, words: invoice}'),
    ),
  ]).rules;
  assert.ok(rule);
  assert.equal(fitOf(rule, note('hello', 'x'), 'hello').misfits.length, 4);
  const inFolder: TaskView = drop('a invoice.pdf', '');
  assert.ok(inFolder.file);
  const receipt = { ...inFolder, file: { ...inFolder.file, path: 'Inbox/receipts/a invoice.pdf' } };
  assert.deepEqual(fitOf(rule, receipt, '').misfits, []);
});
