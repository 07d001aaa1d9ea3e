import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChannelHealth, readChannels } from '../../core/channel-health.ts';
import { readNotices, watcherNotices } from '../../core/notices.ts';
import { inMemory, TempFolder } from '../helpers/temp.ts';

const DAY = 24 * 3_600_000;
const MINUTE = 60_000;
const INBOX = 'anna@example.test INBOX';
const down = { kind: 'retryable', message: 'The server does not answer.' } as const;

/** Health over a state folder, with a clock that stands until it is moved. */
class Watched {
  readonly state: { root: string; tmp: string };
  at = 0;
  /** How far the wall’s clock is from the other one. */
  ahead = 0;
  health: ChannelHealth;

  readonly every: number;

  constructor(folder: string, every = DAY) {
    this.every = every;
    this.state = { root: folder, tmp: folder };
    this.health = this.#open();
    this.health.begins(INBOX);
  }

  #open = (): ChannelHealth =>
    new ChannelHealth(
      this.state,
      'mail',
      () => new Date(Date.UTC(2026, 10, 21) + this.at + this.ahead),
      this.every,
      () => this.at,
    );

  again(): void {
    this.health = this.#open();
    this.health.starts();
    this.health.begins(INBOX);
  }

  get told(): string {
    this.health.look();
    return Object.values(readNotices(watcherNotices(this.state, 'mail'))).join('\n');
  }
}

test('a channel that is down for a moment is not worth a word, one that stays down is told of until it is back', () => {
  using folder = new TempFolder(inMemory());
  const watched = new Watched(folder.path);
  watched.health.failed(INBOX, down);
  watched.at += 9 * MINUTE;
  watched.health.failed(INBOX, down);
  assert.equal(watched.told, '');
  watched.at += 2 * MINUTE;
  watched.health.failed(INBOX, down);
  assert.match(watched.told, /INBOX: The server does not answer\. Nothing that comes there meanwhile is lost\./);
  watched.health.works(INBOX);
  assert.equal(watched.told, '');
});

test('an account that lets Steward in no more is told of at once', () => {
  using folder = new TempFolder(inMemory());
  const watched = new Watched(folder.path);
  watched.health.failed(INBOX, { ...down, message: 'The password was refused.', fault: 'authentication' });
  assert.match(watched.told, /The password was refused\./);
});

test('a channel that says nothing at all any more is told of, and not what it says while all is well', () => {
  using folder = new TempFolder(inMemory());
  const watched = new Watched(folder.path);
  for (let round = 0; round < 20; round += 1) {
    watched.at += 10 * MINUTE;
    watched.health.works(INBOX);
    assert.equal(watched.told, '');
  }
  watched.at += 46 * MINUTE;
  assert.match(watched.told, /no word from it for a long time/);
  watched.health.works(INBOX);
  assert.equal(watched.told, '');
});

test('a canary that does not come back is told of though the channel answers, and is forgiven when it comes after all', () => {
  using folder = new TempFolder(inMemory());
  const watched = new Watched(folder.path);
  watched.at += 2 * MINUTE;
  const mark = watched.health.due(INBOX);
  assert.ok(mark !== undefined && watched.health.isCanary(INBOX, mark));
  for (let round = 0; round < 2; round += 1) {
    watched.at += 10 * MINUTE;
    watched.health.works(INBOX);
  }
  assert.match(watched.told, /a test that Steward put there at 2026-11-2. \d\d:\d\d did not come through/);
  watched.health.works(INBOX);
  assert.match(watched.told, /did not come through/, 'that it answers is no proof');
  watched.health.came(INBOX, mark);
  assert.equal(watched.told, '');
  assert.ok(watched.health.isCanary(INBOX, mark), 'it is known again should it turn up twice');
  const proved = readChannels(watched.state, 'mail')[INBOX]?.proved;
  watched.at += DAY + MINUTE;
  assert.notEqual(watched.health.due(INBOX), undefined);
  watched.health.came(INBOX, mark);
  assert.equal(readChannels(watched.state, 'mail')[INBOX]?.proved, proved, 'each counts once');
});

