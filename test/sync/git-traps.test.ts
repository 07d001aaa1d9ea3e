import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Applied, apply, Blobs, type Files, planFor, type Side } from '../helpers/sync-model.ts';

/** What git does with a vault, measured, and what must come of it here. Every case from both sides. */
const LOCAL: Side = { me: 'local', role: 'local', bringer: () => 'cloud' };
const CLOUD: Side = { me: 'cloud', role: 'cloud', bringer: () => 'local' };

function onBoth(base: Files, local: Files, cloud: Files, check: (done: Applied, side: Side) => void): void {
  const blobs = new Blobs();
  const here = apply(blobs, planFor(blobs, base, local, cloud, LOCAL), local, cloud);
  const there = apply(blobs, planFor(blobs, base, cloud, local, CLOUD), cloud, local);
  check(here, LOCAL);
  check(there, CLOUD);
  assert.deepEqual(sorted(here.tree), sorted(there.tree), 'both nodes come to one tree');
}
const sorted = (files: Files): string[][] => Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
const quarantined = (files: Files): string =>
  Object.entries(files)
    .filter(([path]) => path.startsWith('Quarantine/'))
    .map(([, text]) => text)
    .join('\n');

const approval = (to: string): string =>
  `---\ndecision:\ntype: approval\n---\n**to**\n\`\`\`text\n${to}\n\`\`\`\n\nOne\nTwo\nThree\nFour\n`;
const PENDING = 'Pending_Approval/reply-1a2b3c4d-approval-1.md';
const APPROVED = 'Approved/reply-1a2b3c4d-approval-1.md';

test('approve and edit: the approved note never holds what the agent wrote after the person looked', () => {
  const [seen, edited] = [approval('ann@example.org'), approval('eve@example.net')];
  onBoth({ [PENDING]: seen }, { [APPROVED]: seen }, { [PENDING]: edited }, ({ tree, vault }) => {
    assert.equal(tree[APPROVED], seen, 'what is approved is what was seen');
    assert.equal(tree[PENDING], undefined);
    assert.equal(vault[APPROVED], seen);
    assert.match(quarantined(tree), /eve@example\.net/, 'the edit is kept where nothing is done with it');
  });
});

test('approve and edit in place: a tick and a changed recipient never come together in one note', () => {
  const seen = approval('ann@example.org');
  const [ticked, edited] = [seen.replace('decision:', 'decision: approved'), approval('eve@example.net')];
  onBoth({ [PENDING]: seen }, { [PENDING]: ticked }, { [PENDING]: edited }, ({ tree }) => {
    assert.equal(tree[PENDING], ticked, 'the version of the machine where the person sits');
    assert.match(quarantined(tree), /eve@example\.net/);
    for (const text of Object.values(tree)) assert.ok(!(text.includes('eve@') && text.includes('decision: approved')));
  });
});

test('templated twins: a yes to one of two notes that are nearly the same never lands on the other', () => {
  const other = 'Pending_Approval/reply-5e6f7a8b-approval-1.md';
  const twin = approval('bob@example.org');
  const base = { [PENDING]: approval('ann@example.org'), [other]: twin };
  // The person approves one; the agent withdraws it and writes the other anew.
  onBoth(
    base,
    { [APPROVED]: approval('ann@example.org'), [other]: twin },
    { [other]: approval('bob@example.com') },
    ({ tree }) => {
      assert.equal(tree[APPROVED], approval('ann@example.org'));
      assert.equal(tree[other], approval('bob@example.com'));
      assert.equal(tree[other.replace('Pending_Approval', 'Approved')], undefined, 'the twin is not approved');
    },
  );
});

test('directory rename: a new task stays where it was put though everything else of the folder was moved away', () => {
  const names = ['a', 'b', 'c', 'd'];
  const base = Object.fromEntries(names.map(name => [`Needs_Action/${name}.md`, `task ${name}\n`]));
  const moved = Object.fromEntries(names.map(name => [`Done/2026-11/${name}.md`, `task ${name}\n`]));
  onBoth(base, moved, { ...base, 'Needs_Action/new.md': 'a new task\n' }, ({ tree }) => {
    assert.equal(tree['Needs_Action/new.md'], 'a new task\n');
    assert.equal(tree['Done/2026-11/new.md'], undefined);
    for (const name of names) assert.equal(tree[`Needs_Action/${name}.md`], undefined);
  });
});

