import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../../core/digest.ts';
import { createLog } from '../../core/log.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { isPlainRead, type Reach } from '../../core/reach.ts';
import { LONGEST_READING } from '../../core/reading.ts';
import { type Message, Spool } from '../../core/spool.ts';
import { ActionServers, type Definition, type Described } from '../../orchestrator/execute/servers.ts';
import { InProcess } from '../helpers/in-process.ts';
import { ScriptedExecutor } from '../helpers/scripted.ts';

const TASK = 'tester-0123456789ab';
const REACHES: Readonly<Record<string, Reach>> = {
  look: { does: 'read', egress: false, routing: [] },
  fetch: { does: 'read', egress: true, routing: ['url'] },
  send: { does: 'send', egress: true, routing: ['to'] },
};

/** A server with a tool that reads, one that fetches and one that sends; it counts what it was asked. */
class Library extends ActionServers {
  text = 'what stands there';
  down = false;
  refused = false;
  asked = 0;

  constructor() {
    super(
      () => ({ vault: '', dropFolders: [], state: '', settings: null, grantKey: '', secrets: {} }),
      () => Promise.resolve(ok('same')),
      createLog(() => undefined, {}),
      undefined,
      new Map([['library', []]]),
    );
  }

  override definitions(): ReturnType<ActionServers['definitions']> {
    if (this.down) return Promise.resolve(fail('retryable', 'It does not start.'));
    const schema: Json = { type: 'object' };
    const found = Object.entries(REACHES).map(([name, reach]): [string, Definition] => [
      name,
      { name, title: name, description: '', schema, reach, hash: '0'.repeat(64) },
    ]);
    return Promise.resolve(ok(new Map(found)));
  }

  override read(_: string, tool: string): Promise<Result<string>> {
    this.asked += 1;
    if (this.refused)
      return Promise.resolve({
        ok: false,
        failure: { kind: 'permanent', message: 'The password is wrong.', fault: 'authentication' },
      });
    const reach = REACHES[tool];
    return Promise.resolve(
      reach !== undefined && isPlainRead(reach) ? ok(this.text) : fail('denied', 'It is no tool that only reads.'),
    );
  }

  override dryRun(_: string, tool: string): Promise<Result<Described>> {
    const described = { outcome: 'prepared' as const, title: tool, account: '', attachments: [] };
    const reach = REACHES[tool];
    return Promise.resolve(
      reach === undefined ? fail('invalid', 'no such tool') : ok({ ...described, definition: '0'.repeat(64), reach }),
    );
  }
}

class Reader {
  readonly servers = new Library();
  readonly executor: ScriptedExecutor;
  readonly answers: Spool;
  readonly vault: InProcess;

  constructor(vault: InProcess) {
    this.vault = vault;
    this.executor = new ScriptedExecutor(vault, { servers: this.servers });
    const { plannerSpool, tmp } = vault.opened.state;
    this.answers = new Spool(plannerSpool, tmp);
  }

  ask(tool = 'look', name = 'read-1', call = 'c1'): void {
    this.executor.spool.put(name, { kind: 'read', call, task: TASK, server: 'library', tool, arguments: {} });
  }

  get told(): readonly Extract<Message, { kind: 'read_result' }>[] {
    return this.answers
      .waiting(() => undefined)
      .flatMap(({ message }) => (message.kind === 'read_result' ? [message] : []));
  }

  get onRecord(): readonly string[] {
    return this.vault.records().flatMap(({ body }) => (body.kind === 'READ' ? [body.action] : []));
  }
}

test('what was read is on record, its text goes to the planner, and its message is gone', async () => {
  await using vault = new InProcess();
  const reader = new Reader(vault);
  reader.ask();
  await reader.executor.drain();
  assert.deepEqual(reader.told, [{ kind: 'read_result', call: 'c1', task: TASK, ok: true, text: 'what stands there' }]);
  assert.deepEqual(reader.onRecord, ['library.look']);
  assert.deepEqual(
    reader.executor.spool.waiting(() => undefined),
    [],
  );
});

