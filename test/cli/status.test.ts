import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveLine } from '../../core/live-line.ts';
import { cutTo, widthOf, wrapTo } from '../../core/terminal-text.ts';
import type { Status, Waiting } from '../../scripts/commands/status.ts';
import { ageOf, shortIds, statusText } from '../../scripts/commands/status-text.ts';
import { typing } from '../helpers/keys.ts';
import { TestVault } from '../helpers/vault.ts';

const NOW = new Date('2026-11-21T10:00:00Z');
const ago = (minutes: number): string => new Date(NOW.getTime() - minutes * 60_000).toISOString();
const one = (given: Partial<Waiting> & Pick<Waiting, 'id' | 'kind' | 'title'>): Waiting => ({
  ...{ note: 'Pending_Approval/x.md', since: ago(5) },
  ...given,
});
const NOTHING: Status = {
  ...{ ready: true, node: 'local', brain: 'rulebook', waiting: [], working: [], failed: [], stopped: null, paused: [] },
  ...{ channels: [], next_due: null, retrying: 0, unbegun: 0, lapsed: [] },
};
const FULL: Status = {
  ...NOTHING,
  ready: false,
  waiting: [
    one({ id: 'file-7f3ab2c4d5e6-a1', kind: 'approval', title: 'Move Inbox/invoice.pdf to Accounting/2026/x.pdf' }),
    one({ id: 'file-7f3ab2c4d5e6-a2', kind: 'approval', title: `Write to \u001b[31m${'many words '.repeat(12)}` }),
    one({
      id: 'note-3b1c00112233-q1',
      kind: 'question',
      title: 'Which Anna? (Send Anna the numbers)',
      since: ago(190),
    }),
    one({
      id: 'mail-0a0b0c0d0e0f-a1',
      kind: 'capped',
      title: 'Send it',
      since: ago(4000),
      why: 'Ten mails a day.',
      until: '9999-12-31T00:00:00Z',
    }),
    one({ id: 'mail-1a1b1c1d1e1f-a1', kind: 'retry', title: 'Pay 日本語 '.repeat(9), since: ago(0) }),
  ],
  working: [
    { id: 'file-7f3ab2c4d5e6', title: 'invoice.pdf', since: ago(6) },
    { id: 'note-999900001111', title: 'Plan the trip', since: ago(60) },
  ],
  failed: [{ title: 'Old letter', at: ago(3000) }],
  paused: [{ channel: 'email', why: 'The password was refused.', since: ago(30) }],
  lapsed: [
    one({ id: 'file-aaaa00001111-a1', kind: 'approval', title: 'Move a.txt to Documents/a.txt', since: ago(11_000) }),
  ],
};

const GOLDEN = `Paused
  email is paused: The password was refused.
  steward resume email

Waits for you
  file-7f3ab2c4d5e6-a1   5 min  Move Inbox/invoice.pdf to Accounting/2026/x.pdf
                                steward approve file-7f3ab2c4d5e6-a1
  file-7f3ab2c4d5e6-a2   5 min  Write to �[31mmany words many words many words…
                                steward approve file-7f3ab2c4d5e6-a2
  note-3b1c                3 h  Which Anna? (Send Anna the numbers)
                                steward answer note-3b1c "…"
  file-aaaa             7 days  Move a.txt to Documents/a.txt
                                steward approve file-aaaa  (lapsed: ask again)

Waits by itself
  mail-0a0b  2 days  Send it
                     Over a cap, until your policy allows it: Ten mails a day.
  mail-1a1b     now  Pay 日本語 Pay 日本語 Pay 日本語 Pay 日本語 Pay 日本語 Pay…
                     Not done yet: it is tried again

In work
  note-999900001111  1 h  Plan the trip

Failed lately
  2 days  Old letter

Look at each and decide:  steward review

Steward does not run:  steward start · node local · brain rulebook
`;

test('status at 80 columns says first what waits for the person, with the id to type and the age, and fits', () => {
  const text = statusText(FULL, NOW, { width: 80, colour: false });
  assert.equal(text, GOLDEN);
  for (const line of text.split('\n')) assert.ok(widthOf(line) <= 80, line);
});

test('status cuts nothing where it goes into a file, and where nothing waits it says so', () => {
  const text = statusText(FULL, NOW, { width: undefined, colour: false });
  assert.ok(!text.includes('…\n'), text);
  assert.equal(
    statusText(NOTHING, NOW, { width: 80, colour: false }),
    'Nothing waits for you.\n\nSteward runs · node local · brain rulebook\n',
  );
});

