import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LARGEST_TABLE, type TaskView } from '../../core/brain.ts';
import { amountIn, amountText, decimalMark } from '../../orchestrator/brains/rulebook/bank/amount.ts';
import { dateOf, dateOrder } from '../../orchestrator/brains/rulebook/bank/dates.ts';
import { bank } from '../../orchestrator/brains/rulebook/bank/index.ts';
import { readStatement } from '../../orchestrator/brains/rulebook/bank/statement.ts';
import { shapeOf } from '../helpers/live-markdown.ts';

const task = (text: string, name = 'bank.csv', size = Buffer.byteLength(text)): TaskView => ({
  ...{ id: 'file-000000000000', title: name, source: 'filesystem', text: '', sender: undefined },
  origin: { kind: 'dropped', path: `Inbox/${name}` },
  file: { path: `Inbox/${name}`, name, size, sha256: 'a'.repeat(64), modified: '2026-11-20T12:00:00.000Z', text },
  received: '2026-11-21T08:00:00.000Z',
});

/** Nothing in a note is live but its own table. */
function assertInert(note: string): void {
  const { live } = shapeOf(note.replace(/ \^[0-9a-f]{12} \|$/gm, ' |'), () => false);
  assert.deepEqual(
    live.filter(one => one !== 'table_open'),
    [],
    note,
  );
}

/** What was read of a text: a line for each booking, and how many were set apart. */
function read(text: string): { bookings: string[]; broken: string[] } {
  const statement = readStatement(text);
  assert.ok(statement.ok);
  return {
    bookings: statement.value.bookings.map(
      ({ date, units, currency, text: told }) => `${date} ${amountText(units)} ${currency} ${told}`,
    ),
    broken: statement.value.broken.map(({ line, why }) => `${line}: ${why}`),
  };
}

/** The month notes that would be written of a text: path → rows. */
function months(text: string): Map<string, string> {
  const reading = bank(task(text), '');
  assert.ok(reading.ok);
  return new Map(
    (reading.value.lists.months ?? []).map(month => [month.get('month_path') ?? '', month.get('month_rows') ?? '']),
  );
}

const keysOf = (rows: string): string[] => [...rows.matchAll(/\^([0-9a-f]{12}) \|$/gm)].map(([, key]) => key ?? '');

test('the exports of banks are read, whatever their headings, separators, quotes and ways of writing amounts', () => {
  const expected = ['2026-11-03 -12.50', '2026-11-14 1234.56'];
  const shapes: Readonly<Record<string, string>> = {
    'German, semicolons': 'Buchungstag;Verwendungszweck;Betrag\n03.11.2026;Bar;-12,50\n14.11.2026;Lohn;1.234,56\n',
    'German, quotes, a BOM and CRLF':
      '\ufeff"Buchungsdatum";"Zahlungsempfänger*in";"Verwendungszweck";"Betrag (€)"\r\n"03.11.26";"Bar";"x";"-12,50"\r\n"14.11.26";"Lohn";"y";"1.234,56 €"\r\n',
    'German, debit and credit': 'Datum;Text;Soll;Haben\n3.11.2026;Bar;12,50;\n14.11.2026;Lohn;;1.234,56\n',
    'German, a column of sides': 'Datum;Text;Umsatz;Soll/Haben\n3.11.2026;Bar;12,50;S\n14.11.2026;Lohn;1234,56;H\n',
    'English, commas': 'Date,Description,Amount\n2026-11-03,Bar,-12.50\n2026-11-14,Pay,"1,234.56"\n',
    'English, debit and credit':
      'Transaction Date,Details,Debit Amount,Credit Amount\n11/03/2026,Bar,12.50,\n11/14/2026,Pay,,1234.56\n',
    'English, paid out': 'Date,Description,Paid out,Paid in\n03/11/2026,Bar,£12.50,\n14/11/2026,Pay,,"£1,234.56"\n',
    'tabs and brackets': 'Date\tDescription\tAmount\n2026/11/03\tBar\t(12.50)\n2026/11/14\tPay\t1,234.56\n',
    Swiss: "Valuta;Buchungstext;Belastung;Gutschrift\n03.11.2026;Bar;-12.50;\n14.11.2026;Lohn;;1'234.56\n",
    'times and a state':
      'Started Date,Completed Date,Description,Amount,Currency,State\n2026-11-03 10:00:00,2026-11-03 11:00:00,Bar,-12.50,EUR,COMPLETED\n2026-11-13 10:00:00,2026-11-14 11:00:00,Pay,1234.56,EUR,COMPLETED\n',
    'lines before the headings':
      '"Konto:";"DE02120300000000202051"\n\n"Kontostand:";"1.000,00"\nBuchung;Verwendungszweck;Betrag\n03.11.2026;Bar;-12,50\n14.11.2026;Lohn;1.234,56\n',
  };
  assert.ok(Object.keys(shapes).length >= 10);
  for (const [name, text] of Object.entries(shapes)) {
    const { bookings, broken } = read(text);
    assert.deepEqual(broken, [], name);
    assert.deepEqual(
      bookings.map(one => one.split(' ').slice(0, 2).join(' ')),
      expected,
      name,
    );
  }
});

