import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeAddressBooks } from '../../core/address-book.ts';
import { ThinkingVault, use } from '../helpers/thinking.ts';

const card = (name: string, ...mails: string[]) => ({ etag: '1', name, mails, phones: [] });

test('a model finds somebody in the address book by name or address, and what it then proposes comes from the contacts', async () => {
  await using run = await ThinkingVault.start();
  run.write('Memory/People/Anna Berg.md', '---\nemail: anna@example.com\n---\nPrefers short mails.\n');
  const cards = {
    '/1.vcf': card('Cora Jensen', 'Cora@example.dk', 'no address'),
    '/2.vcf': card('Anna Berg', 'ANNA@example.com', 'anna.berg@work.example'),
    '/3.vcf': card('', 'dora@example.fr'),
  };
  const book = { url: 'https://dav.example/', name: 'Contacts', cards };
  writeAddressBooks(run.vault.opened.state, 'main', { format: 1, url: book.url, user: 'me', books: [book] });
  const draft = (to: string) => ({ to: [to], subject: 'Hello', text: 'How are you?' });
  const task = await run.think(
    'Greet',
    'Say hello.',
    use('a', 'find_person', { query: 'cora' }),
    use('b', 'find_person', { query: 'anna berg' }),
    use('c', 'find_person', { query: 'dora@example.fr' }),
    use('d', 'propose_email_draft', draft('cora@example.dk')),
    use('e', 'propose_email_draft', draft('no address')),
  );
  assert.equal(run.resultOf(task, 'a').text, 'Cora Jensen <Cora@example.dk> (your address book)');
  assert.deepEqual(run.resultOf(task, 'a').origin, { kind: 'contacts', note: 'your address book' });
  const anna = run.resultOf(task, 'b').text;
  assert.match(anna, /^Anna Berg <anna@example\.com> \(Memory\/People\/Anna Berg\.md\)\nPrefers short mails\./);
  assert.match(anna, /Anna Berg <anna\.berg@work\.example> \(your address book\)/);
  assert.doesNotMatch(anna, /ANNA@example\.com/, 'whom a note is about is not told twice');
  assert.equal(run.resultOf(task, 'c').text, 'dora@example.fr <dora@example.fr> (your address book)');
  const proposed = run.vault.records().flatMap(({ body }) => (body.kind === 'PROPOSED' ? [body.envelope] : []));
  assert.equal(proposed.length, 1);
  assert.deepEqual(proposed[0]?.origins['to.0'], { kind: 'contacts', note: 'your address book' });
  assert.equal(proposed[0]?.origins.text?.kind, 'model');
});
