import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setProperty } from '../../core/front-matter.ts';
import { decisionText } from '../../core/signed-decision.ts';
import { Spool } from '../../core/spool.ts';
import { allowed, fileKey } from '../helpers/ssh.ts';
import { TempFolder } from '../helpers/temp.ts';
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
  // What it has told the other node is there, and so it lets go of the task.
  await nodes.round('cloud');
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
  const isEmpty = (side: 'laptop' | 'cloud'): boolean =>
    nodes.files(side, 'Inbox').length === 0 && nodes.files(side, 'Updates').length === 1;
  await nodes.until(() => nodes.files('cloud', 'Done').length === 4 && isEmpty('laptop') && isEmpty('cloud'));
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

test('what a phone approves is only wanted, and counts once the person’s key has signed it', async () => {
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
  // The laptop shows what it would do itself; the phone gets that, and the person signs it there.
  const { state } = nodes.laptop.opened;
  using keys = new TempFolder();
  const key = fileKey(keys.path, 'anna');
  new Spool(state.executorSpool, state.tmp).put('key', { kind: 'allow_key', key: allowed(key, 'anna'), by: 'me' });
  await nodes.laptop.drain();
  await nodes.round('laptop');
  const { id, digest } = action;
  const vault = path.basename(state.root);
  const signature = key.sign(decisionText({ vault, action: id, decision: 'approved', digest }));
  nodes.phone(folder => {
    const signed = setProperty(
      readFileSync(path.join(folder, 'Pending_Approval', name), 'utf8'),
      'signature',
      signature,
    );
    assert.ok(signed.ok);
    rmSync(path.join(folder, 'Pending_Approval', name));
    writeFileSync(path.join(folder, 'Approved', name), signed.value);
  });
  await nodes.round('laptop');
  await nodes.laptop.drain();
  const approved = nodes.laptop.records().flatMap(({ body }) => (body.kind === 'APPROVED' ? [body] : []));
  assert.deepEqual(
    approved.map(({ way, by }) => [way, by]),
    [['signed', 'anna']],
    nodes.laptop.lines.join('\n'),
  );
  assert.equal(kinds(nodes, 'laptop').includes('CONFIRMED'), true);
});

test('a takeover that a crash cut off is whole again, and a no from a phone counts and says that it came from another device', async () => {
  await using nodes = await prepared();
  await nodes.work('laptop');
  const { tasks } = nodes.laptop.opened.state;
  const journal = path.join(tasks, readdirSync(tasks).find(one => one.endsWith('.journal')) ?? '');
  const whole = readFileSync(journal, 'utf8').split('\n');
  assert.ok(whole.length > 4, whole.join('\n'));
  writeFileSync(journal, `${whole.slice(0, 2).join('\n')}\n`);
  await nodes.laptop.drain();
  assert.equal(readFileSync(journal, 'utf8').split('\n').length, whole.length);
  const name = path.basename(nodes.only('laptop', 'Pending_Approval'));
  nodes.phone(folder => renameSync(path.join(folder, 'Pending_Approval', name), path.join(folder, 'Rejected', name)));
  await nodes.round('laptop');
  await nodes.laptop.drain();
  const said = nodes.laptop.records().flatMap(({ body }) => (body.kind === 'REJECTED' ? [body.by] : []));
  assert.deepEqual(said, ['somebody on another device'], nodes.laptop.lines.join('\n'));
});

test('what the cloud asks is on the laptop’s dashboard, is answered there, and the task ends on both', async () => {
  await using nodes = new TwoNodes();
  await nodes.carry();
  nodes.write('cloud', 'Needs_Action/Think about it.md', 'Something that no rule knows\n');
  await nodes.work('cloud');
  await nodes.round('laptop');
  await nodes.laptop.drain();
  const question = nodes.only('laptop', 'Questions');
  const link = `[[${path.basename(question, '.md')}|Answer]]`;
  assert.ok(nodes.read('laptop', 'Dashboard.md').includes(link), nodes.read('laptop', 'Dashboard.md'));
  const asked = nodes.read('laptop', question);
  nodes.write('laptop', question, asked.replace('- [ ] I did it myself', '- [x] I did it myself'));
  await nodes.round('laptop');
  await nodes.until(() => (['laptop', 'cloud'] as const).every(side => nodes.files(side, 'Done').length > 0));
  for (const side of ['laptop', 'cloud'] as const) {
    const done = nodes.files(side, 'Done').map(file => path.basename(file));
    assert.ok(done.includes('Think about it.md'), `${side}: ${done} ${nodes.cloud.lines.join('\n')}`);
  }
});
