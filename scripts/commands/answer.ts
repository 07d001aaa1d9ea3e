import { userInfo } from 'node:os';
import type { Environment } from '../../core/config.ts';
import { terminalLine } from '../../core/inert.ts';
import { EXIT } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { Spool } from '../../core/spool.ts';
import { findWaiting, tellIfDown } from './find.ts';

/** Hands the answer to whoever asked: the planner about its tasks, the executor about its effects. */
export function answer(environment: Environment, id: string, text: string): number {
  const found = findWaiting(environment, id, ['question']);
  if (!found.ok) {
    process.stderr.write(`${sentence(found.failure)}\n`);
    return EXIT.usage;
  }
  const { state } = found.value.opened;
  const question = found.value.found.id;
  const { choices } = found.value.found;
  const low = text.trim().toLowerCase();
  if (low === '' || (choices !== undefined && !choices.some(choice => low.startsWith(choice.toLowerCase())))) {
    const how = choices === undefined ? 'Say it in a few words.' : `Answer with one of: ${choices.join(' · ')}`;
    process.stderr.write(`${terminalLine(`“${text}” does not answer “${found.value.found.title}”. ${how}`)}\n`);
    return EXIT.usage;
  }
  const folder = /-q\d+$/.test(question) ? state.plannerSpool : state.executorSpool;
  const name = `person-answer-${question}`;
  new Spool(folder, state.tmp).putInsteadOf([name], name, {
    kind: 'answer',
    question,
    text: text.trim(),
    by: userInfo().username,
  });
  process.stdout.write(`answered  ${question}  ${terminalLine(found.value.found.title)}\n`);
  tellIfDown(state);
  return EXIT.ok;
}
