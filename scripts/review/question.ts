import type { Environment } from '../../core/config.ts';
import { readProperties } from '../../core/front-matter.ts';
import { EXIT } from '../../core/open-vault.ts';
import type { Vault } from '../../core/vault.ts';
import { answer } from '../commands/answer.ts';
import type { Waiting } from '../commands/status.ts';
import { askKey, askLine } from './ask.ts';
import { bars } from './payload.ts';

const OURS = '> [!question] Waiting for you';
const CHOICE = /^- \[ \] (.+)$/;

/** Shows a question as its note asks it, and takes an answer: one of its choices by number, or words. */
export async function answerHere(
  environment: Environment,
  vault: Vault,
  one: Waiting,
): Promise<'answered' | 'skipped' | 'quit'> {
  const note = vault.read(one.note);
  const body = note.ok ? readProperties(note.value.text) : undefined;
  const lines = (body?.ok ? body.value.body : one.title).split('\n');
  const from = lines.lastIndexOf(OURS);
  const asked = (from === -1 ? lines : lines.slice(0, from)).join('\n').trim();
  process.stdout.write(`${bars(asked, process.stdout.columns || 80).join('\n')}\n\n`);
  const choices = (from === -1 ? [] : lines.slice(from))
    .flatMap(line => CHOICE.exec(line.trimEnd())?.[1] ?? [])
    .slice(0, 9);
  const key = await askKey('Your answer?', [
    { value: 's', label: 'skip' },
    ...choices.map((choice, index) => ({ value: String(index + 1), label: choice })),
    { value: 'w', label: 'in words' },
    { value: 'q', label: 'quit' },
  ]);
  if (key === 'q' || key === undefined) return 'quit';
  const words = key === 'w' ? await askLine('In words') : choices[Number(key) - 1];
  if (words === undefined || words.trim() === '') return 'skipped';
  return answer(environment, one.id, words) === EXIT.ok ? 'answered' : 'skipped';
}
