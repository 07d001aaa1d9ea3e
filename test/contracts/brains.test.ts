import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { isBrainModule, Turn } from '../../core/brain.ts';
import { discover } from '../../core/discover.ts';
import { brainOf } from '../helpers/rulebook.ts';

const FOLDER = path.resolve(import.meta.dirname, '..', '..', 'orchestrator', 'brains');
const brains = await discover(FOLDER, value => (isBrainModule(value) ? value : undefined));
const request = {
  task: {
    id: 'note-0123456789ab',
    title: 'Something',
    source: 'person',
    text: 'Something that no rule knows',
    origin: { kind: 'person' as const },
    sender: undefined,
    file: undefined,
    received: '2026-11-21T08:00:00.000Z',
  },
  handbook: '',
  skills: [],
  people: [],
  tools: ['plan_update', 'ask_person', 'finish'].map(name => ({ name, description: '', schema: {} })),
  exchanges: [],
  underway: [],
};

test('there are brains to hold against the contract', () => assert.ok(brains.size >= 1));

for (const module of brains.values()) {
  test(`${module.name}: answers with a turn of the contract’s form, or with a failure as a value`, async () => {
    const answer = await brainOf(module).next(request, AbortSignal.timeout(5000));
    if (answer.ok) assert.deepEqual(Turn.parse(answer.turn), answer.turn);
    else assert.match(answer.failure.kind, /^(permanent|retryable|denied|invalid)$/);
  });

  test(`${module.name}: calls only tools that it was offered, each under an id of its own`, async () => {
    const answer = await brainOf(module).next(request, AbortSignal.timeout(5000));
    if (!answer.ok) return;
    const offered = new Set(request.tools.map(({ name }) => name));
    for (const { tool } of answer.turn.calls) assert.ok(offered.has(tool), tool);
    assert.equal(new Set(answer.turn.calls.map(({ id }) => id)).size, answer.turn.calls.length);
  });

  test(`${module.name}: says in words who it is, for the plan note`, () => {
    const brain = brainOf(module);
    assert.equal(brain.name, module.name);
    assert.ok(brain.label.length > 3);
  });
}
