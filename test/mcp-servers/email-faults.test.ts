import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Outcome } from '../../core/action-server.ts';
import { Vault } from '../../core/vault.ts';
import { FakeSmtp, type FakeSmtpOptions, type Fault } from '../fakes/smtp.ts';
import { accountAt, MAIL, PASSWORD, perform, toolNamed, toolsOf } from '../helpers/mail.ts';
import { TempFolder } from '../helpers/temp.ts';

const LONG = process.env.STEWARD_TEST_LONG === '1';

type Turn = 'transient' | 'authentication' | 'logic' | 'data' | 'system';
type Case = {
  readonly fault: Fault;
  readonly expect: Outcome['outcome'];
  readonly retry?: boolean;
  readonly turn?: Turn;
};

/** What is never sent, whether it is tried again, and whose turn it is then. */
const no = (fault: Fault, retry: boolean, turn: Turn = retry ? 'transient' : 'logic'): Case => ({
  ...{ fault, expect: 'not_sent', retry, turn },
});
const maybe = (fault: Fault): Case => ({ fault, expect: 'unknown' });
const BEFORE = ['greeting', 'ehlo', 'auth', 'mail', 'rcpt', 'data'] as const;

/** Every way in which a far end can fail, and what may be said of it. */
const CASES: readonly Case[] = [
  ...BEFORE.flatMap(at => [
    no({ at, ends: 'reset' }, true),
    no({ at, ends: 'close' }, true),
    no({ at, ends: 'hang' }, true),
    no({ at, reply: '421 4.3.2 going down', ends: 'close' }, true),
  ]),
  ...(['greeting', 'mail', 'rcpt', 'data'] as const).flatMap(at => [
    no({ at, reply: '554 5.7.1 not from you' }, false, at === 'greeting' ? 'authentication' : 'logic'),
    no({ at, reply: '451 4.7.1 later' }, true),
  ]),
  no({ at: 'greeting', reply: 'HTTP/1.1 400 Bad Request', ends: 'close' }, true),
  ...[
    '535 5.7.8 no',
    '535 no',
    '534 5.7.9 too weak',
    '530 5.7.0 sign in',
    '538 5.7.11 encrypt',
    '432 4.7.12 renew it',
  ].map(reply => no({ at: 'auth', reply }, false, 'authentication')),
  no({ at: 'mail', reply: '530 5.7.0 sign in first' }, false, 'authentication'),
  no({ at: 'mail', reply: '535 5.7.13 account disabled' }, false, 'authentication'),
  no({ at: 'mail', reply: '550 5.1.8 not a sender of ours' }, false, 'logic'),
  no({ at: 'mail', reply: '552 5.3.4 too large' }, false, 'data'),
  no({ at: 'rcpt', reply: '550 nobody of that name' }, false, 'data'),
  no({ at: 'rcpt', reply: '550 5.1.1 nobody of that name' }, false, 'data'),
  no({ at: 'rcpt', reply: '550 5.7.1 relaying denied' }, false, 'logic'),
  no({ at: 'rcpt', reply: '550 5.7.26 not authenticated as the domain demands' }, false, 'logic'),
  no({ at: 'rcpt', reply: '552 5.2.2 mailbox full' }, false, 'data'),
  no({ at: 'rcpt', reply: '554 no thanks' }, false, 'logic'),
  no({ at: 'auth', reply: '454 4.7.0 not now' }, true),
  no({ at: 'dot', reply: '554 5.6.0 we do not want it' }, false, 'data'),
  no({ at: 'dot', reply: '554 5.7.1 looks like spam' }, false, 'logic'),
  no({ at: 'dot', reply: '552-5.3.4 too\r\n552 5.3.4 large' }, false, 'data'),
  no({ at: 'dot', reply: '451 4.3.0 later' }, true),
  ...[false, true].flatMap(keeps => [
    maybe({ at: 'dot', ends: 'reset', keeps }),
    maybe({ at: 'dot', ends: 'close', keeps }),
    maybe({ at: 'dot', ends: 'hang', keeps }),
    maybe({ at: 'dot', reply: 'what was that', keeps }),
    maybe({ at: 'dot', reply: '999 what', keeps }),
    maybe({ at: 'dot', reply: '25', ends: 'reset', keeps }),
    maybe({ at: 'dot', reply: '354 go on', ends: 'hang', keeps }),
  ]),
  { fault: { at: 'dot', reply: '250 2.0.0 ok', ends: 'reset', keeps: true }, expect: 'confirmed' },
  { fault: { at: 'dot', reply: '250 2.0.0 ok', ends: 'hang', keeps: true }, expect: 'confirmed' },
  { fault: { at: 'dot', reply: '250-one\r\n250 two', keeps: true }, expect: 'confirmed' },
];

async function tryCase({ fault, expect, retry, turn }: Case, options: FakeSmtpOptions, vault: Vault): Promise<void> {
  const what = JSON.stringify({ fault, options });
  await using far = await FakeSmtp.start({ ...options, user: 'me', password: PASSWORD });
  far.fault = fault;
  const account = accountAt(far.port, { user: 'me' });
  const send = toolNamed(toolsOf(vault, account, { STEWARD_EMAIL_PASSWORD: PASSWORD }), 'send');
  const outcome = await perform(send, MAIL, patience(far));
  assert.equal(outcome.outcome, expect, `${what} ${JSON.stringify(outcome)}`);
  if (outcome.outcome === 'not_sent') {
    assert.equal(outcome.retry, retry, `${what} ${outcome.proof}`);
    assert.equal(outcome.fault, turn, `${what} ${outcome.proof}`);
  }
  assertHonest(outcome, far.delivered.length, what);
  assert.equal(far.connections, 1, `${what}: one attempt is one connection`);
}

