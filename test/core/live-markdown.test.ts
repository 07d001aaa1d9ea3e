import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveIn } from '../../core/live-markdown.ts';
import { HOSTILE } from '../helpers/hostile-markdown.ts';

/** What a person reads or clicks, and what changes only how a text looks: nothing happens when it is opened. */
const STILL =
  /^(?:entities|an entity|an autolink of mail|a link|a bare|a definition|an address|a mail address|a wiki link|a tag|a block name|an Obsidian comment|the (?:end|beginning) of|marked|struck|strong|a Dataview field|a fence that closes ours|longer and longer|a long run|backticks|a callout|a foldable|a ticked|a task|a heading|a second heading|Steward’s own|a rule|properties|YAML|code by|a list|a hard|text turned|characters of|tag char|blanks|line ends of other|control|half|a canvas|nothing|only)/;
const CLOSES = 'a link that closes another';

test('everything of the corpus that fetches, runs or embeds when it is opened is found, also deep in a value', () => {
  const found = Object.entries(HOSTILE).filter(([, text]) => liveIn({ rows: [{ text }] }).length > 0);
  const wanted = Object.keys(HOSTILE).filter(name => !STILL.test(name) || name === CLOSES);
  assert.deepEqual(
    found.map(([name]) => name),
    wanted,
  );
  assert.ok(wanted.length >= 55, `${wanted.length} of the corpus are live`);
});

test('what a program acts on in the properties is found, and an ordinary note holds nothing live', () => {
  for (const line of ['banner: "https://evil.example/p.png"', 'excalidraw-plugin: parsed', 'cssclasses: x'])
    assert.deepEqual(liveIn(`---\ntags: [a]\n${line}\n---\nx`), ['a property that a program acts on'], line);
  const ordinary = [
    '---\ntags: [a]\ncreated: 2026-11-30\n---\n# Minutes\n\n- [ ] call Anna, a < b, 3 > 2\n- [[Plan]] [page](https://example.com)\n',
    '```\nplain\n```\n\n````text\nx\n````\n\n~~~json\n{}\n~~~\n\n| a | b |\n|---|---|\n| `c` | $5 |\n\n> [!note] Read\n> x == y',
  ];
  for (const text of ordinary) assert.deepEqual(liveIn(text), []);
});

test('a bare address in angle brackets is no HTML, and nothing that has attributes or closes passes for one', () => {
  for (const still of ['<CAF+abc=x_1.2@mail.example.com>', 'write to <anna@example.com>', '<4711@host>'])
    assert.deepEqual(liveIn(still), [], still);
  const tags = [
    '<img/src=x@y>',
    '<img src="a@b">',
    "<a'@b>",
    '<img@b onerror=x>',
    '</a@b>',
    '<!a@b>',
    '<b@c><img>',
    '<a@b',
  ];
  for (const live of tags) assert.deepEqual(liveIn(live), ['HTML'], live);
});

test('a megabyte of anything is looked through in a moment', () => {
  const odd = ['`', ' ', '1', '> ', '- ', '`A', '` ', '\n```', '---\na\n', '<', '<a', '<a@', '!', '\\'];
  for (const unit of odd) {
    const from = performance.now();
    liveIn(unit.repeat(1_000_000 / unit.length));
    assert.ok(performance.now() - from < 5000, JSON.stringify(unit));
  }
});
