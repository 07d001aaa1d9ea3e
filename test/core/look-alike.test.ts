import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { acquaintedWith, comparedKeys } from '../../core/acquaintance.ts';
import { lookalikeOf } from '../../core/look-alike.ts';

const KNOWN = ['anna.miller@firm.example', 'billing@northwind.example', 'ben@home.example'];
/** Any text, half surrogates and marks that nobody sees among it. */
const CODES = fc
  .array(fc.integer({ min: 0, max: 0x2fff }), { maxLength: 30 })
  .map(codes => String.fromCharCode(...codes));
/** Letters with others that pass for them. */
const TWINS: Readonly<Record<string, string>> = {
  a: 'а',
  c: 'с',
  e: 'е',
  i: 'і',
  o: 'о',
  p: 'р',
  x: 'х',
  l: '1',
  m: 'rn',
};

test('a letter that is replaced by one that looks the same is noticed, wherever it stands', () => {
  for (const known of KNOWN)
    for (const [at, letter] of [...known].entries()) {
      const twin = TWINS[letter];
      if (twin === undefined) continue;
      const forged = `${known.slice(0, at)}${twin}${known.slice(at + 1)}`;
      assert.equal(lookalikeOf(forged, KNOWN), known, forged);
    }
});

test('one sign more, less, other or swapped is noticed, and a mark that nobody sees', () => {
  for (const known of KNOWN)
    for (let at = 0; at + 1 < known.length; at += 1) {
      const [one = '', two = ''] = [known[at], known[at + 1]];
      for (const made of [two, `${one}${one}${two}`, `${two}${one}`, `z${two}`, `${one}\u200b${two}`]) {
        const forged = `${known.slice(0, at)}${made}${known.slice(at + 2)}`;
        if (forged !== known && forged.includes('@')) assert.ok(lookalikeOf(forged, KNOWN) !== undefined, forged);
      }
    }
});

test('nobody looks like himself, and no text is too odd to be looked at', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(CODES, fc.constantFrom(...KNOWN)), { maxLength: 4 }), texts => {
      for (const text of texts) {
        const like = lookalikeOf(text, texts);
        assert.ok(like === undefined || (like !== text && texts.includes(like)));
      }
    }),
    { numRuns: 60 },
  );
});

test('however it is dressed, an address that is not known is never taken for one that is', () => {
  const people = new Map(KNOWN.map(one => [`mail:${one}`, 'It stands in your address book.']));
  const known = { own: new Set(['mail:me@own.example']), people };
  const compared = comparedKeys(known);
  for (const one of KNOWN) {
    assert.equal(acquaintedWith(` ${one.toUpperCase()} `, known, compared).standing, 'known');
    for (const dressed of [
      `"${one}" <evil@far.example>`,
      `${one} `.repeat(2),
      `${one},evil@far.example`,
      `${one}.evil.example`,
      `x${one}`,
    ])
      assert.equal(acquaintedWith(dressed, known, compared).standing, 'new', dressed);
  }
});
