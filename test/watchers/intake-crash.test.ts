import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parseConfig } from '../../core/config.ts';
import { Cursors } from '../../core/cursors.ts';
import { Intake } from '../../core/intake.ts';
import { JournalReader } from '../../core/journal.ts';
import { createLog } from '../../core/log.ts';
import type { Channel, FetchedItem } from '../../core/networked-watcher.ts';
import { fail, ok } from '../../core/outcome.ts';
import { SeenRecord } from '../../core/seen.ts';
import { openStateFolder } from '../../core/state-folder.ts';
import { Vault } from '../../core/vault.ts';
import { WatchedChannels } from '../../core/watch-channels.ts';
import { WaysIn } from '../../core/ways-in.ts';
import mail from '../../watchers/mail/index.ts';
import { dyingAt } from '../helpers/dying.ts';
import { poll } from '../helpers/mail-watcher.ts';
import { mailOf, mailWith } from '../helpers/messages.ts';
import { inMemory, TempFolder } from '../helpers/temp.ts';

/** The runner of networked watchers, which dies between any two of its steps. */
const LONG = process.env.STEWARD_TEST_LONG === '1';
const MAILS = [
  mailWith('one', 'invoice.pdf', Buffer.from('the same bytes')),
  mailOf('two'),
  mailWith('three', 'invoice.pdf', Buffer.from('the same bytes')),
  ...(LONG ? [mailOf('four'), mailOf('five')] : []),
];

/** A source that holds these mails, two to a batch; the cursor is how many are behind. */
function source(): Channel {
  return {
    name: 'somewhere',
    prove: async () => fail('retryable', 'nothing is proved here'),
    fetch: async function* (cursor) {
      for (let at = Number(cursor ?? 0); at < MAILS.length; at += 2) {
        const items = MAILS.slice(at, at + 2).map((text, index): FetchedItem => {
          const place = { account: 'alice@example.test', folder: 'INBOX', received: '2026-11-21T10:00:00.000Z' };
          return { ...place, key: `mail ${at + index}`, size: text.length, about: {}, body: Buffer.from(text) };
        });
        yield ok({
          items,
          wroteTo: [{ message: `<${at}>`, addresses: [`to${at}@far.test`], day: '2026-11-21' }],
          cursor: at + 2,
        });
      }
    },
    wait: signal =>
      new Promise(resolve => signal.addEventListener('abort', () => resolve(fail('retryable', 'it ended')))),
    close: async () => undefined,
  };
}

class Machine {
  /** Hundreds of lives, and none of them is about a power cut. */
  readonly #base = new TempFolder(inMemory());
  readonly root = path.join(this.#base.path, 'vault');
  readonly vault = new Vault(this.#base.path, 'watcher');
  readonly state = (() => {
    const opened = openStateFolder(
      path.join(this.#base.path, '.home'),
      path.join(this.#base.path, 'none'),
      'b'.repeat(16),
    );
    assert.ok(opened.ok);
    return opened.value;
  })();

  /** One life: until the source has nothing more, or it died. */
  async live(): Promise<void> {
    const config = parseConfig('', 'config.yaml');
    assert.ok(config.ok);
    const { vault, state } = this;
    const log = createLog(() => undefined, {});
    const context = {
      vault,
      state,
      config: config.value,
      secrets: {},
      log,
      now: () => new Date(),
      look: () => undefined,
    };
    const intake = new Intake(context, {
      ...{ name: 'mail', extension: 'eml' },
      make: async (item, given) => ok(await mail.toNote(item, given)),
      known: () => ({ own: new Set(), people: new Map(), compared: [] }),
    });
    const watched = new WatchedChannels(context, [source()], {
      ...{ intake, cursors: new Cursors(state, 'mail'), ways: new WaysIn(context, 'mail') },
    });
    await poll(
      async () => (await watched.sweep()).settlesIn === undefined,
      () => 'it does not end',
    );
    await watched.close();
  }

  get #records(): SeenRecord[] {
    return new JournalReader(path.join(this.state.seen, 'mail.journal'), SeenRecord).next().map(({ body }) => body);
  }

  /** The planner takes what stands there: a journal of the task, and the note goes elsewhere. */
  plan(): void {
    const folder = path.join(this.vault.root, 'Needs_Action');
    for (const name of this.#listed('Needs_Action')) {
      const id = /^id: (\S+)$/m.exec(readFileSync(path.join(folder, name), 'utf8'))?.[1];
      writeFileSync(path.join(this.state.tasks, `${id}.journal`), '');
      renameSync(path.join(folder, name), path.join(this.vault.root, `taken ${name}`));
    }
  }

  #listed(folder: string): string[] {
    try {
      return readdirSync(path.join(this.vault.root, folder));
    } catch {
      return [];
    }
  }

  /** Every mail is one task, whole, with what hung on it, and all of it is on record once. */
  check(point: string): void {
    const notes = [...this.#listed('Needs_Action'), ...this.#listed('.').filter(name => name.startsWith('taken '))];
    assert.equal(notes.length, MAILS.length, `${point}: ${notes.join(' ')}`);
    assert.equal(this.#listed('Documents/Attachments').length, 1, point);
    const kinds = this.#records.map(record => `${record.kind} ${'task' in record ? record.task : ''}`);
    assert.equal(new Set(kinds.filter(kind => kind.startsWith('seen'))).size, MAILS.length, point);
    assert.equal(kinds.filter(kind => kind.startsWith('seen')).length, MAILS.length, point);
    assert.equal(kinds.filter(kind => kind.startsWith('written')).length, MAILS.length, point);
    assert.equal(kinds.filter(kind => kind.startsWith('wrote_to')).length, Math.ceil(MAILS.length / 2), point);
    assert.equal(readdirSync(path.join(this.state.root, 'mail')).length, MAILS.length, point);
  }

  [Symbol.dispose](): void {
    this.#base[Symbol.dispose]();
  }
}

for (const planned of [false, true]) {
  const meanwhile = planned ? 'while the planner goes on with what stands there' : 'and started again';
  test(`killed before any of its steps ${meanwhile}, it loses no mail and doubles none`, async () => {
    let reached = 0;
    const step = planned && !LONG ? 3 : 1;
    for (let point = 1; ; point += step) {
      using machine = new Machine();
      const isReached = await dyingAt(point, () => machine.live().catch(() => undefined));
      if (!isReached) break;
      reached = point;
      if (planned) machine.plan();
      await machine.live();
      await machine.live();
      machine.check(`killed before change ${point}`);
    }
    assert.ok(reached > 40, `only ${reached} steps were tried`);
  });
}
