import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reach } from '../../core/reach.ts';
import { approveByCommand } from '../../orchestrator/approve/decisions.ts';
import { proposeFollowing } from '../../orchestrator/approve/following.ts';
import { propose } from '../../orchestrator/approve/propose.ts';
import { publishOffers } from '../../orchestrator/execute/pins.ts';
import { InProcess } from '../helpers/in-process.ts';
import { executorUnder, notesIn, stateOf, TASK } from '../helpers/policy.ts';
import type { ScriptedExecutor } from '../helpers/scripted.ts';

const FILES_AWAY: Reach = { does: 'create', egress: false, routing: [], by: 'steward' };
const EVERYTHING_ASKED =
  'rules:\n  - name: all\n    zone: red\n    action: "*"\ncaps:\n  - name: one\n    per_day: 1\n';
const follow = { action: 'email.file_sent', arguments: { message_id: '<a@example.test>' } };

/** A mail that was approved, whose server says that its copy has to be put away. */
async function sent(vault: InProcess, executor: ScriptedExecutor): Promise<void> {
  executor.servers.outcomes = [{ outcome: 'confirmed', receipt: { id: 'r' }, follow }];
  await executor.propose();
  executor.servers.reach = FILES_AWAY;
  await approveByCommand(vault.ledger.book.actions.get(`${TASK}-a1`) ?? assert.fail(), 'tester', executor.context);
}

const after = (vault: InProcess): readonly string[] =>
  vault
    .records()
    .flatMap(({ body }) =>
      body.kind === 'PROPOSED' && body.envelope.id.startsWith('after-') ? [body.envelope.id] : [],
    );

test('what follows from a mail that was sent is done once, by no person’s word and also under a policy that asks about everything, and nothing follows from it', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, EVERYTHING_ASKED);
  await sent(vault, executor);
  await executor.drain();
  const [id = ''] = after(vault);
  assert.equal(after(vault).length, 1);
  assert.equal(vault.ledger.book.past.get(id), 'confirmed', vault.lines.join('\n'));
  assert.deepEqual(notesIn(vault, 'Pending_Approval'), []);
  assert.equal(executor.servers.performed, 2);
  await executor.drain();
  assert.equal(executor.servers.performed, 2);
});

test('what follows and cannot be done leaves the mail done: it fails by itself, and says that the mail was sent', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, EVERYTHING_ASKED);
  await sent(vault, executor);
  executor.servers.outcomes.push({ outcome: 'not_sent', retry: false, proof: 'The mail was sent. There is no Sent.' });
  await executor.drain();
  assert.equal(stateOf(vault), 'confirmed');
  const closed = vault.records().flatMap(({ body }) => (body.kind === 'CLOSED' ? [body] : []));
  assert.deepEqual(
    closed.map(({ task, verdict }) => [task.slice(0, 6), verdict]),
    [['after-', 'failed']],
  );
  assert.match(closed[0]?.why ?? '', /The mail was sent\. There is no Sent\./);
});

test('a crash right after a mail was sent does not lose what follows from it, nor propose it twice', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, EVERYTHING_ASKED);
  await sent(vault, executor);
  executor.servers.down = { kind: 'retryable', message: 'not now' };
  await executor.drain();
  assert.deepEqual(after(vault), []);
  assert.equal(vault.ledger.book.following.size, 1);
  executor.servers.down = undefined;
  await proposeFollowing(executor.context);
  await proposeFollowing(executor.context);
  assert.equal(after(vault).length, 1);
  assert.equal(vault.ledger.book.following.size, 0);
});

test('no brain can propose what only follows, and none is offered it', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, EVERYTHING_ASKED, FILES_AWAY);
  const proposal = {
    ...{ id: `${TASK}-a7`, task: TASK, task_note: 'a', plan_note: 'a-plan', note: 'a-approval-7', server: 'email' },
    ...{ tool: 'file_sent', arguments: {}, origins: {}, brain: 'claude', source: 'person' },
    exposure: { untrusted: [], private: [] },
  };
  await propose(proposal, executor.context, 'planner');
  const refused = vault.records().flatMap(({ body }) => (body.kind === 'REFUSED' ? [body.why] : []));
  assert.deepEqual(refused, ['email.file_sent is nothing that can be proposed.']);
  const tool = { title: 'T', description: 'D', schema: {}, hash: '0'.repeat(64) };
  const servers = Object.assign(Object.create(executor.servers), {
    names: ['email'],
    offered: () =>
      Promise.resolve({
        ok: true,
        value: new Map([
          ['file_sent', { ...tool, name: 'file_sent', reach: FILES_AWAY }],
          ['send', { ...tool, name: 'send', reach: { does: 'send', egress: true, routing: [] } }],
        ]),
      }),
  });
  await publishOffers({ ...executor.context, servers });
  const { readOffers } = await import('../../core/offers.ts');
  assert.deepEqual(
    readOffers(executor.context.state.offers)?.offers.map(({ tool: name }) => name),
    ['send'],
  );
});

test('what would carry anything out is asked like everything else, whoever is said to propose it', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, EVERYTHING_ASKED);
  await sent(vault, executor);
  executor.servers.reach = { ...FILES_AWAY, does: 'send', egress: true };
  await executor.drain();
  const [id = ''] = after(vault);
  assert.equal(vault.ledger.book.actions.get(id)?.proposed.zone, 'red');
  assert.equal(executor.servers.performed, 1);
});

test('forty copies at once of mails that were approved are no emergency', async () => {
  await using vault = new InProcess();
  const executor = await executorUnder(vault, EVERYTHING_ASKED);
  for (let index = 0; index < 40; index += 1) {
    const id = `after-${String(index).padStart(12, '0')}-a1`;
    await propose(
      {
        ...{
          id,
          task: id.slice(0, -3),
          task_note: 'a',
          plan_note: 'a-plan',
          note: `a-approval-${index + 1}`,
          server: 'email',
        },
        ...{ tool: 'file_sent', arguments: {}, origins: {}, brain: 'steward', source: 'steward' },
        exposure: { untrusted: [], private: [] },
      },
      { ...executor.context, servers: Object.assign(executor.servers, { reach: FILES_AWAY }) },
    );
  }
  await executor.drain();
  assert.equal(executor.servers.performed, 40);
  assert.equal(vault.ledger.book.stopped, undefined);
});
