import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PersonAtVault, type Step } from '../helpers/person.ts';

const LONG = process.env.STEWARD_TEST_LONG === '1';

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(
    ...([
      'drop',
      'drop',
      'drop-same',
      'write',
      'write',
      'drain',
      'drain',
      'pass',
      'approve',
      'approve',
      'reject',
      'tick',
      'property',
    ] as const),
    ...([
      'move',
      'move',
      'copy',
      'delete',
      'rename',
      'edit',
      'tick-both',
      'break',
      'restore',
      'answer',
      'answer',
    ] as const),
    ...(['change-drop', 'delete-drop', 'link', 'rewrite'] as const),
  ),
  which: fc.nat(50),
  where: fc.nat(50),
});

test('whatever a person moves, copies, edits, breaks or deletes, nothing is done unasked, twice or half, and nothing is lost or stuck', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: LONG ? 60 : 45 }), async steps => {
      await using person = await PersonAtVault.ready();
      for (const one of [
        { what: 'drop', which: 0, where: 0 } as const,
        { what: 'drain', which: 0, where: 0 } as const,
        ...steps,
      ]) {
        await person.does(one);
      }
      await person.vault.drain();
      const again = await person.vault.drain();
      assert.ok(
        again <= 1,
        `a second look moved something in ${again} rounds\n${person.vault.lines.slice(-8).join('\n')}`,
      );
      person.checks();
      person.tally(seen);
    }),
    { numRuns: LONG ? 150 : 4, seed: Number(process.env.STEWARD_TEST_SEED ?? 11), endOnFailure: true },
  );
  for (const kind of [
    'PROPOSED',
    'APPROVED',
    'APPROVED by policy',
    'HELD',
    'CONFIRMED',
    'REJECTED',
    'QUARANTINED',
    'CLOSED',
  ])
    assert.ok((seen.get(kind) ?? 0) > 0, `no step led to ${kind}: ${JSON.stringify([...seen])}`);
  if (LONG || process.env.STEWARD_TEST_SEED !== undefined) console.log(JSON.stringify(Object.fromEntries(seen)));
});
