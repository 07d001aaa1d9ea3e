import assert from 'node:assert/strict';
import { copyFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Spool } from '../../core/spool.ts';
import { TwoNodes } from '../helpers/two-nodes.ts';
import { EXAMPLE } from '../helpers/vault.ts';

const TASK = ['invoice-#-approval-1.md', 'invoice-#-plan.md', 'invoice-#-receipt-1.md', 'invoice-#.md'];
const nameless = (files: readonly string[]): readonly string[] =>
  files.map(file => path.basename(file).replace(/[0-9a-f]{12}/, '#'));

/** The cloud has prepared what is to become of a dropped invoice while the laptop was off. */
async function prepared(): Promise<TwoNodes> {
  const nodes = new TwoNodes();
  await nodes.carry();
  copyFileSync(EXAMPLE, nodes.at('cloud', 'Inbox/invoice.pdf'));
  await nodes.work('cloud');
  await nodes.round('laptop');
  return nodes;
}

const kinds = (nodes: TwoNodes, side: 'laptop' | 'cloud'): readonly string[] =>
  nodes[side].records().map(({ body }) => body.kind);

test('what the cloud prepared is prepared anew, asked and done once where the person is, and stands in Done on both', async () => {
  await using nodes = await prepared();
  const note = nodes.only('laptop', 'Pending_Approval');
  const theirs = nodes.read('laptop', note);
  assert.match(theirs, /from_node: cloud/);
  await nodes.work('laptop');
  const mine = nodes.read('laptop', nodes.only('laptop', 'Pending_Approval'));
  assert.notEqual(mine, theirs);
  assert.doesNotMatch(mine, /node_signature/);
  assert.match(mine, /prepared on “cloud”/);
  assert.match(mine, /of unknown origin/);
  renameSync(nodes.at('laptop', note), nodes.at('laptop', `Approved/${path.basename(note)}`));
  await nodes.work('laptop');
  assert.equal(kinds(nodes, 'laptop').filter(kind => kind === 'CONFIRMED').length, 1, nodes.laptop.lines.join('\n'));
  await nodes.settle(2);
  for (const side of ['laptop', 'cloud'] as const) {
    assert.deepEqual(nameless(nodes.files(side, 'Done')), TASK, `${side}: ${nodes[side].lines.join('\n')}`);
    for (const folder of ['Inbox', 'In_Progress', 'Plans', 'Pending_Approval', 'Approved', 'Quarantine'])
      assert.deepEqual(nodes.files(side, folder), [], `${side} ${folder}`);
    assert.deepEqual(nodes.files(side, 'Updates'), ['Updates/cloud/cloud-standing.md']);
    const conflicts = nodes.files(side).filter(file => file.includes('conflict'));
    assert.deepEqual(conflicts, []);
    assert.deepEqual(nodes[side].problems(), [], side);
    assert.equal(nodes.files(side, 'Accounting').length, 1);
  }
  assert.equal(kinds(nodes, 'cloud').includes('INTENT'), false);
});

test('what a phone approves is wanted until it is confirmed on the laptop, and counts from nowhere else', async () => {
  await using nodes = await prepared();
  const name = path.basename(nodes.only('laptop', 'Pending_Approval'));
  // The phone answers what the laptop, which is off, has never looked at.
  nodes.phone(folder => renameSync(path.join(folder, 'Pending_Approval', name), path.join(folder, 'Approved', name)));
  await nodes.round('laptop');
  await nodes.laptop.drain();
  const [action] = [...nodes.laptop.ledger.book.actions.values()];
  assert.equal(action?.state, 'wanted', nodes.laptop.lines.join('\n'));
  assert.match(nodes.read('laptop', `Pending_Approval/${name}`), /Wanted from elsewhere/);
  assert.match(nodes.read('laptop', 'Dashboard.md'), /confirm on this computer/);
  assert.equal(kinds(nodes, 'laptop').includes('INTENT'), false);
  const { state } = nodes.laptop.opened;
  const word = { kind: 'decide', id: action.id, decision: 'approved', reason: '', by: 'me', way: 'command' } as const;
  new Spool(state.executorSpool, state.tmp).put('yes', word);
  await nodes.laptop.drain();
  assert.equal(kinds(nodes, 'laptop').includes('CONFIRMED'), true, nodes.laptop.lines.join('\n'));
});

test('a no from a phone counts, and says that it came from another device', async () => {
  await using nodes = await prepared();
  await nodes.laptop.drain();
  await nodes.round('laptop');
  const name = path.basename(nodes.only('laptop', 'Pending_Approval'));
  nodes.phone(folder => renameSync(path.join(folder, 'Pending_Approval', name), path.join(folder, 'Rejected', name)));
  await nodes.round('laptop');
  await nodes.laptop.drain();
  const said = nodes.laptop.records().flatMap(({ body }) => (body.kind === 'REJECTED' ? [body.by] : []));
  assert.deepEqual(said, ['somebody on another device'], nodes.laptop.lines.join('\n'));
});
