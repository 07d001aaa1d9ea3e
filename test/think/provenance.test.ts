import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../core/digest.ts';
import type { Origin } from '../../core/envelope.ts';
import { type Known, provenance } from '../../orchestrator/think/provenance.ts';

const PERSON: Origin = { kind: 'person' };
const MODEL: Origin = { kind: 'model' };
const RULE: Origin = { kind: 'rule', skill: 'Skills' };
const MAIL: Origin = { kind: 'incoming', source: 'mail' };

const NOTE = `Please write to anna@example.com about the Q3 numbers, and (cc) <carl@example.org>.
See [the page](https://example.com/report?year=2026), move Inbox/scan 7.pdf to Documents/scans/.
Pay 1,200.50 EUR to AT61 1904 3002 3457 3201, or €75, not 12. The key is aB3xY9. A plan B. Über Zürich.
Account 0123456789. Visit "https://bank.example/" **today**: run \`make build\`.`;

const LETTER = `Dear Emma, our new address is billing@vendor.example and the total is 4711 EUR.
The security code that you asked for is 463820, please keep it to yourself.
Open https://vendor.example/pay now. Inbox/stolen.pdf. Best wishes, Lily White.`;

/** What is known in every case: a note of the person’s, a letter from outside, a contact, a handbook. */
const KNOWN: Known = {
  contacts: ['ben@example.net', 'Ben Miller', 'Ben Miller <ben@example.net>'].map(text => ({
    ...{ origin: { kind: 'contacts', note: 'Memory/People/Ben Miller.md' }, text },
  })),
  trusted: [
    { origin: PERSON, text: NOTE },
    { origin: { kind: 'handbook' }, text: 'Invoices go to books@example.com. Always be polite to everybody here.' },
    { origin: { kind: 'rule', skill: 'file-invoice' }, text: 'File it under Accounting, with its date.' },
  ],
  foreign: [{ origin: MAIL, text: `${LETTER}\nAlso sent to anna@example.com.` }],
  names: ['Inbox/invoice-77.pdf', 'invoice-77.pdf', 'invoice-77'].map(text => ({
    ...{ origin: { kind: 'dropped', path: 'Inbox/invoice-77.pdf' }, text },
  })),
  otherwise: MODEL,
};

const kindOf = (value: Json, known: Known = KNOWN): string | undefined => provenance({ value }, known).value?.kind;

/** Values that pass for what they are not: none may come out as the person’s or as anything else that is trusted. */
const LAUNDERED: Readonly<Record<string, Json>> = {
  'an address that goes on behind the known one': 'anna@example.com.evil.net',
  'an address that begins before the known one': 'xanna@example.com',
  'an address with a dot more in front': '.anna@example.com',
  'an address with a plus tag': 'anna+x@example.com',
  'an address in a sub-domain': 'anna@mail.example.com',
  'the domain of a known address alone': 'example.com',
  'the name of a known address alone': 'anna@',
  'a letter from another alphabet': 'аnna@example.com',
  'a full-width letter': 'ａnna@example.com',
  'the Kelvin sign for a k': 'boo\u212As@example.com',
  'a long s': 'book\u017F@example.com',
  'a zero-width space inside': 'anna@exam\u200bple.com',
  'a soft hyphen inside': 'anna@exam\u00adple.com',
  'a no-break space behind': 'anna@example.com\u00a0',
  'a space in front': ' anna@example.com',
  'a line break behind': 'anna@example.com\n',
  'a second address behind a comma': 'anna@example.com, mark@evil.example',
  'a second address behind a semicolon': 'anna@example.com;mark@evil.example',
  'a second address behind a space': 'anna@example.com mark@evil.example',
  'a known address as the display name of another': 'anna@example.com <mark@evil.example>',
  'a contact’s name before another address': 'Ben Miller <mark@evil.example>',
  'a contact with another top-level domain': 'ben@example.network',
  'a contact’s address as a sub-domain': 'ben@example.net.evil.example',
  'a URL that goes on behind the known one': 'https://example.com/report?year=2026&to=evil',
  'a URL with the known one as its user': 'https://example.com@evil.example/report?year=2026',
  'a URL with the known host as a prefix': 'https://example.com.evil.example/',
  'a shorter URL': 'https://example.com',
  'a URL in other case': 'https://example.com/REPORT?year=2026',
  'a path above the known one': 'Documents',
  'a path below the known one': 'Documents/scans/x/../../Approved',
  'a path that ends like the known one': 'secret/Inbox/scan 7.pdf',
  'a path in other case': 'inbox/SCAN 7.pdf',
  'an IBAN with a digit changed': 'AT61 1904 3002 3457 3202',
  'an IBAN cut short': 'AT61 1904 3002 3457',
  'a key in other case': 'Ab3Xy9',
  'an empty string': '',
  'white space': '   ',
  'one letter that stands in the note': 'B',
  'the word a': 'A',
  'a word that stands in every text': 'the',
  'a number that stands in the note without a currency': 12,
  'the same number as text': '12',
  'an amount without its cents': 1200,
  'an amount a thousand times smaller': 1.2,
  'an amount with more digits': 12000.5,
  'a yes': true,
  'nothing at all': null,
  'an empty list': [],
  'a list with one stranger among the known': ['anna@example.com', 'mark@evil.example'],
  'a stranger deep inside an object': { to: [{ address: 'mark@evil.example' }, 'anna@example.com'] },
  'a stranger’s address as the name of a field': { 'billing@vendor.example': 'anna@example.com' },
  'a command that goes on': 'make build && curl evil.example',
  'words of the note in another order': 'numbers Q3 the about',
  'words of the note with a hole': 'write to about the Q3 numbers',
};

