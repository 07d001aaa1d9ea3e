import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../core/config.ts';
import { lstatOf } from '../../core/durable.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { reasonOf } from '../../core/system-error.ts';
import { anchorLine } from '../../orchestrator/report/anchor.ts';
import { checkSoundness } from './verify.ts';

/** Says the head of the ledger on one line, or adds that line to a file that is kept elsewhere. */
export async function anchor(environment: Environment, file: string | undefined): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) {
    process.stderr.write(`${sentence(opened.failure)}\n`);
    return EXIT.usage;
  }
  const { root, state, config } = opened.value;
  const target = file === undefined ? undefined : path.resolve(file);
  const inside = [root, state.root].find(folder => target === folder || target?.startsWith(`${folder}${path.sep}`));
  if (inside !== undefined) {
    process.stderr.write(`What is kept in ${inside} is lost or changed together with it. Name a file elsewhere.\n`);
    return EXIT.usage;
  }
  const { problems, records, head, first } = await checkSoundness(root, state, config.node);
  for (const problem of problems) process.stdout.write(`NOT SOUND  ${problem}\n`);
  if (problems.length > 0) return EXIT.failure;
  if (first === undefined) {
    process.stderr.write('There is no record yet, so there is nothing to hold on to. Run  steward start  first.\n');
    return EXIT.failure;
  }
  const { node } = config;
  const line = anchorLine({
    at: new Date().toISOString(),
    vault: path.basename(state.root),
    node,
    seq: records,
    head,
    first,
  });
  if (target === undefined) {
    process.stdout.write(`${line}\n`);
    return EXIT.ok;
  }
  try {
    const isOpen = lstatOf(target) !== undefined && !/(^|\n)$/.test(readFileSync(target, 'utf8'));
    appendFileSync(target, `${isOpen ? '\n' : ''}${line}\n`, { mode: 0o600, flush: true });
  } catch (error) {
    process.stderr.write(`${target} could not be written: ${reasonOf(error)}.\n`);
    return EXIT.failure;
  }
  process.stdout.write(`anchored record ${records} in ${target}; check with  steward verify --anchor ${target}\n`);
  return EXIT.ok;
}