test('one canary a day, also over restarts and while none can be put down', () => {
  using folder = new TempFolder(inMemory());
  const watched = new Watched(folder.path);
  assert.equal(watched.health.due(INBOX), undefined, 'who only just began puts none down');
  watched.at += 2 * MINUTE;
  watched.health.came(INBOX, watched.health.due(INBOX) ?? assert.fail('it is time'));
  watched.again();
  watched.at += DAY - 3 * MINUTE;
  assert.equal(watched.health.due(INBOX), undefined);
  watched.at += 4 * MINUTE;
  assert.notEqual(watched.health.due(INBOX), undefined);
  watched.health.notPlaced(INBOX);
  watched.health.works(INBOX);
  assert.equal(watched.health.due(INBOX), undefined, 'it is not tried again at once');
  assert.equal(watched.told, '', 'one that was not put down is not missed');
});

test('a clock that jumps keeps no canary back for long, and brings no flood of them', () => {
  using folder = new TempFolder(inMemory());
  const watched = new Watched(folder.path);
  watched.at += 2 * MINUTE;
  watched.ahead = 365 * DAY;
  watched.health.came(INBOX, watched.health.due(INBOX) ?? assert.fail('it is time'));
  watched.ahead = 0;
  let put = 0;
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    watched.at += MINUTE;
    watched.ahead = minute % 2 === 0 ? -30 * DAY : 30 * DAY;
    const mark = watched.health.due(INBOX);
    if (mark === undefined) continue;
    put += 1;
    watched.health.came(INBOX, mark);
  }
  assert.ok(put >= 1 && put <= 24, `${put} canaries in a day of jumps`);
});

test('without hours for it no canary is put down, and one that an earlier setting left is known', () => {
  using folder = new TempFolder(inMemory());
  const before = new Watched(folder.path);
  before.at += 2 * MINUTE;
  const mark = before.health.due(INBOX) ?? assert.fail('it is time');
  const watched = new Watched(folder.path, 0);
  for (let day = 0; day < 3; day += 1) {
    watched.at += DAY;
    watched.health.works(INBOX);
    assert.equal(watched.health.due(INBOX), undefined);
    assert.equal(watched.told, '');
  }
  assert.ok(watched.health.isCanary(INBOX, mark) && !watched.health.isAwaited(INBOX, mark));
});

test('a canary whose process ended is followed by another within the hour, and is still known when it turns up', () => {
  using folder = new TempFolder(inMemory());
  const watched = new Watched(folder.path);
  watched.at += 2 * MINUTE;
  const left = watched.health.due(INBOX) ?? assert.fail('it is time');
  watched.again();
  watched.at += 2 * MINUTE;
  assert.equal(watched.health.due(INBOX), undefined, 'whoever starts again and again puts not one down each time');
  watched.at += 60 * MINUTE;
  const next = watched.health.due(INBOX) ?? assert.fail('it is time again');
  assert.ok(watched.health.isCanary(INBOX, left) && watched.health.isCanary(INBOX, next));
});

test('what did not get through is told until a canary does, however well the channel answers, and is tried again soon', () => {
  using folder = new TempFolder(inMemory());
  const watched = new Watched(folder.path);
  watched.at += 2 * MINUTE;
  assert.notEqual(watched.health.due(INBOX), undefined);
  watched.health.lost(INBOX, 'nothing is told of.');
  watched.health.failed(INBOX, { kind: 'permanent', message: 'It is gone.' });
  assert.match(watched.told, /INBOX: It is gone\./);
  watched.health.works(INBOX);
  assert.match(watched.told, /INBOX: nothing is told of\./);
  watched.at += 61 * MINUTE;
  watched.health.works(INBOX);
  watched.health.came(INBOX, watched.health.due(INBOX) ?? assert.fail('it is tried again'));
  assert.equal(watched.told, '');
});

test('what was told by a process that ended, also in another way, is told no more', () => {
  using folder = new TempFolder(inMemory());
  const watched = new Watched(folder.path);
  watched.health.failed(INBOX, { ...down, kind: 'permanent' });
  assert.notEqual(watched.told, '');
  watched.again();
  assert.equal(watched.told, '');
});