test('amounts are read exactly, in every usual way of writing, and never guessed', () => {
  const cases: readonly (readonly [string, '.' | ',' | undefined, string | undefined])[] = [
    ['1.234,56', ',', '1234.56'],
    ['1,234.56', '.', '1234.56'],
    ['1.234,56', undefined, '1234.56'],
    ['(12.00)', '.', '-12.00'],
    ['12,00-', ',', '-12.00'],
    ['\u221212,00 €', ',', '-12.00'],
    ['-0', '.', '0.00'],
    ['-0,00', ',', '0.00'],
    ['(0.00)', '.', '0.00'],
    ['EUR 12.50', '.', '12.50'],
    ['12.50 CR', '.', '12.50'],
    ['12.50 DR', '.', '-12.50'],
    ["1'234'567.8", '.', '1234567.80'],
    ['1 234,5', ',', '1234.50'],
    ['0.1234', '.', '0.1234'],
    ['.50', '.', '0.50'],
    ['999999999999.99', '.', '999999999999.99'],
    ['1.234', undefined, undefined],
    ['1.23,45', ',', undefined],
    ['12.5', ',', undefined],
    ['--12', '.', undefined],
    ['-12-', '.', undefined],
    ['(-12)', '.', undefined],
    ['12e5', '.', undefined],
    ['=1+1', '.', undefined],
    ['', '.', undefined],
    ['Infinity', '.', undefined],
    ['9999999999999.00', '.', undefined],
    ['١٢', '.', undefined],
  ];
  for (const [cell, mark, expected] of cases) {
    const units = amountIn(cell, mark);
    assert.equal(units === undefined ? undefined : amountText(units), expected, `“${cell}” with ${mark}`);
  }
  assert.equal(decimalMark(['1.234', '5,50']), ',');
  assert.equal(decimalMark(['1,50', '1.50']), undefined);
});

test('a column decides whether the day or the month comes first, and a day that does not exist is none', () => {
  assert.equal(dateOrder(['03/04/2026', '25/04/2026'], false), 'day');
  assert.equal(dateOrder(['03/04/2026', '04/25/2026'], false), 'month');
  assert.equal(dateOrder(['03/04/2026', '05/04/2026', '09/04/2026'], false), 'day');
  assert.equal(dateOrder(['03/04/2026', '03/05/2026', '03/09/2026'], false), 'month');
  assert.equal(dateOrder(['03/04/2026'], true), 'day');
  assert.equal(dateOrder(['2026-04-03', '03.04.2026'], false), undefined);
  assert.equal(dateOf('03/04/2026', 'day'), '2026-04-03');
  assert.equal(dateOf('03/04/2026', 'month'), '2026-03-04');
  assert.equal(dateOf('29.02.2028', undefined), '2028-02-29');
  for (const cell of [
    '31.11.2026',
    '29.02.2026',
    '2026-13-01',
    '00.00.0000',
    '',
    '-',
    'yesterday',
    '=TODAY()',
    '46000',
  ])
    assert.equal(dateOf(cell, 'day'), undefined, cell);
});

test('a line that cannot be read stands apart alone, with its number and why, and every other is taken', () => {
  const lines = [
    'Date;Description;Amount',
    '2026-11-01;good;-1.00',
    '2026-02-30;no such day;-1.00',
    '2026-11-02;no amount;abc',
    '2026-11-03;"open quote;-1.00',
    '2026-11-04;good;-2.00',
    '2026-11-05;too;many;columns;-1.00',
    'Balance;;',
    '2026-11-06;"two\nlines";-3.00',
    '2026-11-07;the end',
  ];
  const { bookings, broken } = read(lines.join('\n'));
  assert.deepEqual(
    bookings.map(one => one.slice(0, 16)),
    ['2026-11-01 -1.00', '2026-11-04 -2.00', '2026-11-06 -3.00'],
  );
  assert.deepEqual(
    broken.map(one => one.split(':')[0]),
    ['3', '4', '5', '7', '8', '11'],
  );
});