/** The signal of an attempt: patience ends as soon as the far end has nothing more to say. */
function patience(far: FakeSmtp): AbortSignal {
  const over = new AbortController();
  const isSilent = far.fault?.ends === 'hang' && far.fault.reply === undefined;
  far.struck = () => (isSilent ? over.abort() : undefined);
  return over.signal;
}

function assertHonest(outcome: Outcome, delivered: number, what: string): void {
  assert.ok(delivered <= 1, `${what}: delivered ${delivered} times`);
  if (outcome.outcome === 'not_sent') assert.equal(delivered, 0, `${what}: said not sent, and it was`);
  if (outcome.outcome === 'confirmed') assert.equal(delivered, 1, `${what}: said sent, and it was not`);
  assert.ok(!JSON.stringify(outcome).includes(PASSWORD), `${what}: tells the password`);
}

for (const pipelining of [false, true]) {
  test(`a far end that fails at any step is never said to have sent what it did not, nor the reverse (${pipelining ? 'pipelined' : 'step by step'})`, async () => {
    using folder = new TempFolder();
    const vault = new Vault(folder.path, 'server');
    const waiting = [...CASES];
    // A few at a time: most of the time is spent waiting for far ends that say nothing.
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        await tryCase(next, { pipelining }, vault);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
  });
}

test('random faults, with the retries that are allowed, deliver at most once', async () => {
  using folder = new TempFolder();
  const vault = new Vault(folder.path, 'server');
  let seed = 20_261_103;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let round = 0; round < (LONG ? 400 : 25); round += 1) {
    await using far = await FakeSmtp.start({ user: 'me', password: PASSWORD, pipelining: random(2) === 0 });
    const settings = accountAt(far.port, { user: 'me' });
    const send = toolNamed(toolsOf(vault, settings, { STEWARD_EMAIL_PASSWORD: PASSWORD }), 'send');
    const schedule: (Fault | undefined)[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const one = random(4) === 0 ? undefined : CASES[random(CASES.length)]?.fault;
      schedule.push(one);
      far.fault = one;
      const before = far.delivered.length;
      const outcome = await perform(send, MAIL, patience(far));
      assertHonest(outcome, far.delivered.length - before, JSON.stringify(schedule));
      if (outcome.outcome !== 'not_sent' || !outcome.retry) break;
    }
    assert.ok(far.delivered.length <= 1, JSON.stringify(schedule));
  }
});

test('a port that refuses connections is proof that nothing was sent, and worth another try', async () => {
  using folder = new TempFolder();
  const far = await FakeSmtp.start();
  const { port } = far;
  await far[Symbol.asyncDispose]();
  const outcome = await perform(toolNamed(toolsOf(new Vault(folder.path, 'server'), accountAt(port)), 'send'), MAIL);
  assert.ok(outcome.outcome === 'not_sent' && outcome.retry, JSON.stringify(outcome));
});

test('where encryption is demanded and the server has none, nothing is sent and nothing is tried again', async () => {
  using folder = new TempFolder();
  await using far = await FakeSmtp.start();
  const settings = accountAt(far.port, { security: 'starttls' });
  const outcome = await perform(toolNamed(toolsOf(new Vault(folder.path, 'server'), settings), 'send'), MAIL);
  assert.ok(outcome.outcome === 'not_sent' && !outcome.retry, JSON.stringify(outcome));
  assert.equal(far.delivered.length, 0);
});

for (const pipelining of [false, true]) {
  test(`if one recipient is refused nobody gets the mail, and the answer names who (${pipelining ? 'pipelined' : 'step by step'})`, async () => {
    using folder = new TempFolder();
    await using far = await FakeSmtp.start({ pipelining });
    const send = toolNamed(toolsOf(new Vault(folder.path, 'server'), accountAt(far.port)), 'send');
    const many = { ...MAIL, cc: ['bob@example.test'], bcc: ['carl@example.test'] };
    for (const [reply, retry] of [
      ['550 5.1.1 nobody of that name', false],
      ['450 4.2.0 greylisted', true],
    ] as const) {
      far.fault = { at: 'rcpt', only: 'bob@example.test', reply };
      const outcome = await perform(send, many);
      assert.ok(outcome.outcome === 'not_sent' && outcome.retry === retry, JSON.stringify(outcome));
      assert.match(outcome.proof, /to anybody.*refused bob@example\.test/);
    }
    assert.equal(far.delivered.length, 0);
  });
}

test('a connection that breaks within a long message is proof that nothing was sent', async () => {
  using folder = new TempFolder();
  await using far = await FakeSmtp.start();
  far.fault = { at: 'body', ends: 'reset' };
  const bulk = Buffer.alloc(12 * 1024 * 1024, 'x');
  writeFileSync(path.join(folder.path, 'bulk.bin'), bulk);
  const send = toolNamed(toolsOf(new Vault(folder.path, 'server'), accountAt(far.port)), 'send');
  const outcome = await perform(send, { ...MAIL, attachments: ['bulk.bin'] });
  assert.ok(outcome.outcome === 'not_sent' && outcome.retry, JSON.stringify(outcome));
  far.fault = undefined;
  const again = await perform(send, { ...MAIL, attachments: ['bulk.bin'] });
  assert.equal(again.outcome, 'confirmed');
  assert.ok((far.delivered[0]?.message.length ?? 0) > bulk.length);
});
