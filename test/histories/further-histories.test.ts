import { test } from 'node:test';
import { assertSound } from './sound.ts';

const LONG = process.env.STEWARD_TEST_LONG === '1';

test('in further histories of two nodes and a phone nothing is done, claimed or approved twice, nothing lost, and all come to the same', async () => {
  await assertSound(501, LONG ? 500 : 25);
});
