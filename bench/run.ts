/**
 * Benchmarks: each line is a ratio or a difference to a floor that is measured in the same run, beside its bound. Absolute
 * times mean nothing on another machine and are not printed. The last line is one line of JSON.
 *   run.ts [--only NAME] [--short]
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { Measured } from './measured.ts';

const Benchmark = z.object({ default: z.function({ input: [], output: z.promise(z.array(Measured)) }) });

const only = process.argv.includes('--only') ? (process.argv[process.argv.indexOf('--only') + 1] ?? '') : '';
const files = readdirSync(import.meta.dirname).filter(name => name.endsWith('.bench.ts') && name.includes(only));
const results: Measured[] = [];
for (const file of files) {
  process.stderr.write(`${file} …\n`);
  const { default: measure } = Benchmark.parse(await import(path.join(import.meta.dirname, file)));
  for (const one of await measure()) {
    results.push(one);
    const verdict = one.value <= one.bound ? 'within' : 'MISSED';
    process.stdout.write(
      `${verdict}  ${one.name}: ${one.value.toFixed(2)} ${one.unit} (bound ${one.bound.toFixed(2)}), against ${one.floor}\n`,
    );
  }
}
process.stdout.write(
  `${JSON.stringify({ results: results.map(({ name, value, bound }) => ({ name, value, bound })) })}\n`,
);
process.exit(results.every(({ value, bound }) => value <= bound) ? 0 : 1);
