import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parseConfig } from '../../core/config.ts';
import { Intake, type Prepared } from '../../core/intake.ts';
import { JournalReader } from '../../core/journal.ts';
import { createLog } from '../../core/log.ts';
import type { Batch, FetchedItem } from '../../core/networked-watcher.ts';
import { type Failure, fail, ok, type Result } from '../../core/outcome.ts';
import { SeenRecord } from '../../core/seen.ts';
import { openStateFolder } from '../../core/state-folder.ts';
import { takeBatches } from '../../core/take-batches.ts';
import { Vault } from '../../core/vault.ts';
import mail from '../../watchers/mail/index.ts';
import { mailOf } from '../helpers/messages.ts';
import { inMemory, TempFolder } from '../helpers/temp.ts';

const itemOf = (key: string, folder = 'INBOX', size?: number): FetchedItem => {
  const text = mailOf(key);
  const place = { account: 'alice@example.test', folder, received: '2026-11-21T10:00:00.000Z', about: {} };
  return { ...place, key, size: size ?? text.length, body: Buffer.from(text) };
};

/** Runs batches through steps that take a few turns each, and tells what was done when. */
async function traced(
  batches: readonly Batch[],
  { ends, breaks }: { readonly ends?: Failure; readonly breaks?: number } = {},
): Promise<{ told: readonly string[]; failure: Failure | undefined }> {
  const told: string[] = [];
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise(resolve => setImmediate(resolve));
  };
  async function* fetched(): AsyncGenerator<Result<Batch>, void> {
    for (const batch of batches) yield ok(batch);
    if (ends !== undefined) yield { ok: false, failure: ends };
  }
  const failure = await takeBatches(fetched(), new AbortController().signal, {
    prepare: async batch => {
      told.push(`prepares ${batch.cursor}`);
      await turns();
      return ok({ batch, made: [] });
    },
    take: async ({ batch: { cursor } }: Prepared) => {
      told.push(`takes ${cursor}`);
      await turns();
      told.push(`took ${cursor}`);
      return cursor === breaks ? fail('retryable', 'the disk is full').failure : undefined;
    },
  });
  return { told, failure };
}

test('a batch is made ready while the one before is written, and none is taken before its turn', async () => {
  const { told, failure } = await traced([1, 2, 3].map(cursor => ({ items: [], cursor })));
  assert.equal(failure, undefined);
  assert.deepEqual(
    told.filter(line => line.startsWith('to')),
    ['took 1', 'took 2', 'took 3'],
  );
  assert.ok(told.indexOf('prepares 2') < told.indexOf('took 1'), told.join(', '));
  assert.ok(told.indexOf('prepares 3') < told.indexOf('took 2'), told.join(', '));
  assert.ok(told.indexOf('takes 2') > told.indexOf('took 1'), told.join(', '));
});

test('two batches of large mails are never in memory together', async () => {
  const { told } = await traced([1, 2].map(cursor => ({ items: [itemOf(`${cursor}`, 'INBOX', 50_000_000)], cursor })));
  assert.deepEqual(told, ['prepares 1', 'takes 1', 'took 1', 'prepares 2', 'takes 2', 'took 2']);
});

test('behind a batch that could not be written none is taken, and what was fetched before a connection broke is', async () => {
  const three = [1, 2, 3].map(cursor => ({ items: [], cursor }));
  const full = await traced(three, { breaks: 2 });
  assert.equal(full.failure?.message, 'the disk is full');
  assert.deepEqual(
    full.told.filter(line => line.startsWith('to')),
    ['took 1', 'took 2'],
  );
  const broken = await traced(three, { ends: fail('retryable', 'the line is dead').failure });
  assert.equal(broken.failure?.message, 'the line is dead');
  assert.equal(broken.told.at(-1), 'took 3');
});

test('the same mail in two folders that are fetched at once is one task, and on record once', async () => {
  using base = new TempFolder(inMemory());
  const vault = new Vault(base.path, 'watcher');
  const opened = openStateFolder(path.join(base.path, '.home'), path.join(base.path, 'none'), 'c'.repeat(16));
  const config = parseConfig('', 'config.yaml');
  assert.ok(opened.ok && config.ok);
  const state = opened.value;
  const intake = new Intake(
    {
      ...{ vault, state, config: config.value, secrets: {}, log: createLog(() => undefined, {}) },
      ...{ now: () => new Date(), look: () => undefined },
    },
    {
      ...{ name: 'mail', extension: 'eml' },
      make: async (item, given) => ok(await mail.toNote(item, given)),
      known: () => ({ own: new Set(), people: new Map(), compared: [] }),
    },
  );
  const ready = await Promise.all(
    ['INBOX', 'Archive'].map(folder => intake.prepare({ items: [itemOf('the same', folder)], cursor: 1 })),
  );
  for (const one of ready) {
    assert.ok(one.ok);
    assert.ok((await intake.take(one.value)).ok);
  }
  await intake.close();
  assert.equal(readdirSync(path.join(base.path, 'Needs_Action')).length, 1);
  const records = new JournalReader(path.join(state.seen, 'mail.journal'), SeenRecord).next();
  assert.deepEqual(
    records.map(({ body }) => body.kind),
    ['seen', 'written'],
  );
});
