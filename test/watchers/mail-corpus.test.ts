import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { attachmentPath } from '../../core/attachment-path.ts';
import { sha256 } from '../../core/digest.ts';
import { readProperties } from '../../core/front-matter.ts';
import type { Arrived } from '../../core/networked-watcher.ts';
import { CORPUS } from '../corpus/mail/all.ts';
import { arrived, isKeptFile } from '../helpers/arrived-mail.ts';
import { shapeOf } from '../helpers/live-markdown.ts';

// Times in notes are local.
process.env.TZ = 'Europe/Berlin';

const EXPECTED = path.join(import.meta.dirname, '..', 'corpus', 'mail', 'expected.txt');
const MARK = '\n=== ';

/** What of a note is looked at byte for byte; of a long one its beginning, its end and its hash. */
function looked({ note, sender, thread, attachments, facts }: Arrived): string {
  const body = note.slice(note.indexOf('---\n#') + 4);
  const short = body.length <= 3000 ? body : `${body.slice(0, 900)}\n… ${sha256(body)} …\n${body.slice(-600)}`;
  const kept = attachments.map(one => `${attachmentPath(one.sha256, one.name)} · ${one.type}`);
  const shown = kept.length > 5 ? [...kept.slice(0, 5), `${kept.length} in all`] : kept;
  const { account: _, folder: __, subject: ___, attachments: ____, ...rest } = facts;
  return `${short}${JSON.stringify({ sender, thread, kept: shown, facts: rest })}\n`;
}

const notes = new Map([...CORPUS].map(([name, bytes]) => [name, arrived(bytes)]));

test('there are more than two hundred odd mails, each with a name of its own', () => {
  assert.ok(CORPUS.size >= 300, `${CORPUS.size}`);
  assert.equal(new Set([...CORPUS.values()].map(sha256)).size, CORPUS.size, 'two are the same mail');
});

/** `GOLDEN=write npm test -- --only mail-corpus` writes them anew. */
test('each odd mail becomes the note that was looked at last, to the byte', () => {
  const made = [...notes].map(([name, note]) => `${MARK.slice(1)}${name}\n${looked(note)}`).join('\n');
  if (process.env.GOLDEN === 'write') writeFileSync(EXPECTED, made);
  const sections = (text: string): Map<string, string> =>
    new Map(
      `\n${text}`
        .split(MARK)
        .slice(1)
        .map(one => [one.slice(0, one.indexOf('\n')), one.trimEnd()]),
    );
  const [found, expected] = [sections(made), sections(readFileSync(EXPECTED, 'utf8'))];
  for (const [name, text] of found) assert.equal(text, expected.get(name), name);
  assert.deepEqual([...expected.keys()], [...found.keys()]);
});

test('no note of an odd mail fetches, runs, links, embeds, queries or hides anything', () => {
  for (const [name, { note }] of notes) assert.deepEqual(shapeOf(note, isKeptFile).live, [], name);
});

test('each note of an odd mail is read back as the task that it was written for, and fits into the vault', () => {
  for (const [name, { note, title, facts }] of notes) {
    const read = readProperties(note);
    assert.ok(read.ok, name);
    assert.deepEqual(
      read.value.properties,
      { type: 'task', format: 1, id: 'mail-0123456789ab', source: 'mail', created: '2026-11-20T17:05:00' },
      name,
    );
    assert.ok(note.isWellFormed() && !note.includes('\0') && note.length < 500_000, name);
    assert.ok(title.length > 0 && title.length <= 200 && !title.includes('\n'), name);
    assert.ok(Buffer.byteLength(JSON.stringify(facts)) <= 32_768, name);
  }
});

test('every file that hangs on an odd mail is kept as it was, and linked where it is kept', () => {
  for (const [name, { note, attachments }] of notes) {
    for (const { sha256: digest, bytes, name: called } of attachments) {
      assert.equal(sha256(bytes), digest, name);
      const place = attachmentPath(digest, called);
      assert.match(place, /^Documents\/Attachments\/[0-9a-f]{12} [^/\\]+$/, name);
      if (attachments.length <= 12) assert.ok(note.includes(path.basename(place)), `${name}: ${place}`);
    }
  }
});
