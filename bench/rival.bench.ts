import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { sha256 } from '../core/digest.ts';
import { TempFolder } from '../test/helpers/temp.ts';
import { isShort, type Measured, median, pass } from './measured.ts';
import { Pipeline } from './pipeline.ts';

const SOURCE = path.join(import.meta.dirname, 'langgraph');
const ROUNDS = isShort ? 3 : 9;
const TASKS = isShort ? 64 : 160;
/** Tasks under way at the same time, on both sides. */
const IN_FLIGHT = 8;
const YOUNG = 6000;
const Ran = z.object({ tasks: z.number(), ms: z.number() });

/** The rival, installed outside the repository by npm, once for each version; or why it cannot be. */
function install(): { folder: string } | { why: string } {
  const wanted = readFileSync(path.join(SOURCE, 'package.json'));
  const folder = path.join(tmpdir(), `steward-bench-langgraph-${sha256(wanted).slice(0, 12)}`);
  mkdirSync(folder, { recursive: true });
  for (const name of ['package.json', 'main.mjs']) copyFileSync(path.join(SOURCE, name), path.join(folder, name));
  if (!existsSync(path.join(folder, 'node_modules', '.package-lock.json'))) {
    const npm = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock'], {
      ...{ cwd: folder, encoding: 'utf8', timeout: 300_000 },
    });
    if (npm.status !== 0) return { why: npm.error?.message ?? npm.stderr.trim().split('\n').at(-1) ?? 'npm failed' };
  }
  return { folder };
}

/** Milliseconds a task takes the rival, so many in flight. */
function rival(folder: string): number {
  using state = new TempFolder();
  const args = [path.join(folder, 'main.mjs'), state.path, String(TASKS), String(IN_FLIGHT)];
  const ran = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 300_000 });
  if (ran.status !== 0) throw new Error(ran.stderr.trim().split('\n').slice(0, 5).join(' '));
  const { tasks, ms } = Ran.parse(JSON.parse(ran.stdout));
  return ms / tasks;
}

/** One task, everything synced, against a durable workflow engine’s step with a person in the loop, in turn. */
export default async function measure(): Promise<Measured[]> {
  const installed = install();
  if ('why' in installed) {
    process.stderr.write(`  skipped: LangGraph.js cannot be installed here (${installed.why})\n`);
    return [];
  }
  await using pipeline = await Pipeline.open();
  await pass(YOUNG);
  for (let warm = 0; warm < 10; warm += 1) await pipeline.through(IN_FLIGHT);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = performance.now();
    for (let done = 0; done < TASKS; done += IN_FLIGHT) await pipeline.through(IN_FLIGHT);
    ours.push((performance.now() - begun) / TASKS);
    theirs.push(rival(installed.folder));
  }
  return [
    {
      ...{ name: `time of a task, ${IN_FLIGHT} in flight, everything synced`, unit: 'times', bound: 1 },
      ...{ value: median(ours) / median(theirs), floor: 'LangGraph.js on SQLite: interrupt, resume, act' },
    },
  ];
}
