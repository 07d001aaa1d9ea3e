import assert from 'node:assert/strict';
import { copyFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { TwoNodes } from '../helpers/two-nodes.ts';
import { EXAMPLE } from '../helpers/vault.ts';

/** The cloud has prepared what is to become of a dropped invoice, and the laptop has not looked yet. */
async function prepared(): Promise<TwoNodes> {
  const nodes = new TwoNodes();
  await nodes.carry();
  copyFileSync(EXAMPLE, nodes.at('cloud', 'Inbox/invoice.pdf'));
  await nodes.work('cloud');
  await nodes.round('laptop');
  return nodes;
}

const move = (nodes: TwoNodes, side: 'laptop' | 'cloud', file: string, folder: string): void =>
  renameSync(nodes.at(side, file), nodes.at(side, `${folder}/${path.basename(file)}`));

const kinds = (nodes: TwoNodes, side: 'laptop' | 'cloud'): readonly string[] =>
  nodes[side].records().map(({ body }) => body.kind);

test('what the cloud prepared is asked on the laptop, as the laptop prepared it anew, and done there once', async () => {
  await using nodes = await prepared();
  const note = nodes.only('laptop', 'Pending_Approval');
  const theirs = nodes.read('laptop', note);
  assert.match(theirs, /from_node: cloud/);
  assert.equal(kinds(nodes, 'cloud').includes('INTENT'), false);
  await nodes.laptop.drain();
  const mine = nodes.read('laptop', nodes.only('laptop', 'Pending_Approval'));
  assert.notEqual(mine, theirs);
  assert.doesNotMatch(mine, /node_signature/);
  assert.match(mine, /prepared on “cloud”/);
  assert.match(mine, /of unknown origin/);
  move(nodes, 'laptop', note, 'Approved');
  await nodes.laptop.drain();
  assert.equal(kinds(nodes, 'laptop').filter(kind => kind === 'CONFIRMED').length, 1, nodes.laptop.lines.join('\n'));
  assert.equal(nodes.files('laptop', 'Accounting').length, 1);
});

test('a task that the cloud prepared is ended and filed on the laptop, and then stands in Done on both', async () => {
  await using nodes = await prepared();
  await nodes.work('laptop');
  move(nodes, 'laptop', nodes.only('laptop', 'Pending_Approval'), 'Approved');
  await nodes.work('laptop');
  await nodes.settle(2);
  for (const side of ['laptop', 'cloud'] as const) {
    const done = nodes.files(side, 'Done').map(file => path.basename(file).replace(/[0-9a-f]{12}/, '#'));
    assert.deepEqual(
      done,
      ['invoice-#-approval-1.md', 'invoice-#-plan.md', 'invoice-#-receipt-1.md', 'invoice-#.md'],
      `${side}: ${nodes[side].lines.join('\n')}`,
    );
    for (const folder of ['Inbox', 'In_Progress', 'Plans', 'Pending_Approval', 'Approved', 'Quarantine'])
      assert.deepEqual(nodes.files(side, folder), [], `${side} ${folder}`);
    assert.deepEqual(nodes.files(side, 'Updates'), ['Updates/cloud/cloud-standing.md']);
    assert.deepEqual(
      nodes.files(side).filter(file => file.includes('conflict')),
      [],
    );
    assert.deepEqual(nodes[side].problems(), [], side);
  }
  assert.equal(nodes.files('laptop', 'Accounting').length, 1);
  assert.deepEqual(kinds(nodes, 'cloud').includes('INTENT'), false);
});
