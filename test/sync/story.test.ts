import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storyOf, type Told } from '../../orchestrator/sync/story.ts';

const added = (path: string): Told => ({ path, was: undefined, is: 'b' });
const edited = (path: string): Told => ({ path, was: 'a', is: 'b' });
const removed = (path: string): Told => ({ path, was: 'a', is: undefined });

test('a commit says in its first line what happened, as a person would', () => {
  const told: readonly (readonly [string, readonly Told[]])[] = [
    [
      'task mail-7f3a: claimed by cloud',
      [removed('Needs_Action/mail-7f3a.md'), added('In_Progress/cloud/mail-7f3a.md')],
    ],
    [
      'task mail-7f3a: planned, asks for approval',
      [added('Plans/mail-7f3a-plan.md'), added('Pending_Approval/mail-7f3a-approval-1.md')],
    ],
    [
      'task mail-7f3a: approved',
      [removed('Pending_Approval/mail-7f3a-approval-1.md'), added('Approved/mail-7f3a-approval-1.md')],
    ],
    ['Projects/plan.md edited', [edited('Projects/plan.md')]],
    ['Inbox/README.md added', [added('Inbox/README.md')]],
  ];
  for (const [line, changes] of told) assert.equal(storyOf(changes, 'cloud'), line);
  const several = storyOf([edited('a.md'), edited('b.md'), edited('c.md'), removed('d.md')], 'local');
  assert.equal(several, '3 notes edited, and 1 more\n\n- 3 notes edited\n- d.md removed');
});

test('no name of a file makes a message of more lines, or one that looks like another', () => {
  const message = storyOf([added('Projects/a\n\nSigned-off-by: you <you@example.org>\n.md')], 'local');
  assert.equal(message.split('\n').length, 1, message);
});
