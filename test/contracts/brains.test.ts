import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { isBrainModule, Turn } from '../../core/brain.ts';
import { discover } from '../../core/discover.ts';
import { requestOf } from '../helpers/requests.ts';
import { brainOf } from '../helpers/rulebook.ts';
import { BRAIN_SAMPLES, FAULTS } from './brain-samples.ts';

const FOLDER = path.resolve(import.meta.dirname, '..', '..', 'orchestrator', 'brains');
const brains = await discover(FOLDER, value => (isBrainModule(value) ? value : undefined));
const request = requestOf();

test('there are brains to hold against the contract', () => assert.ok(brains.size >= 2));

for (const module of brains.values()) {
  const open = BRAIN_SAMPLES[module.name] ?? assert.fail(`test/contracts/brain-samples.ts has none for ${module.name}`);

  test(`${module.name}: answers with a turn of the contract’s form, or with a failure as a value`, async () => {
    await using sample = await open();
    const answer = await brainOf(module, sample.setup).next(request, AbortSignal.timeout(30_000));
    if (answer.ok) assert.deepEqual(Turn.parse(answer.turn), answer.turn);
    else assert.match(answer.failure.kind, /^(permanent|retryable|denied|invalid)$/);
  });

  test(`${module.name}: calls only tools that it was offered, each under an id of its own`, async () => {
    await using sample = await open();
    const answer = await brainOf(module, sample.setup).next(request, AbortSignal.timeout(30_000));
    assert.ok(answer.ok);
    const offered = new Set(request.tools.map(({ name }) => name));
    for (const { tool } of answer.turn.calls) assert.ok(offered.has(tool), tool);
    assert.equal(new Set(answer.turn.calls.map(({ id }) => id)).size, answer.turn.calls.length);
  });

  test(`${module.name}: says in words who it is, for the plan note`, async () => {
    await using sample = await open();
    const brain = brainOf(module, sample.setup);
    assert.equal(brain.name, module.name);
    assert.ok(brain.label.length > 3);
  });

  test(`${module.name}: a far end that is not there is a failure as a value, soon`, async () => {
    const sample = await open();
    await sample[Symbol.asyncDispose]();
    const answer = await brainOf(module, sample.setup).next(request, AbortSignal.timeout(30_000));
    if (!answer.ok) assert.equal(answer.failure.kind, 'retryable');
  });

  for (const fault of FAULTS) {
    test(`${module.name}: ${fault} at the far end is a failure to be waited for, told in a sentence, and the next call is answered`, async () => {
      await using sample = await open();
      const brain = brainOf(module, sample.setup);
      // What thinks without a far end has none that can fail; what weighs its calls has one.
      assert.equal(sample.fail === undefined, brain.estimate === undefined);
      sample.fail?.(fault);
      const answer = await brain.next(request, AbortSignal.timeout(30_000));
      if (sample.fail !== undefined) {
        assert.ok(!answer.ok);
        assert.equal(answer.failure.kind, 'retryable');
        assert.match(answer.failure.message, /^[A-Z].{10,}/);
        assert.ok((answer.failure.retryAfterSeconds ?? 60) > 0, 'it is not asked again at once');
      }
      assert.ok((await brain.next(request, AbortSignal.timeout(30_000))).ok);
    });
  }
}
