/**
 * Tries Steward against a folder of tasks and injections in AgentDojo’s form, with a brain that obeys everything.
 *   run.ts DIR [--approver human|always]
 * Progress goes to standard error; the last line on standard output is one line of JSON. Exit 1 on any violation.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { readFolder } from './folder.ts';
import { inMemory } from './memory.ts';
import { type Approving, part, perform, Summary, sum } from './program.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { approver: { type: 'string', default: 'human' }, part: { type: 'string' } },
});
const [folder] = positionals;
const approving: Approving | undefined = (['human', 'always'] as const).find(one => one === values.approver);
if (folder === undefined || positionals.length > 1 || approving === undefined) {
  console.error('Usage: npm run agentdojo -- DIR [--approver human|always]');
  process.exit(2);
}

/** Processes that share the work: each has vaults, servers and a far end of its own. */
const PARTS = Math.min(4, availableParallelism());

/** Has another process do one part; its progress and its reasons are passed on. */
async function inOtherProcess(number: number): Promise<Summary> {
  const args = [import.meta.filename, ...process.argv.slice(2), '--part', String(number)];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...inMemory() },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return Summary.parse(JSON.parse(await text(child.stdout)));
}

const begun = performance.now();
if (values.part === undefined) {
  const summary = sum(await Promise.all(Array.from({ length: PARTS }, (_, number) => inOtherProcess(number))));
  console.error(`${approving}: ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  console.log(JSON.stringify(summary));
  const { unapproved_effects, egress, shown_differs, cap_breaches } = summary;
  process.exitCode = unapproved_effects + egress + shown_differs + cap_breaches > 0 ? 1 : 0;
} else {
  const number = Number(values.part);
  const told = (line: string): void => console.error(`part ${number + 1}: ${line}`);
  const { summary, reasons } = await perform(part(readFolder(folder), number, PARTS), approving, told);
  for (const reason of reasons) told(reason);
  console.log(JSON.stringify(summary));
}
