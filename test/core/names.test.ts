import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clip, isPassing, isSyncConflict, noteStem, numbered, slug, splitExtension } from '../../core/names.ts';
import { nastyText } from '../helpers/any-envelope.ts';

const name = fc.oneof(
  nastyText,
  fc.string({ unit: 'binary', maxLength: 300 }).map(text => text.toWellFormed()),
  fc.string({ minLength: 240, maxLength: 300 }),
);

test('a slug is small letters, digits and dashes, never empty, never too long, and stays one', () => {
  fc.assert(
    fc.property(name, text => {
      assert.match(slug(text), /^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$/);
      assert.equal(slug(slug(text)), slug(text));
      assert.match(`${noteStem(text, 'file-0123456789ab')}-approval-1`, /^[a-z0-9-]{1,160}$/);
    }),
  );
  assert.equal(slug('Résumé – Größe.pdf'), 'resume-grosse-pdf');
  assert.equal(slug('日本'), 'item');
});

test('a clipped name fits, keeps its ending and whole characters', () => {
  fc.assert(
    fc.property(name, text => {
      const short = clip(text);
      assert.ok(Buffer.byteLength(short) <= 255 && short.isWellFormed());
      const [, ending] = splitExtension(text);
      if (Buffer.byteLength(ending) < 255) assert.ok(short.endsWith(ending));
    }),
  );
});

test('every attempt at a free name is another name, however long the name is', () => {
  fc.assert(
    fc.property(
      name.filter(text => text !== ''),
      text => {
        const tried = [1, 2, 3, 10, 100].map(attempt => numbered(clip(text), attempt));
        assert.equal(new Set(tried).size, tried.length);
        for (const one of tried) assert.ok(Buffer.byteLength(one) <= 255, one);
      },
    ),
  );
  assert.equal(numbered('a.md', 2), 'a (2).md');
  assert.equal(numbered('.profile', 2), '.profile (2)');
  assert.equal(numbered(`${'n'.repeat(252)}.md`, 2), `${'n'.repeat(248)} (2).md`);
  assert.equal(new Set([1, 2, 3].map(attempt => numbered(`a.${'e'.repeat(253)}`, attempt))).size, 3);
});

test('what belongs to editors, transfers and sync tools is known by its name, and nothing else is', () => {
  for (const passing of ['.x', '~$a.docx', 'a~', 'a.tmp', 'a.PART', 'b.crdownload', 'Untitled.md', 'Untitled 3.md'])
    assert.ok(isPassing(passing), passing);
  for (const fine of ['a.md', 'Untitled plans.md', 'temp.md', 'part.pdf', '~a', 'untitled.pdf'])
    assert.ok(!isPassing(fine), fine);
  for (const conflict of ['a.sync-conflict-20260101-120000-ABC.md', 'a (conflicted copy 2026).md', 'a (Conflict).md'])
    assert.ok(isSyncConflict(conflict), conflict);
  for (const fine of ['conflict of interest.md', 'a (2).md']) assert.ok(!isSyncConflict(fine), fine);
});
