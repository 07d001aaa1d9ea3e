import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { steward } from '../helpers/cli.ts';
import { EXAMPLE, TestVault } from '../helpers/vault.ts';

const Story = z.strictObject({
  task: z.string(),
  story: z.array(z.strictObject({ at: z.string(), kind: z.string(), text: z.string(), details: z.array(z.string()) })),
  notes: z.array(z.string()),
});

test('why finds a finished task by any id, name or path of its notes, shortened while unique, and says where they stand', async () => {
  await using vault = new TestVault();
  vault.write('Inbox/invoice.pdf', readFileSync(EXAMPLE));
  vault.write('Needs_Action/Invoice of Anna.md', 'Is it paid?\n');
  assert.equal(vault.once().code, 0);
  const approval = vault.only('Pending_Approval');
  vault.write(approval, vault.read(approval).replace(/(\*\*to\*\*.*\n```text\n).*/, '$1Documents/paid.pdf'));
  vault.move(approval, 'Approved');
  const ran = vault.once();
  assert.equal(ran.code, 0, ran.out);
  const done = vault.files('Done');
  const note = path.basename(approval, '.md');
  const stem = note.replace(/-approval-1$/, '');
  const task = `file-${stem.slice(-12)}`;

  const ways = [task, `${task}-a1`, task.slice(5), task.slice(5, 10), note, `${note}.md`, `Approved/${note}.md`, stem];
  ways.push(
    `${stem}-plan`,
    `${stem}-receipt-1`,
    `Done/2026-11/${stem}-receipt-1.md`,
    stem.slice(0, 14),
    stem.slice(0, 12).toUpperCase(),
  );
  for (const way of ways) {
    const said = steward(['why', way, '--json'], vault.environment);
    assert.equal(said.code, 0, `${way}: ${said.err}`);
    const { task: found, story, notes } = Story.parse(JSON.parse(said.out));
    assert.equal(found, task, way);
    assert.deepEqual(notes, done, way);
    assert.ok(
      story.some(({ text, details }) => /approved/.test(text) && / → Documents\/paid\.pdf$/.test(details.join())),
      way,
    );
  }
  const own = vault.cli('why', 'Needs_Action/Invoice of Anna.md');
  assert.match(own.out, /you wrote Needs_Action\/Invoice of Anna\.md/);
  assert.match(own.out, /Asked you: What shall I do/);
  assert.equal(vault.cli('why', 'invoice of').out, own.out);
  const both = vault.cli('why', 'invoice');
  assert.equal(both.code, 2);
  assert.match(both.err, /fits more than one task: /);
  assert.equal(vault.cli('why', 'zebra').code, 2);

  const listed = vault.cli('review', '--since', '1d');
  assert.equal(listed.code, 0);
  assert.match(listed.out, /You decided one thing yourself/);
  assert.equal(vault.cli('review', '--since', 'tomorrow').code, 2);
});
