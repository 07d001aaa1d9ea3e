/**
 * Runs the tests: every `*.test.ts` under `test/`, in processes of their own, several at a time, the longest first: much
 * of a suite’s time is waiting for quiet, so that two cores have room for five. What they make stands in memory where
 * that has room; in the long run, and with --disk, on disk.
 *   run.ts [--long] [--disk] [--only PATTERN]
 * Prints the slowest suites. What a suite needs beyond npm is installed through apt where that is allowed; otherwise the
 * suite is left out, by name and with the reason, and with CI=true that is a failure.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { NEEDS } from './needs.ts';
import { passingFolder } from './passing-folder.ts';

const HERE = import.meta.dirname;
/** What takes longest, roughly in that order: begun last, it would be waited for alone. */
const LONGEST = [
  ...['crash/', 'histories/', 'cli/decide', 'cli/key', 'contracts/action-servers', 'e2e/decision', 'e2e/stop'],
  ...['two-nodes/', 'service/pm2', 'e2e/', 'cli/', 'adversary/', 'property/', 'watchers/', 'mcp-servers/', 'sync/'],
];
const rank = (file: string): number => {
  const found = LONGEST.findIndex(start => file.startsWith(start));
  return found === -1 ? LONGEST.length : found;
};
const long = process.argv.includes('--long');
const only = process.argv.includes('--only') ? (process.argv[process.argv.indexOf('--only') + 1] ?? '') : '';
if (long) process.env.STEWARD_TEST_LONG = '1';

const files = readdirSync(HERE, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.ts') && file.includes(only))
  .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
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
const folder = passingFolder(long || process.argv.includes('--disk'));
process.env.STEWARD_TEST_DISK = tmpdir();
process.env.TMPDIR = folder.path;
console.log(`Vaults of the tests stand in ${folder.path} (${folder.why}).`);
const prepared = mkdtempSync(path.join(folder.path, 'prepared-'));
process.env.STEWARD_TEST_PREPARED = prepared;
process.on('exit', () => {
  rmSync(prepared, { recursive: true, force: true });
  folder.remove();
});
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    failed += 1;
    interrupted.abort();
  });
const stream = run({
  files: chosen.map(file => path.join(HERE, file)),
  concurrency: Math.max(5, Math.floor(2.5 * availableParallelism())),
  signal: interrupted.signal,
  isolation: 'process',
  timeout: long ? 3_600_000 : 600_000,
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
