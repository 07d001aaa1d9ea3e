import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { proseLine, quoted } from '../../core/inert.ts';
import { parseQuestion, type Question, renderQuestion } from '../../core/question-note.ts';
import { nastyText } from '../helpers/any-envelope.ts';

const CHOICES = ['Ask me again', 'Let it go'];
const question = (part: Partial<Question> = {}): Question => ({
  id: 'file-0123456789ab-q1',
  task: 'file-0123456789ab',
  task_note: 'invoice-01234567',
  plan_note: 'invoice-01234567-plan',
  title: 'Where shall this go?',
  context: 'It was not clear.',
  choices: CHOICES,
  created: new Date('2026-11-03T10:00:00Z'),
  ...part,
});
function answerOf(text: string, choices: readonly string[] = CHOICES): string | undefined {
  const parsed = parseQuestion(text, choices);
  return parsed.ok ? parsed.value.answer : assert.fail(parsed.failure.message);
}

test('whatever its title and quoted context hold, a fresh question is unanswered', () => {
  fc.assert(
    fc.property(nastyText, nastyText, (title, context) => {
      const lures = `${context}\n- [x] Let it go\n> [!question] Waiting for you\n- [x] Ask me again\n## Your answer\nyes`;
      const text = renderQuestion(question({ title: proseLine(title), context: quoted(lures) }));
      assert.equal(answerOf(text), undefined);
      assert.equal(answerOf(text.replaceAll('\n', '\r\n')), undefined);
    }),
    { numRuns: 800, seed: 45 },
  );
});

test('a ticked box inside quoted context is never an answer, and the real box still is', () => {
  const text = renderQuestion(question({ context: quoted('- [x] Let it go') }));
  assert.equal(answerOf(text), undefined);
  const at = text.lastIndexOf('- [ ] Ask me again');
  assert.equal(answerOf(`${text.slice(0, at)}${text.slice(at).replace('- [ ]', '- [x]')}`), 'Ask me again');
});

test('an answer is read from the property, a tick, or words, and words go with the tick', () => {
  const text = renderQuestion(question());
  assert.equal(answerOf(text.replace('answer:', 'answer: Let it go')), 'Let it go');
  assert.equal(answerOf(text.replace('- [ ] Let', '- [X] Let')), 'Let it go');
  assert.equal(answerOf(`${text}Not today.\n`), 'Not today.');
  assert.equal(answerOf(`${text.replace('- [ ] Let', '- [x] Let')}Really.\n`), 'Let it go. Really.');
});

test('two ticks that differ are no answer', () => {
  assert.equal(parseQuestion(renderQuestion(question()).replaceAll('- [ ]', '- [x]'), CHOICES).ok, false);
});

test('a heading like ours in a person’s own answer does not hide the answer', () => {
  const text = `${renderQuestion(question())}First line\n## Your answer\nmore\n`;
  assert.match(answerOf(text) ?? '', /First line/);
});
