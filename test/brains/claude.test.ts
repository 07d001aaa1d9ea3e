import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Brain, Exchange, Request } from '../../core/brain.ts';
import claude from '../../orchestrator/brains/claude/index.ts';
import { type Block, ClaudeApi, type Reply } from '../fakes/claude-api.ts';
import { requestOf } from '../helpers/requests.ts';
import { brainOf } from '../helpers/rulebook.ts';

const NOW = new Date('2026-11-21T10:00:00Z');
const brainAt = (api: ClaudeApi, settings: Record<string, string | number> = {}): Brain =>
  brainOf(claude, {
    settings: { url: api.url, ...settings },
    secrets: { ANTHROPIC_API_KEY: 'sk-test-1' },
    now: () => NOW,
  });
const use = (id: string, name: string, input: unknown): Block => ({ type: 'tool_use', id, name, input });
const next = (brain: Brain, request: Request, signal = AbortSignal.timeout(60_000)) => brain.next(request, signal);
const PLAN = use('c1', 'plan_update', { summary: 'S', steps: [] });

test('a turn is one streamed call with its key, its tools in order, its rules and the task', async () => {
  await using api = await ClaudeApi.start();
  api.will({
    kind: 'message',
    blocks: [{ type: 'text', text: 'I see.' }, PLAN],
    usage: { input_tokens: 7, output_tokens: 9, cache_read_input_tokens: 5, cache_creation_input_tokens: 3 },
  });
  const answer = await next(brainAt(api), requestOf({ tools: ['finish', 'ask_person', 'plan_update'] }));
  assert.ok(answer.ok);
  assert.equal(answer.turn.say, 'I see.');
  assert.deepEqual(answer.turn.calls, [{ id: 'c1', tool: 'plan_update', input: { summary: 'S', steps: [] } }]);
  assert.deepEqual(answer.turn.usage, {
    model: 'claude-sonnet-5-5',
    input_tokens: 7,
    output_tokens: 9,
    cache_read_tokens: 5,
    cache_write_tokens: 3,
  });
  assert.equal(api.headers[0]?.authorization, 'Bearer sk-test-1');
  const [call = assert.fail()] = api.calls;
  assert.deepEqual(
    call.tools.map(({ name }) => name),
    ['ask_person', 'finish', 'plan_update'],
  );
  assert.match(call.system[0]?.text ?? '', /You never act[\s\S]*Never pay anybody\./);
});