test('union: two answers, two properties or two list lines in one gap are never both taken', () => {
  const note = (line: string): string => `---\ntitle: a\n${line}---\nbody\n`;
  onBoth({ 'n.md': note('') }, { 'n.md': note('due: 1\n') }, { 'n.md': note('due: 2\n') }, ({ tree }) => {
    assert.equal(tree['n.md'], note('due: 1\n'));
    const [copy] = Object.entries(tree).filter(([path]) => path !== 'n.md');
    assert.match(copy?.[0] ?? '', /^n \(conflict [0-9a-f]{8}\)\.md$/);
    assert.match(copy?.[1] ?? '', /^---\ntitle: a\ndue: 2\n---\n> \[!warning\] [\s\S]*What to do[\s\S]*body\n$/);
  });
});

test('rename and rename: of two places that two sides gave one note the no stands, and no copy stays behind', () => {
  const seen = approval('ann@example.org');
  const rejected = APPROVED.replace('Approved', 'Rejected');
  onBoth({ [PENDING]: seen }, { [APPROVED]: seen }, { [rejected]: seen }, ({ tree }) => {
    assert.deepEqual(Object.keys(tree), [rejected]);
  });
});

test('both copies of a rename and rename that a phone merged stand in one place again', () => {
  const seen = approval('ann@example.org');
  const rejected = APPROVED.replace('Approved', 'Rejected');
  const blobs = new Blobs();
  const theirs = { [APPROVED]: seen, [rejected]: seen };
  const { tree } = apply(
    blobs,
    planFor(blobs, { [PENDING]: seen }, { [PENDING]: seen }, theirs, LOCAL),
    { [PENDING]: seen },
    theirs,
  );
  assert.deepEqual(Object.keys(tree), [rejected]);
});

test('a task that two nodes took stands with the one that holds the claim, and once', () => {
  const base = { 'Needs_Action/mail-1a2b3c4d.md': 'task\n' };
  const mine = { 'In_Progress/local/mail-1a2b3c4d.md': 'task\n' };
  const theirs = { 'In_Progress/cloud/mail-1a2b3c4d.md': 'task\n' };
  for (const holder of ['local', 'cloud']) {
    for (const side of [LOCAL, CLOUD]) {
      const blobs = new Blobs();
      const [here, there] = side === LOCAL ? [mine, theirs] : [theirs, mine];
      const steps = planFor(blobs, base, here, there, { ...side, holder: () => holder });
      assert.deepEqual(Object.keys(apply(blobs, steps, here, there).tree), [`In_Progress/${holder}/mail-1a2b3c4d.md`]);
    }
  }
});

test('a person’s words that were written while the task was filed go where the task went', () => {
  const base = { 'Needs_Action/Call Ann.md': 'Call Ann\n' };
  onBoth(
    base,
    { 'Done/2026-11/Call Ann.md': 'Call Ann\n' },
    { 'Needs_Action/Call Ann.md': 'Call Ann at nine\n' },
    ({ tree }) => {
      assert.deepEqual(tree, { 'Done/2026-11/Call Ann.md': 'Call Ann at nine\n' });
    },
  );
});

test('an approval that a stale phone puts back does not come back beside the one that has gone on', () => {
  const seen = approval('ann@example.org');
  const blobs = new Blobs();
  const [base, theirs] = [{ [APPROVED]: seen }, { [APPROVED]: seen, [PENDING]: `${seen}typed on the phone\n` }];
  const { tree } = apply(blobs, planFor(blobs, base, base, theirs, LOCAL), base, theirs);
  assert.equal(tree[PENDING], undefined);
  assert.equal(tree[APPROVED], seen);
  assert.match(quarantined(tree), /typed on the phone/);
});
