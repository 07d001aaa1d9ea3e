/**
 * Mutates the policy engine and the shipped policy, one place at a time, and prints what no check noticed. The last
 * line is one line of JSON; exit 1 where anything survived.
 */
import { tryAllMutants } from './all-mutants.ts';

const tried = await tryAllMutants();
for (const { subject, mutants, survivors } of tried) {
  console.log(`${subject}: ${mutants} mutants, ${survivors.length} survived`);
  for (const survivor of survivors) console.log(`  SURVIVED  ${survivor}`);
}
const mutants = tried.reduce((sum, one) => sum + one.mutants, 0);
const survived = tried.reduce((sum, one) => sum + one.survivors.length, 0);
console.log(JSON.stringify({ mutants, survived, score: Math.floor((10_000 * (mutants - survived)) / mutants) / 100 }));
process.exitCode = survived > 0 ? 1 : 0;