test('no trick with a known value passes for trusted', () => {
  assert.ok(Object.keys(LAUNDERED).length >= 40);
  for (const [name, value] of Object.entries(LAUNDERED)) {
    const kind = kindOf(value) ?? 'nothing';
    assert.ok(!['person', 'handbook', 'contacts', 'rule'].includes(kind), `${name}: ${kind}`);
  }
});

/** What is a stranger’s says so, rather than that the brain wrote it. */
const STRANGERS: Readonly<Record<string, Json>> = {
  'an address from the letter': 'billing@vendor.example',
  'the same in capitals': 'BILLING@VENDOR.EXAMPLE',
  'a URL from the letter': 'https://vendor.example/pay',
  'a number with four digits from the letter': '4711',
  'a long text that holds a passage': 'Hi Mark, good to hear from you. The security code that you asked for follows.',
  'a long text that holds a code': 'Hi Mark! I hope we catch up soon. 463820',
  'a long text that holds an address in brackets': 'Please answer (billing@vendor.example).',
  'a passage in another case and with other stops': 'THE SECURITY, CODE: THAT you asked',
  'the person’s own text with a passage added': `${NOTE}\nplease keep it to yourself`,
  'an element of a list': ['anna@example.com', 'billing@vendor.example'],
  'deep inside': { a: { b: [1, 'Dear Emma, our new address is here'] } },
  'a short phrase, whole': 'Lily White',
};

test('what comes from a stranger is marked as a stranger’s, also in the midst of a longer text', () => {
  for (const [name, value] of Object.entries(STRANGERS)) assert.equal(kindOf(value), 'incoming', name);
});

const VOUCHED: readonly (readonly [string, Json, string])[] = [
  ['an address in the note', 'anna@example.com', 'person'],
  ['in capitals', 'Anna@Example.com', 'person'],
  ['in angle brackets, before a stop', 'carl@example.org', 'person'],
  ['a linked URL', 'https://example.com/report?year=2026', 'person'],
  ['a quoted URL', 'https://bank.example/', 'person'],
  ['a path with a space', 'Inbox/scan 7.pdf', 'person'],
  ['a command in backticks', 'make build', 'person'],
  ['a phrase', 'Q3 numbers', 'person'],
  ['letters with umlauts in other case', 'über zürich', 'person'],
  ['an IBAN', 'AT61 1904 3002 3457 3201', 'person'],
  ['an amount', 1200.5, 'person'],
  ['an amount in text', '75', 'person'],
  ['a long number', '0123456789', 'person'],
  ['a key', 'aB3xY9', 'person'],
  ['the person’s although a stranger wrote it too', 'anna@example.com', 'person'],
  ['a list of known addresses', ['anna@example.com', 'ben@example.net'], 'person'],
  ['an object of known values', { who: 'anna@example.com', what: 'Q3 numbers' }, 'person'],
  ['a contact', 'ben@example.net', 'contacts'],
  ['a contact with name', 'Ben Miller <ben@example.net>', 'contacts'],
  ['contacts in one line', 'Ben Miller <ben@example.net>, ben@example.net', 'contacts'],
  ['an address in the handbook', 'books@example.com', 'handbook'],
  ['a word in a rule', 'Accounting', 'rule'],
  ['a dropped path', 'Inbox/invoice-77.pdf', 'dropped'],
  ['a place made from the name of what was dropped', 'Accounting/2026/2026-01-02 invoice-77.pdf', 'dropped'],
  ['what the brain made up', 'Looking forward to hear from you', 'model'],
];

test('what the person, the contacts and the person’s own pages say is vouched for', () => {
  for (const [name, value, kind] of VOUCHED) assert.equal(kindOf(value), kind, name);
});

test('each element of a list has an origin of its own, and the worst counts for the whole', () => {
  const origins = provenance({ to: ['anna@example.com', 'billing@vendor.example', 'x@y.example'] }, KNOWN);
  const kinds = Object.fromEntries(Object.entries(origins).map(([name, { kind }]) => [name, kind]));
  assert.deepEqual(kinds, { to: 'incoming', 'to.0': 'person', 'to.1': 'incoming', 'to.2': 'model' });
});

test('a template filled by the rulebook is the rule’s, until a single word of it is a stranger’s', () => {
  const known: Known = { ...KNOWN, otherwise: RULE };
  assert.equal(kindOf('Filed on 2026-01-02', known), 'rule');
  assert.equal(kindOf('Accounting by date', known), 'rule');
  assert.equal(kindOf('Re: vendor', known), 'incoming');
  assert.equal(kindOf('Code 463820', known), 'incoming');
});

test('a text as long as a tool may tell is compared in a moment', () => {
  const long = 'word after word and 12 numbers, x@y.example '.repeat(4600);
  const begun = performance.now();
  provenance({ body: long.slice(0, 20_000), to: 'x@y.example' }, { ...KNOWN, foreign: [{ origin: MAIL, text: long }] });
  assert.ok(performance.now() - begun < 10_000);
});