test('the same booking in two exports is the same, and two equal bookings of one day are two', () => {
  const head = 'Date;Description;Amount\n';
  const first = months(`${head}2026-11-02;Bakery;-6.80\n2026-11-02;Bakery;-6.80\n2026-11-03;Bar;-1.00\n`);
  const again = months(
    `${head}2026-11-03;Bar;-1,00\n2026-11-02;Bakery;-6,80\n2026-11-02;Bakery;-6,80\n2026-11-04;Pub;-2,00\n`,
  );
  const path = 'Accounting/2026/2026-11 bank.md';
  const [before, after] = [first, again].map(one => keysOf(one.get(path) ?? ''));
  assert.equal(new Set(before).size, 3);
  assert.equal(after?.filter(key => before?.includes(key)).length, 3);
  assert.equal(after?.length, 4);
});

test('each month, account and currency has its own note, so that a total never mixes them', () => {
  const text =
    'Account;Date;Description;Amount;Currency\nDE02120300000000202051;2026-10-31;a;-1;EUR\nDE02120300000000202051;2026-11-01;b;-1;EUR\nDE02120300000000202051;2026-11-01;b;-1;USD\nDE02120300000000209999;2026-11-01;b;-1;EUR\n';
  assert.deepEqual(
    [...months(text).keys()],
    ['2026-10 bank 2051 EUR', '2026-11 bank 2051 EUR', '2026-11 bank 2051 USD', '2026-11 bank 9999 EUR'].map(
      name => `Accounting/2026/${name}.md`,
    ),
  );
});

test('nothing in a cell is run, loaded, linked or embedded in the notes that are made of it', () => {
  const cells = [
    '=HYPERLINK(""http://evil.example"";""x"")',
    '![x](http://evil.example/a.png)',
    '[[Policies]] ![[Secret]]',
    '<img src=x onerror=alert(1)> <% tp.file.delete() %>',
    '`= this.file` $= dv.pages()',
    'a | b | c ^abcdef123456 |',
    '#tag %% hidden %% \u202Egnp.exe',
    '```dataview',
  ];
  const good = cells.map((cell, at) => `2026-11-${String(at + 1).padStart(2, '0')};"${cell}";-1.00`);
  const bad = cells.map(cell => `never;"${cell}";-1.00`);
  const reading = bank(task(['Date;Description;Amount', ...good, ...bad].join('\n'), 'a![[b]].csv'), '');
  assert.ok(reading.ok);
  const [month] = reading.value.lists.months ?? [];
  const [unread] = reading.value.lists.unread ?? [];
  const rows = month?.get('month_rows') ?? '';
  assert.equal(rows.split('\n').length, cells.length);
  for (const row of rows.split('\n')) assert.equal(row.split(/(?<!\\)\|/).length, 6, row);
  assertInert(`${month?.get('month_head')}\n${rows}\n`);
  assertInert((unread?.get('unread_text') ?? '').replace(/ \^[0-9a-f]{12}$/gm, ''));
});

test('rubbish, however large, is refused in words and in time', () => {
  const rubbish: Readonly<Record<string, TaskView>> = {
    'a file of 100 MB': task('Date;Description;Amount\n', 'bank.csv', 100 * 1024 * 1024),
    'bytes of a picture': task('\u0089PNG\r\n\u001a\n\0\0\0\rIHDR'),
    '10,000 columns': task(`${Array.from({ length: 10_000 }, (_, at) => (at === 0 ? 'Date' : 'Amount')).join(';')}\n`),
    'one endless line': task('x'.repeat(LARGEST_TABLE)),
    'quotes that never close': task('"'.repeat(LARGEST_TABLE - 1)),
    'many lines of quotes': task('Date;Description;Amount\n'.padEnd(LARGEST_TABLE, '";"\n')),
    nothing: task(''),
    'headings alone': task('Date;Description;Amount\n'),
    addresses: task('Name,E-Mail\nAnna,anna@example.com\n'),
    'a hundred months': task(
      `Date;Description;Amount\n${Array.from({ length: 100 }, (_, at) => `${1990 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}-01;x;1.00`).join('\n')}`,
    ),
  };
  for (const [name, one] of Object.entries(rubbish)) {
    const start = performance.now();
    const reading = bank(one, '');
    assert.ok(!reading.ok, name);
    assert.match(reading.failure.message, /^[a-z0-9][^{}]{10,160}$/, name);
    assert.ok(performance.now() - start < 20_000, `${name} took ${performance.now() - start} ms`);
  }
});
