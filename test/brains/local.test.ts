import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Brain, Exchange } from '../../core/brain.ts';
import local from '../../orchestrator/brains/local/index.ts';
import { OpenAiApi, type Reply } from '../fakes/openai-api.ts';
import { requestOf } from '../helpers/requests.ts';
import { brainOf } from '../helpers/rulebook.ts';

const brainAt = (api: OpenAiApi, settings: Record<string, string | number> = {}): Brain =>
  brainOf(local, { settings: { url: api.url, patience: 1, ...settings }, secrets: { STEWARD_LOCAL_KEY: 'lk-1' } });
const next = (brain: Brain, exchanges: readonly Exchange[] = []) =>
  brain.next(requestOf({ exchanges }), AbortSignal.timeout(60_000));
const FINISH = '{"outcome":"done","evidence":"x"}';

test('tool calls come together from their pieces, under ids of their own in every turn', async () => {
  await using api = await OpenAiApi.start();
  const brain = brainAt(api);
  api.always({
    kind: 'calls',
    calls: [
      { id: 'same', name: 'plan_update', json: '{"steps":[]}' },
      { id: 'same', name: 'finish', json: FINISH },
    ],
  });
  const exchanges: Exchange[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const answer = await next(brain, exchanges);
    assert.ok(answer.ok);
    assert.deepEqual(
      answer.turn.calls.map(({ tool, input }) => [tool, input]),
      [
        ['plan_update', { steps: [] }],
        ['finish', { outcome: 'done', evidence: 'x' }],
      ],
    );
    assert.deepEqual(answer.turn.usage, { model: 'tiny', input_tokens: 11, output_tokens: 5 });
    exchanges.push({
      turn: answer.turn,
      results: answer.turn.calls.map(({ id }) => ({ call: id, ok: true, text: 'ok' })),
    });
  }
  const ids = exchanges.flatMap(({ turn }) => turn.calls.map(({ id }) => id));
  assert.equal(new Set(ids).size, 6);
  assert.equal(api.keys[0], 'Bearer lk-1');
});

test('a model without tool calls is asked for one JSON object that follows a schema of the offered tools', async () => {
  await using api = await OpenAiApi.start();
  const brain = brainAt(api, { calls: 'json' });
  api.will({ kind: 'text', text: `\`\`\`json\n{"calls":[{"tool":"finish","input":${FINISH}}]}\n\`\`\`` });
  const answer = await next(brain);
  assert.ok(answer.ok);
  assert.deepEqual(
    answer.turn.calls.map(({ tool, input }) => [tool, input]),
    [['finish', JSON.parse(FINISH)]],
  );
  const [call = assert.fail()] = api.calls;
  assert.equal(call.tools, undefined);
  assert.match(JSON.stringify(call.response_format), /"enum":\["ask_person","finish","plan_update"\]/);
  assert.match(call.messages[0]?.content ?? '', /- finish: Does finish\./);
  api.will({ kind: 'text', text: 'I am not sure what you mean.' });
  const words = await next(brain, [
    { turn: answer.turn, results: [{ call: answer.turn.calls[0]?.id ?? '', ok: false, text: 'no' }] },
  ]);
  assert.deepEqual(words.ok && words.turn.calls, []);
  assert.match(api.calls[1]?.messages.at(-1)?.content ?? '', /finish: Refused: no/);
});

test('arguments that are no JSON reach the tool as not understood, and a call that was cut is none', async () => {
  await using api = await OpenAiApi.start();
  api.will({ kind: 'calls', calls: [{ name: 'finish', json: '{"outcome": done}' }] });
  const wrong = await next(brainAt(api));
  assert.deepEqual(wrong.ok && wrong.turn.calls[0]?.input, { not_understood: '{"outcome": done}' });
  api.will({ kind: 'calls', calls: [{ name: 'finish', json: '{"outco' }], finish: 'length' });
  const cut = await next(brainAt(api));
  assert.deepEqual(cut.ok && [cut.turn.calls, cut.turn.stop], [[], 'cut']);
});

const FAULTS: readonly [name: string, reply: Reply, message: RegExp, rest: number][] = [
  ['503 while it loads', { kind: 'error', status: 503, text: 'Loading model' }, /busy or broken \(503\)/, 30],
  ['401', { kind: 'error', status: 401, text: 'Invalid API Key lk-1' }, /does not accept the key/, 900],
  ['404', { kind: 'error', status: 404, text: 'model not found' }, /no such model/, 900],
  [
    'too long',
    { kind: 'error', status: 400, text: 'the request exceeds the available context size' },
    /shorter one/,
    0,
  ],
  ['an error within the stream', { kind: 'error-event', message: 'slot lost' }, /broke off: slot lost/, 30],
  ['a connection that ends in the middle', { kind: 'cut', text: 'half' }, /does not answer/, 60],
  ['an event that is no JSON', { kind: 'garbage' }, /no answer/, 30],
  ['silence', { kind: 'silence' }, /no word for 1 s/, 60],
];
for (const [name, reply, message, rest] of FAULTS) {
  test(`after ${name} the task waits`, async () => {
    await using api = await OpenAiApi.start();
    api.will(reply);
    const answer = await next(brainAt(api));
    assert.ok(!answer.ok);
    assert.deepEqual([answer.failure.kind, answer.failure.retryAfterSeconds], ['retryable', rest]);
    assert.match(answer.failure.message, message);
    assert.doesNotMatch(JSON.stringify(answer), /lk-1/);
  });
}

test('without an address there is no local model, and the reason names the mend', () => {
  assert.match(
    JSON.stringify(local.create({ settings: null, secrets: {}, now: () => new Date() })),
    /http:\/\/127\.0\.0\.1:8080\/v1/,
  );
});