test('a refused account pauses its server after one try to read, and what was asked is read once it is resumed', async () => {
  await using vault = new InProcess();
  const reader = new Reader(vault);
  reader.servers.refused = true;
  reader.ask();
  for (let look = 0; look < 5; look += 1) await reader.executor.drain();
  assert.equal(reader.servers.asked, 1);
  assert.deepEqual(reader.told, []);
  assert.equal(vault.ledger.book.paused.get('library')?.why, 'The password is wrong.');
  reader.servers.refused = false;
  reader.executor.spool.put('unpause', { kind: 'unpause', channel: 'library', by: 'tester' });
  await reader.executor.drain();
  assert.deepEqual(
    reader.told.map(({ text }) => text),
    ['what stands there'],
  );
});

test('a call that the planner puts down again after its answer is not read a second time', async () => {
  await using vault = new InProcess();
  const reader = new Reader(vault);
  reader.ask();
  await reader.executor.drain();
  reader.ask();
  await reader.executor.drain();
  assert.equal(reader.servers.asked, 1);
  assert.equal(reader.told.length, 1);
  assert.deepEqual(
    reader.executor.spool.waiting(() => undefined),
    [],
  );
});

test('a reading whose answer a crash cut off is answered after the restart', async () => {
  await using vault = new InProcess();
  await vault.ledger.record({ kind: 'READ', call: 'c1', task: TASK, action: 'library.look', sha256: '0'.repeat(64) });
  const reader = new Reader(vault);
  reader.ask();
  await reader.executor.drain();
  assert.equal(reader.told.length, 1);
});

test('while Steward is stopped nothing is read, and it is read once somebody resumes', async () => {
  await using vault = new InProcess();
  const reader = new Reader(vault);
  reader.executor.spool.put('a-stop', { kind: 'stop', why: 'Enough.', by: 'tester' });
  await reader.executor.drain();
  reader.ask();
  await reader.executor.drain();
  assert.equal(reader.servers.asked, 0);
  reader.executor.spool.put('b-resume', { kind: 'resume', by: 'tester' });
  await reader.executor.drain();
  assert.equal(reader.servers.asked, 1);
  assert.equal(reader.told.length, 1);
});

test('a server that is down is told of, and its reading waits with nothing on record', async () => {
  await using vault = new InProcess();
  const reader = new Reader(vault);
  reader.servers.down = true;
  reader.ask();
  await reader.executor.drain();
  assert.deepEqual(reader.told, []);
  assert.deepEqual(reader.onRecord, []);
  assert.equal(reader.executor.spool.waiting(() => undefined).length, 1);
  assert.match(vault.lines.join('\n'), /library/);
});

test('a message cannot have a tool that reaches out or acts performed as one that reads', async () => {
  await using vault = new InProcess();
  const reader = new Reader(vault);
  for (const tool of ['fetch', 'send', 'none']) reader.ask(tool, `read-${tool}`, tool);
  await reader.executor.drain();
  assert.deepEqual(
    reader.told.map(({ ok: isRead }) => isRead),
    [false, false, false],
  );
  assert.deepEqual(
    reader.told.map(({ text }) => /only reads/.test(text)),
    [true, true, true],
  );
});

test('a text that is longer than may be told is cut in whole characters, and says so', async () => {
  await using vault = new InProcess();
  const reader = new Reader(vault);
  reader.servers.text = 'ü'.repeat(LONGEST_READING);
  reader.ask();
  await reader.executor.drain();
  const text = reader.told[0]?.text ?? '';
  assert.ok(Buffer.byteLength(text) <= LONGEST_READING);
  assert.match(text, /^ü+\n\n\[Cut by Steward: \d+ of 400000 bytes are shown\.\]$/);
});

test('what was read for a task counts as shown in its proposals, whatever the planner says', async () => {
  await using vault = new InProcess();
  const reader = new Reader(vault);
  await reader.executor.propose('tester-0123456789ab-a1');
  reader.ask();
  await reader.executor.drain();
  await reader.executor.propose('tester-0123456789ab-a2');
  await reader.executor.drain();
  const exposures = vault.records().flatMap(({ body }) => (body.kind === 'PROPOSED' ? [body.envelope.exposure] : []));
  assert.deepEqual(exposures, [
    { untrusted: [], private: [] },
    { untrusted: ['library.look'], private: ['library.look'] },
  ]);
});
