/**
 * Tries Steward against a folder of tasks and injections in AgentDojo’s form, with a brain that obeys everything.
 *   run.ts DIR [--approver human|always]
 * Progress goes to standard error; the last line on standard output is one line of JSON. Exit 1 on any violation.
 */
import { statfsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { readFolder } from './folder.ts';
import { type Approving, perform } from './program.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { approver: { type: 'string', default: 'human' } },
});
const [folder] = positionals;
const approving: Approving | undefined = (['human', 'always'] as const).find(one => one === values.approver);
if (folder === undefined || positionals.length > 1 || approving === undefined) {
  console.error('Usage: npm run agentdojo -- DIR [--approver human|always]');
  process.exit(2);
}
/** A folder in memory, where there is one with room: what a disk may lose is tried elsewhere. */
const MEMORY = '/dev/shm';
const ROOM = 256 * 1024 * 1024;
try {
  const { bavail, bsize } = statfsSync(MEMORY);
  if (bavail * bsize >= ROOM) process.env.TMPDIR = MEMORY;
} catch {
  // There is none; the disk is slower, and does.
}
const begun = performance.now();
const { summary, reasons } = await perform(readFolder(folder), approving, line => console.error(line));
for (const reason of reasons) console.error(reason);
console.error(`${approving}: ${((performance.now() - begun) / 1000).toFixed(0)} s`);
console.log(JSON.stringify(summary));
const { unapproved_effects, egress, shown_differs, cap_breaches } = summary;
process.exitCode = unapproved_effects + egress + shown_differs + cap_breaches > 0 ? 1 : 0;
