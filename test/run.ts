/**
 * Runs the tests: every `*.test.ts` under `test/`, in processes of their own, four at a time: much of a suite’s time is
 * waiting for quiet, so that two cores have room for four.
 *   run.ts [--long] [--only PATTERN]
 * Prints the slowest suites. What a suite needs beyond npm is installed through apt where that is allowed; otherwise the
 * suite is left out, by name and with the reason, and with CI=true that is a failure.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { NEEDS } from './needs.ts';

const HERE = import.meta.dirname;
const long = process.argv.includes('--long');
const only = process.argv.includes('--only') ? (process.argv[process.argv.indexOf('--only') + 1] ?? '') : '';
if (long) process.env.STEWARD_TEST_LONG = '1';

const files = readdirSync(HERE, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.ts') && file.includes(only))
  .sort();
if (files.length === 0) {
  console.error(`No test file has “${only}” in its name.`);
  process.exit(1);
}

const has = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const missing = new Set<string>();
const needed = NEEDS.filter(({ suite }) => files.some(file => file.startsWith(suite)));
const packages = needed.filter(({ program }) => !has(program)).map(({ debian }) => debian);
if (packages.length > 0 && process.getuid?.() === 0 && has('apt-get')) {
  console.log(`Installing what the tests need: ${packages.join(' ')} …`);
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore' });
  spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], {
    stdio: 'ignore',
    env: environment,
  });
}
for (const { suite, program, debian } of needed) {
  if (has(program)) continue;
  missing.add(suite);
  console.log(`LEFT OUT   ${suite}: it needs ${program}; as root: apt-get install ${debian}`);
}

const chosen = files.filter(file => ![...missing].some(suite => file.startsWith(suite)));
const took = new Map<string, number>();
let failed = 0;
let skipped = 0;
const stream = run({
  files: chosen.map(file => path.join(HERE, file)),
  concurrency: 4,
  isolation: 'process',
  timeout: long ? 3_600_000 : 300_000,
});
stream.on('test:fail', () => {
  failed += 1;
});
stream.on('test:pass', data => {
  if (data.skip !== undefined && data.skip !== false) skipped += 1;
});
stream.on('test:summary', data => {
  if (data.file !== undefined) took.set(path.relative(HERE, data.file), data.duration_ms);
});
stream.compose(spec).pipe(process.stdout);
await new Promise(resolve => stream.once('end', resolve));
await new Promise(resolve => setImmediate(resolve));
const slowest = [...took].sort(([, a], [, b]) => b - a).slice(0, 8);
console.log(`\nSlowest suites: ${slowest.map(([file, ms]) => `${file} ${(ms / 1000).toFixed(1)} s`).join(' · ')}`);
if (process.env.CI === 'true' && (skipped > 0 || missing.size > 0)) {
  console.log(`CI=true: ${skipped} skipped tests and ${missing.size} suites left out count as failures.`);
  failed += 1;
}
process.exitCode = failed > 0 ? 1 : 0;