test('a pause of one channel is not told as a stop of everything, and what the environment stops is not told to be resumed', () => {
  const told = (given: Partial<Status>): string =>
    statusText({ ...NOTHING, ...given }, NOW, { width: 80, colour: false });
  assert.match(told({ paused: FULL.paused }), /^Paused\n {2}email is paused/);
  assert.match(
    told({ paused: FULL.paused, stopped: 'Ben said so.' }),
    /^Stopped\n.*Ben said so\.\n {2}steward resume\n/,
  );
  const byEnvironment = told({ stopped: 'STEWARD_ENABLED is false.' });
  assert.doesNotMatch(byEnvironment, /steward resume/);
  assert.match(byEnvironment, /take STEWARD_ENABLED out of the environment/);
});

test('colours are the only thing that colours change, and no sign of a stranger’s reaches the terminal', () => {
  const coloured = statusText(FULL, NOW, { width: 80, colour: true });
  const sign = String.fromCharCode(27);
  assert.ok(coloured.includes(`${sign}[1m`));
  assert.equal(coloured.replaceAll(new RegExp(`${sign}\\[\\d+m`, 'g'), ''), GOLDEN);
});

test('an id is shortened only as far as it fits nothing else, and an age is told in its largest unit', () => {
  const ids = ['file-7f3ab2c4d5e6-a1', 'file-7f3bb2c4d5e6-a1', 'file-7f3bb2c4d5e6-a2', 'note-1'];
  assert.deepEqual([...shortIds(ids).values()], ['file-7f3a', ...ids.slice(1, 3), 'note-1']);
  assert.deepEqual(
    [0, 59, 60, 47 * 60, 48 * 60].map(minutes => ageOf(ago(minutes), NOW)),
    ['now', '59 min', '1 h', '47 h', '2 days'],
  );
});

test('a line of what happens has its time, fits the terminal, and keeps the place where a note stands', () => {
  const line = `asks       Move ${'a very long name '.repeat(9)}.txt  →  Pending_Approval/a-0123456789ab-approval-1.md`;
  const shown = liveLine(line, new Date(2026, 10, 21, 9, 5, 7), { width: 100, colour: false });
  assert.match(shown, /^09:05:07 {2}asks {7}Move a very.*… {2}→ {2}Pending_Approval\/a-0123456789ab-approval-1\.md$/);
  for (const width of [30, 60, 80, 100, 200])
    assert.ok(widthOf(liveLine(line, NOW, { width, colour: false })) <= Math.max(30, width), String(width));
  const trouble = liveLine('! It broke', NOW, { width: 80, colour: true });
  assert.ok(trouble.includes(`${String.fromCharCode(27)}[31m! It broke`), trouble);
});

test('text is cut and wrapped by what it takes on a terminal, and never inside a sign', () => {
  assert.equal(cutTo('日本語日本語', 7), '日本語…');
  assert.equal(cutTo('👩‍👩‍👧‍👦 family', 4), '👩‍👩‍👧‍👦…');
  assert.equal(cutTo('fits', 4), 'fits');
  assert.deepEqual(wrapTo('one two three', 8), ['one two ', 'three']);
  assert.deepEqual(wrapTo('', 8), ['']);
  assert.equal(wrapTo('日本語'.repeat(30), 9).join(''), '日本語'.repeat(30));
});

test('start shows the time of each event at a terminal and none in a pipe, obeys NO_COLOR, and says on Ctrl-C what is kept', async () => {
  await using vault = new TestVault();
  vault.write('Needs_Action/Moon.md', 'Wonder about the moon\n');
  const env = { ...vault.environment, NO_COLOR: '1' };
  const asked = /\d\d:\d\d:\d\d {2}question/;
  const { screen, code } = await typing(['start'], env, [{ when: asked, keys: '\u0003' }]);
  assert.equal(code, 0, screen);
  assert.match(screen, /^\d\d:\d\d:\d\d {2}task {7}Moon$/m);
  assert.match(screen, /Stopped\. 1 thing waits and 1 task is open, and kept: it goes on at the next start\./);
  assert.ok(!screen.includes('\u001b['), JSON.stringify(screen));
  assert.doesNotMatch(vault.once().out, /^\d\d:\d\d/m);
});
