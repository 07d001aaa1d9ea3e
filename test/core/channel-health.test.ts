import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChannelHealth } from '../../core/channel-health.ts';
import { readNotices, watcherNotices } from '../../core/notices.ts';
import { TempFolder } from '../helpers/temp.ts';

const DAY = 24 * 3_600_000;
const MINUTE = 60_000;
const INBOX = 'anna@example.test INBOX';
const down = { kind: 'retryable', message: 'The server does not answer.' } as const;

/** Health over a state folder, with a clock that stands until it is moved. */
class Watched {
  readonly state: { root: string; tmp: string };
  at = 0;
  health: ChannelHealth;

  constructor(folder: string) {
    this.state = { root: folder, tmp: folder };
    this.health = this.#open();
    this.health.begins(INBOX);
  }

  #open = (): ChannelHealth =>
    new ChannelHealth(
      this.state,
      'mail',
      () => new Date(Date.UTC(2026, 10, 21) + this.at),
      DAY,
      () => this.at,
    );

  again(): void {
    this.health = this.#open();
    this.health.begins(INBOX);
  }

  get told(): string {
    this.health.look();
    return Object.values(readNotices(watcherNotices(this.state, 'mail'))).join('\n');
  }
}

test('a channel that is down for a moment is not worth a word, one that stays down is told of until it is back', () => {
  using folder = new TempFolder();
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
  using folder = new TempFolder();
  const watched = new Watched(folder.path);
  watched.health.failed(INBOX, { ...down, message: 'The password was refused.', fault: 'authentication' });
  assert.match(watched.told, /The password was refused\./);
});

test('a channel that says nothing at all any more is told of, and not what it says while all is well', () => {
  using folder = new TempFolder();
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
  using folder = new TempFolder();
  const watched = new Watched(folder.path);
  watched.at += 2 * MINUTE;
  const mark = watched.health.due(INBOX);
  assert.ok(mark !== undefined && watched.health.isCanary(INBOX, mark));
  for (let round = 0; round < 2; round += 1) {
    watched.at += 10 * MINUTE;
    watched.health.works(INBOX);
  }
  assert.match(watched.told, /a test message that Steward put there at 2026-11-2. \d\d:\d\d did not come through/);
  watched.health.works(INBOX);
  assert.match(watched.told, /did not come through/, 'that it answers is no proof');
  watched.health.came(INBOX);
  assert.equal(watched.told, '');
  assert.ok(!watched.health.isCanary(INBOX, mark), 'each counts once');
});

test('one canary a day, also over restarts and while none can be put down', () => {
  using folder = new TempFolder();
  const watched = new Watched(folder.path);
  assert.equal(watched.health.due(INBOX), undefined, 'who only just began puts none down');
  watched.at += 2 * MINUTE;
  assert.notEqual(watched.health.due(INBOX), undefined);
  watched.health.came(INBOX);
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
