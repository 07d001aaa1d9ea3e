import { userInfo } from 'node:os';
import type { Environment } from '../../core/config.ts';
import { EXIT } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { Spool } from '../../core/spool.ts';
import { findWaiting } from './find.ts';

/** Hands the answer to whoever asked: the planner about its tasks, the executor about its effects. */
export function answer(environment: Environment, id: string, text: string): number {
  const found = findWaiting(environment, id, 'question');
  if (!found.ok) {
    process.stderr.write(`${sentence(found.failure)}\n`);
    return EXIT.usage;
  }
  const { state } = found.value.opened;
  const question = found.value.found.id;
  const folder = /-q\d+$/.test(question) ? state.plannerSpool : state.executorSpool;
  new Spool(folder, state.tmp).put(`person-answer-${question}`, {
    kind: 'answer',
    question,
    text,
    by: userInfo().username,
  });
  process.stdout.write(`answered  ${question}  ${found.value.found.title}\n`);
  return EXIT.ok;
}
