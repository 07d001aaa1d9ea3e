import assert from 'node:assert/strict';
import { copyFileSync, existsSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { waitingVault } from '../helpers/prepared.ts';
import { EXAMPLE, TestVault } from '../helpers/vault.ts';

const SETTLE = 'settle: { note: 0.4, tick: 0.2, drop: 0.2 }\n';
const FILED = 'Accounting/2026/2026-11-03 invoice.pdf';

/** A vault in which an invoice was dropped and its approval waits. */
function waiting(config = SETTLE): TestVault {
  if (config === SETTLE) return waitingVault();
  const vault = new TestVault(config);
  copyFileSync(EXAMPLE, path.join(vault.root, 'Inbox', 'invoice.pdf'));
  assert.equal(vault.once().code, 0);
  return vault;
}

function edit(vault: TestVault, file: string, change: (text: string) => string): void {
  const before = vault.read(file);
  const after = change(before);
  assert.notEqual(after, before);
  vault.write(file, after);
}

test('a ticked box and a decision property approve as a move does, and their notes are filed', async () => {
  const said: readonly [string, (text: string) => string][] = [
    ['ticked', text => text.replace('- [ ] Approve', '- [x] Approve')],
    ['property', text => text.replace(/^decision:.*$/m, 'decision: approved')],
  ];
  for (const [way, change] of said) {
    await using vault = waiting();
    edit(vault, vault.only('Pending_Approval'), change);
    assert.equal(vault.once().code, 0);
    assert.ok(existsSync(path.join(vault.root, FILED)), way);
    assert.deepEqual(vault.files('Pending_Approval'), []);
    assert.equal(vault.files('Done').length, 4, way);
    assert.match(
      vault
        .files('Logs')
        .map(file => vault.read(file))
        .join(),
      new RegExp(`approved \\(${way}\\)`),
    );
  }
});

test('a value that the person changed first is what is done, and the difference is on record', async () => {
  await using vault = waiting();
  const approval = vault.only('Pending_Approval');
  edit(vault, approval, text =>
    text.replace('```text\nAccounting/2026/2026-11-03 invoice.pdf', '```text\nAccounting/2026/ACME.pdf'),
  );
  vault.move(approval, 'Approved');
  assert.equal(vault.once().code, 0);
  assert.ok(existsSync(path.join(vault.root, 'Accounting/2026/ACME.pdf')));
  assert.ok(!existsSync(path.join(vault.root, FILED)));
  assert.match(
    vault
      .files('Logs')
      .map(file => vault.read(file))
      .join(),
    /approved \(moved, changed: to\)/,
  );
  const receipt = vault.files('Done').find(file => file.includes('receipt'));
  assert.match(vault.read(receipt ?? ''), /ACME\.pdf/);
  assert.equal(vault.cli('verify').code, 0);
});

test('an approval that lapsed is asked about; a late yes is asked again under a new id, and only that one counts', async () => {
  await using vault = waiting(`approval_hours: 0.0005\n${SETTLE}`);
  // 1.8 seconds: the next looks find that the time is over.
  const end = performance.now() + 60_000;
  while (vault.files('Questions').length === 0 && performance.now() < end) vault.once();
  assert.match(vault.read(vault.only('Questions')), /Is this still wanted\?/);
  const old = vault
    .files('Pending_Approval')
    .concat(vault.files('Rejected'))
    .find(file => file.includes('approval-1'));
  assert.ok(old, String(vault.files()));
  const [id] = /(?<=^id: ).*$/m.exec(vault.read(old)) ?? [''];
  const late = vault.cli('approve', id);
  assert.equal(late.code, 0, late.err);
  vault.once();
  assert.ok(!existsSync(path.join(vault.root, FILED)), 'a late yes does nothing by itself');
  const again = vault.files().filter(file => file.includes('approval-1-again'));
  assert.ok(again.length >= 1, String(vault.files()));
  assert.ok(existsSync(path.join(vault.root, 'Inbox', 'invoice.pdf')), 'nothing is lost');
  assert.equal(vault.cli('verify').code, 0);
});

test('a late move into Approved is asked again, never dropped, and done once when it is approved in time', async () => {
  // The time runs while Steward is still at work: a slow machine is given more of it.
  for (const hours of [0.002, 0.008, 0.03]) {
    await using vault = waiting(`approval_hours: ${hours}\n${SETTLE}`);
    const [approval] = vault.files('Pending_Approval');
    if (approval === undefined || Date.parse(expiryIn(vault, approval)) < Date.now()) continue;
    const moved = vault.move(approval, 'Approved');
    // The move happened, and Steward was down until after its time.
    const end = performance.now() + hours * 3_600_000 + 30_000;
    while (performance.now() < end && Date.parse(expiryIn(vault, moved)) + 1100 > Date.now()) {
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    utimesSync(path.join(vault.root, moved), new Date(), new Date());
    writeFileSync(path.join(vault.state, 'config.yaml'), SETTLE);
    vault.once();
    assert.ok(!existsSync(path.join(vault.root, FILED)));
    const [again] = vault.files('Pending_Approval').filter(file => file.includes('-again'));
    assert.ok(again, String(vault.files()));
    vault.move(again, 'Approved');
    vault.once();
    assert.ok(existsSync(path.join(vault.root, FILED)), String(vault.files()));
    return;
  }
  assert.fail('it lapsed each time before anybody could have moved it');
});

/** When the approval lapses, by its own property, in local time. */
const expiryIn = (vault: TestVault, file: string): string => /^expires: (.*)$/m.exec(vault.read(file))?.[1] ?? '';
