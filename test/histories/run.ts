/**
 * Random histories of two nodes: `npm run histories -- --seed S --count N`. Plays N histories from the seed on and judges
 * each. The last line on standard output is a summary in JSON; exit 1 where anything happened that must never happen.
 *   --naive-git   with commit, pull and push in place of our engine: must find violations, or the checker sees nothing
 *   --verbose     tells each step
 */
import { parseArgs } from 'node:util';
import { FAULTS, playHistories } from './play.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '50' },
    'naive-git': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
const [seed, count] = [Number(values.seed), Number(values.count)];
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || count < 1) {
  console.error('Usage: npm run histories -- --seed NUMBER --count NUMBER [--naive-git] [--verbose]');
  process.exit(2);
}
const { summary, seen } = await playHistories({
  ...{ seed, count, naive: values['naive-git'] },
  say: line => console.error(line),
  ...(values.verbose ? { tell: (line: string) => console.error(line) } : {}),
});
console.error(`In them: ${seen.words} changes of people, ${seen.thoughts} times thought, ${seen.effects} effects.`);
console.log(JSON.stringify(summary));
process.exitCode = FAULTS.some(fault => summary[fault] > 0) ? 1 : 0;