test('the rules and tools of a later turn are the same bytes, each call has its result, and thinking is given back as it was signed', async () => {
  await using api = await ClaudeApi.start();
  const brain = brainAt(api);
  const thinking: Block = { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' };
  api.always({ kind: 'message', blocks: [thinking, PLAN] });
  const exchanges: Exchange[] = [];
  for (let turn = 0; turn < 30; turn += 1) {
    const answer = await next(brain, requestOf({ exchanges }));
    assert.ok(answer.ok);
    const call = { ...answer.turn.calls[0], id: `c${turn}`, tool: 'plan_update', input: {} };
    exchanges.push({
      turn: { ...answer.turn, calls: [call] },
      results: [{ call: call.id, ok: true, text: 'written' }],
    });
  }
  assert.equal(new Set(api.calls.map(({ system, tools }) => JSON.stringify([system, tools]))).size, 1);
  assert.equal(api.calls.at(-1)?.messages.length, 1 + 29 * 2);
  assert.deepEqual(api.calls.at(-1)?.messages[1]?.content[0], thinking);
});

const STOPS: readonly { name: string; reply: Reply; sees: (answer: Awaited<ReturnType<typeof next>>) => void }[] = [
  {
    name: 'words without a call are a turn without calls',
    reply: { kind: 'message', blocks: [{ type: 'text', text: 'Done!' }], stop: 'end_turn' },
    sees: answer => assert.deepEqual(answer.ok && [answer.turn.calls, answer.turn.say], [[], 'Done!']),
  },
  {
    name: 'a call that was cut in the middle is none',
    reply: { kind: 'message', blocks: [use('c1', 'finish', { outcome: 'done' })], stop: 'max_tokens' },
    sees: answer => assert.deepEqual(answer.ok && [answer.turn.calls, answer.turn.stop], [[], 'cut']),
  },
  {
    name: 'a refusal says so, and what it took',
    reply: { kind: 'message', blocks: [], stop: 'refusal' },
    sees: answer =>
      assert.deepEqual(!answer.ok && [answer.failure.kind, answer.failure.usage?.input_tokens], ['denied', 100]),
  },
  {
    name: 'a pause goes on',
    reply: { kind: 'message', blocks: [{ type: 'text', text: 'wait' }], stop: 'pause_turn' },
    sees: answer => assert.equal(answer.ok && answer.turn.stop, 'paused'),
  },
  {
    name: 'a reason that nobody knows is no answer',
    reply: { kind: 'message', blocks: [PLAN], stop: 'something_new' },
    sees: answer => assert.equal(!answer.ok && answer.failure.kind, 'retryable'),
  },
  {
    name: 'arguments that are no object reach the tool as not understood',
    reply: { kind: 'message', blocks: [use('c1', 'finish', ['x'])] },
    sees: answer => assert.deepEqual(answer.ok && answer.turn.calls[0]?.input, { not_understood: '["x"]' }),
  },
];
for (const { name, reply, sees } of STOPS) {
  test(name, async () => {
    await using api = await ClaudeApi.start();
    api.will(reply);
    sees(await next(brainAt(api), requestOf()));
    assert.equal(api.calls.length, 1);
  });
}

const FAULTS: readonly [name: string, reply: Reply, message: RegExp, rest: number | undefined][] = [
  [
    '429',
    { kind: 'error', status: 429, type: 'rate_limit_error', message: 'slow', headers: { 'retry-after': '17' } },
    /slow down/,
    17,
  ],
  [
    '429 by date',
    {
      kind: 'error',
      status: 429,
      type: 'rate_limit_error',
      message: 'slow',
      headers: { 'retry-after': 'Sat, 21 Nov 2026 10:01:00 GMT' },
    },
    /slow down/,
    60,
  ],
  ['529', { kind: 'error', status: 529, type: 'overloaded_error', message: 'busy' }, /overloaded/, 30],
  ['500', { kind: 'error', status: 500, type: 'api_error', message: 'oops' }, /problem of its own \(500\)/, 15],
  ['401', { kind: 'error', status: 401, type: 'authentication_error', message: 'no' }, /does not accept the key/, 900],
  ['404', { kind: 'error', status: 404, type: 'not_found_error', message: 'model' }, /no such model/, 900],
  [
    'no credit',
    { kind: 'error', status: 400, type: 'invalid_request_error', message: 'Your credit balance is too low' },
    /no credit/,
    900,
  ],
  ['overloaded in the stream', { kind: 'error-event', type: 'overloaded_error', message: 'busy' }, /overloaded/, 30],
  ['a connection that ends in the middle', { kind: 'cut', blocks: [PLAN] }, /cannot be reached/, 20],
  ['a malformed event', { kind: 'garbage' }, /cannot be reached/, 20],
  ['silence', { kind: 'silence' }, /no word for 1 s/, 20],
];
for (const [name, reply, message, rest] of FAULTS) {
  test(`after ${name} the task waits: one call, no retry of the library’s own`, async () => {
    await using api = await ClaudeApi.start();
    api.will(reply);
    const answer = await next(brainAt(api, { patience: 1 }), requestOf());
    assert.ok(!answer.ok);
    assert.equal(answer.failure.kind, 'retryable');
    assert.match(answer.failure.message, message);
    assert.equal(answer.failure.retryAfterSeconds, rest);
    assert.ok(api.calls.length <= 1);
    if (reply.kind !== 'error') assert.equal(answer.failure.usage?.input_tokens, 100, 'what was begun is paid for');
  });
}

test('a conversation that was too long is sent shorter the next time', async () => {
  await using api = await ClaudeApi.start();
  const brain = brainAt(api, { context_tokens: 40_000 });
  const exchanges = Array.from(
    { length: 40 },
    (_, at): Exchange => ({
      turn: {
        say: '',
        calls: [{ id: `c${at}`, tool: 'finish', input: {} }],
        usage: { model: 'm', input_tokens: 1, output_tokens: 1 },
      },
      results: [{ call: `c${at}`, ok: false, text: 'x'.repeat(1700) }],
    }),
  );
  api.will({ kind: 'error', status: 400, type: 'invalid_request_error', message: 'prompt is too long: 250000 tokens' });
  const first = await next(brain, requestOf({ exchanges }));
  assert.equal(!first.ok && first.failure.retryAfterSeconds, 0);
  api.will({ kind: 'message', blocks: [PLAN] });
  assert.ok((await next(brain, requestOf({ exchanges }))).ok);
  const [long, short] = api.calls.map(call => JSON.stringify(call.messages).length);
  assert.ok((short ?? 0) < (long ?? 0) * 0.8, `${long} then ${short}`);
});

test('an abort ends the call at once', async () => {
  await using api = await ClaudeApi.start();
  api.will({ kind: 'silence' });
  const abort = new AbortController();
  const answer = next(brainAt(api), requestOf(), abort.signal);
  setTimeout(() => abort.abort(), 50);
  assert.equal((await answer).ok, false);
});

test('a server that echoes the key does not get it into what is told', async () => {
  await using api = await ClaudeApi.start();
  api.will({ kind: 'error', status: 422, type: 'invalid_request_error', message: 'bad key sk-test-1' });
  const answer = await next(brainAt(api), requestOf());
  assert.ok(!answer.ok);
  assert.equal(answer.failure.kind, 'invalid');
  assert.doesNotMatch(JSON.stringify(answer), /sk-test-1/);
});

test('without a key, or with wrong settings, Claude is not made, and the reason names the mend', () => {
  const missing = claude.create({ settings: null, secrets: {}, now: () => NOW });
  assert.match(JSON.stringify(missing), /steward secret set ANTHROPIC_API_KEY/);
  const wrong = claude.create({ settings: { modell: 'x' }, secrets: { ANTHROPIC_API_KEY: 'k' }, now: () => NOW });
  assert.match(JSON.stringify(wrong), /brains\.claude in config\.yaml: .*modell/);
});
