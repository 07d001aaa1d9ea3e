import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headOf } from '../../core/mail/header.ts';
import { type HeaderField, wroteTo } from '../../core/wrote-to.ts';
import { compose, tagOf } from '../../mcp-servers/email/compose.ts';
import { envelopeFor } from '../helpers/envelopes.ts';

const OWN = new Set(['mail:me@example.test', 'mail:my.other@example.test']);
const MAIL: Readonly<Record<string, string>> = {
  from: 'Me Myself <Me@example.test>',
  to: '"Anna Miller" <anna@example.com>, ben@example.org',
  cc: 'Friends: cora@example.dk, "dora@elsewhere.test" <dora@example.fr>;',
  bcc: 'emil@example.se, me@example.test, anna@EXAMPLE.com',
  'message-id': '<CAF00D@mail.example.test>',
  'content-type': 'text/plain',
};
const told = (changes: Readonly<Record<string, string | undefined>>): readonly string[] => {
  const fields = Object.entries({ ...MAIL, ...changes }).flatMap(([key, value]): HeaderField[] =>
    value === undefined ? [] : [{ key, value }],
  );
  return wroteTo(fields, OWN);
};

test('whom the person wrote to is told by bare addresses, each once, without the person and without names', () => {
  assert.deepEqual([...told({})].map(address => address.toLowerCase()).sort(), [
    'anna@example.com',
    'ben@example.org',
    'cora@example.dk',
    'dora@example.fr',
    'emil@example.se',
  ]);
  assert.deepEqual(told({ from: 'my.other@example.test', 'auto-submitted': 'no' }).length, 5);
});

for (const [what, changes] of [
  ['a vacation notice that a program sent', { 'auto-submitted': 'auto-replied (vacation)' }],
  ['a vacation notice of an older program', { precedence: 'auto_reply' }],
  ['a vacation notice that only an X-Autoreply marks', { 'x-autoreply': 'yes' }],
  ['a receipt', { 'content-type': 'multipart/report; report-type=disposition-notification' }],
  ['an answer to an invitation', { 'content-type': 'text/calendar; charset=utf-8; method=REPLY' }],
  ['a mail that came in and was filed as sent', { 'delivered-to': 'me@example.test' }],
  ['a mail of a list that came in', { 'list-id': '<list.example.org>' }],
  ['a mail of somebody else, who calls himself by an own address', { from: '"me@example.test" <evil@elsewhere.test>' }],
  ['a mail of two senders', { from: 'me@example.test, evil@elsewhere.test' }],
  ['a mail without a sender', { from: undefined }],
  ['a mail that Steward sent', { 'message-id': `<${'0123456789abcdef'.repeat(2)}@example.test>` }],
  ['a mailing to hundreds', { to: Array.from({ length: 101 }, (_, index) => `p${index}@many.example`).join(', ') }],
] as const) {
  test(`${what} makes nobody an acquaintance`, () => assert.deepEqual(told(changes), []));
}

test('an address inside a name or a comment is not written to', () => {
  const to = '"evil@elsewhere.test" <anna@example.com>, ben@example.org (evil@elsewhere.test)';
  assert.deepEqual(told({ to, cc: undefined, bcc: undefined }), ['anna@example.com', 'ben@example.org']);
});

test('a copy of what Steward sent, as it composes mail, makes nobody an acquaintance; the same from a mail program does', async () => {
  const envelope = envelopeFor('email', 'send', {});
  const tag = tagOf(envelope, envelope.id);
  const composed = async (messageId: string): Promise<readonly string[]> => {
    const bytes = await compose({
      ...{ from: { name: 'Me', address: 'me@example.test' }, to: ['anna@example.com'], cc: [], subject: 'Hello' },
      ...{ text: 'Hello', attached: [], date: new Date(0), tag, messageId, unsent: false },
    });
    return wroteTo(
      headOf(bytes).headers.map(({ name, value }) => ({ key: name, value })),
      OWN,
    );
  };
  assert.deepEqual(await composed(`<${tag}@example.test>`), []);
  assert.deepEqual(await composed('<7F1A2B3C-0001@example.test>'), ['anna@example.com']);
});
