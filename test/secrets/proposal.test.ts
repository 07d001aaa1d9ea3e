import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { parseApproval } from '../../core/approval-note.ts';
import { keepOut } from '../../core/guarded.ts';
import { UNTOLD } from '../../core/reach.ts';
import { CANARIES, canariesIn, filesWithCanaries } from '../helpers/canaries.ts';
import { InProcess } from '../helpers/in-process.ts';
import { ScriptedExecutor } from '../helpers/scripted.ts';

const SECRET = CANARIES.STEWARD_FILES_TOKEN;
const LABEL = '[secret STEWARD_FILES_TOKEN]';
after(() => keepOut({}));

const notesIn = (vault: InProcess, folder: string): string[] =>
  readdirSync(path.join(vault.root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md') && !name.endsWith('README.md'))
    .map(name => path.join(vault.root, folder, name));

/** An executor that guards every canary, and whose one action goes to where `to` says. */
function guarding(vault: InProcess): ScriptedExecutor {
  keepOut(CANARIES);
  const executor = new ScriptedExecutor(vault);
  executor.servers.reach = { ...UNTOLD, routing: ['to'] };
  return executor;
}

test('a proposal that mentions a secret is asked for without it, and what is shown is what is on record', async () => {
  await using vault = new InProcess();
  const executor = guarding(vault);
  await executor.propose('tester-0123456789ab-a1', {
    arguments: { to: 'a@example.test', text: `Hello, it is ${SECRET}, bye` },
    origins: {},
  });
  const [note = ''] = notesIn(vault, 'Pending_Approval');
  const parsed = parseApproval(readFileSync(note, 'utf8'));
  assert.ok(parsed.ok);
  assert.equal(parsed.value.envelope.arguments.text, `Hello, it is ${LABEL}, bye`);
  assert.deepEqual(vault.ledger.book.actions.get('tester-0123456789ab-a1')?.envelope, parsed.value.envelope);
  assert.deepEqual(
    filesWithCanaries(path.dirname(vault.root), () => false),
    [],
  );
});

test('a proposal of which a value is a secret, or that would go to another place without it, is refused in words', async () => {
  await using vault = new InProcess();
  const executor = guarding(vault);
  const refused: Readonly<Record<string, Parameters<ScriptedExecutor['propose']>[1]>> = {
    'a value of its own': { arguments: { text: ` ${SECRET}\n` } },
    'in a list': { arguments: { list: ['x', SECRET] } },
    'encoded, deep within': { arguments: { deep: { a: [{ b: Buffer.from(SECRET).toString('hex') }] } } },
    'where it goes': { arguments: { to: `https://a.test/?q=${encodeURIComponent(SECRET)}` } },
    'left out before': { arguments: { to: `x ${LABEL}` } },
    'a private key': {
      arguments: { text: `-----BEGIN ${'PRIVATE'} KEY-----\n${'a'.repeat(64)}\n-----END ${'PRIVATE'} KEY-----` },
    },
  };
  let count = 0;
  for (const [what, part] of Object.entries(refused)) {
    count += 1;
    await executor.propose(`tester-0123456789ab-a${count}`, part);
    const record = vault.records().at(-1)?.body;
    assert.ok(record?.kind === 'REFUSED', what);
    assert.match(
      record.why,
      /^Its “\w+” would (?:be|hold) (?:the value of STEWARD_FILES_TOKEN|what looks like a private key), which never stands in a note\. /,
      what,
    );
  }
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
  assert.equal(executor.servers.performed, 0);
  assert.deepEqual(
    filesWithCanaries(path.dirname(vault.root), () => false),
    [],
  );
});

test('a value that a person changes to hold a secret is not done, and the reason does not repeat it', async () => {
  await using vault = new InProcess();
  const executor = guarding(vault);
  await executor.propose('tester-0123456789ab-a1', { arguments: { text: 'Hello' } });
  const [note = ''] = notesIn(vault, 'Pending_Approval');
  writeFileSync(note, readFileSync(note, 'utf8').replace('\nHello\n', `\nHello ${SECRET}\n`));
  renameSync(note, path.join(vault.root, 'Approved', path.basename(note)));
  await executor.drain();
  assert.equal(executor.servers.performed, 0);
  const [why = ''] = notesIn(vault, 'Quarantine').filter(name => name.endsWith('.why.md'));
  assert.match(
    readFileSync(why, 'utf8'),
    /As changed, this cannot be done: It would show the value of STEWARD_FILES_TOKEN/,
  );
  assert.deepEqual(canariesIn(JSON.stringify(vault.records()) + vault.lines.join()), []);
});

test('what a far end says when it fails or succeeds is on record without the secret that it repeats', async () => {
  await using vault = new InProcess();
  const executor = guarding(vault);
  for (const [index, outcome] of [
    {
      outcome: 'not_sent' as const,
      retry: false,
      proof: `535 no such password ${SECRET} ${Buffer.from(SECRET).toString('base64')}`,
    },
    { outcome: 'confirmed' as const, receipt: { id: 'r', echo: `token ${SECRET}`, [SECRET]: [SECRET] } },
  ].entries()) {
    const id = `tester-0123456789ab-a${index + 1}`;
    executor.servers.outcomes = [outcome];
    await executor.propose(id, { arguments: { text: 'Hello' } });
    executor.spool.put(`decide-${id}`, {
      kind: 'decide',
      id,
      decision: 'approved',
      reason: '',
      by: 'tester',
      way: 'command',
    });
    await executor.drain();
  }
  assert.equal(executor.servers.performed, 2);
  assert.match(
    readFileSync(notesIn(vault, 'Failed')[0] ?? '', 'utf8') +
      notesIn(vault, 'Failed')
        .map(file => readFileSync(file, 'utf8'))
        .join(),
    /no such password \[secret/,
  );
  assert.deepEqual(canariesIn(JSON.stringify(vault.records()) + vault.lines.join()), []);
  assert.deepEqual(
    filesWithCanaries(path.dirname(vault.root), () => false),
    [],
  );
});

test('an approval from before a secret was set is not written as something that is not on record', async () => {
  await using vault = new InProcess();
  const executor = guarding(vault);
  keepOut({});
  await executor.propose('tester-0123456789ab-a1', { arguments: { text: `Hello ${SECRET}` } });
  const [note = ''] = notesIn(vault, 'Pending_Approval');
  renameSync(note, path.join(vault.root, 'elsewhere.md'));
  keepOut(CANARIES);
  await executor.drain();
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
  assert.match(
    vault.lines.join('\n'),
    /The approval tester-0123456789ab-a1 holds the value of STEWARD_FILES_TOKEN, so its note is not written/,
  );
});

test('a note or a file whose name holds a secret is left alone, and told without it', async () => {
  await using vault = new InProcess();
  await vault.drain();
  keepOut(CANARIES);
  const name = CANARIES.ANTHROPIC_API_KEY;
  writeFileSync(path.join(vault.root, 'Needs_Action', `${name}.md`), 'Do this.\n');
  writeFileSync(path.join(vault.root, 'Inbox', `${name}.txt`), 'Hello.\n');
  await vault.drain();
  assert.match(vault.lines.join('\n'), /A dropped file has the value of ANTHROPIC_API_KEY in its name\. Rename it/);
  assert.match(
    vault.lines.join('\n'),
    /A note in Needs_Action has the value of ANTHROPIC_API_KEY in its name\. Rename it/,
  );
  assert.deepEqual(canariesIn(vault.lines.join('\n')), []);
  const isOwn = (file: string): boolean => path.basename(file).startsWith(name);
  assert.deepEqual(filesWithCanaries(path.dirname(vault.root), isOwn), []);
});
