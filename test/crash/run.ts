/**
 * The crash sweep: `npm run crash -- --seed S --points N|all`. Kills each process at every step, and cuts the power at
 * every write, then lets Steward go on and counts what is lost, done twice, half-written or in the wrong place. The last
 * line on standard output is a summary in JSON; exit 1 if anything is wrong or a point was not reached.
 *   --only NAME   one point as a failing run names it (kill:B:executor:fsync:12), or the beginning of a name
 */
import { parseArgs } from 'node:util';
import { FAULTS } from './check.ts';
import { sweep } from './sweep.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    points: { type: 'string', default: '60' },
    only: { type: 'string', multiple: true },
    repository: { type: 'string' },
  },
});
const seed = Number(values.seed);
const points = values.points === 'all' ? undefined : Number(values.points);
if (!Number.isInteger(seed) || (points !== undefined && !(points > 0))) {
  console.error('Usage: npm run crash -- --seed NUMBER --points NUMBER|all [--only NAME]');
  process.exit(2);
}
const summary = await sweep({
  seed,
  points,
  ...(values.only === undefined ? {} : { only: values.only }),
  ...(values.repository === undefined ? {} : { repository: values.repository }),
  say: line => console.error(line),
});
const { unreached, ...shown } = summary;
console.log(JSON.stringify(unreached === 0 ? shown : { ...shown, unreached }));
process.exitCode = unreached > 0 || FAULTS.some(fault => summary[fault] > 0) ? 1 : 0;
