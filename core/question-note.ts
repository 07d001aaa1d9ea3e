import { z } from 'zod';
import { Identifier } from './envelope.ts';
import { readProperties, writeNote } from './front-matter.ts';
import { codeSpan, noteProperty } from './inert.ts';
import { localTime } from './names.ts';
import { fail, ok, type Result } from './outcome.ts';

export type Question = {
  readonly id: string;
  readonly task: string;
  readonly task_note: string;
  readonly plan_note: string;
  readonly title: string;
  /** Markdown of our own making; foreign text in it is already inert. */
  readonly context: string;
  readonly choices: readonly string[];
  readonly created: Date;
};

export type ParsedQuestion = {
  readonly id: string;
  /** What the person answered, by property, by a ticked choice or in words; undefined while nothing is there. */
  readonly answer: string | undefined;
  /** Whether the answer is in words that may still grow. */
  readonly inWords: boolean;
};

const HEAD = z.looseObject({
  type: z.literal('question'),
  format: z.literal(1),
  id: Identifier,
  answer: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
});
const ANSWER = '## Your answer';
const WAITING = '> [!question] Waiting for you';

/** Renders a question: its context, boxes to tick, and a place for an answer in words. */
export function renderQuestion(question: Question): string {
  // What a person fills in comes first: on a phone the properties take the whole first screen.
  const properties = {
    answer: '',
    status: 'waiting',
    task: noteProperty(question.task_note),
    plan: `[[${question.plan_note}]]`,
    created: localTime(question.created),
    type: 'question',
    format: 1,
    id: question.id,
  };
  const how =
    question.choices.length === 0
      ? '> Write your answer at the end of this note, or into the property `answer`.'
      : '> Tick one, or write your answer at the end of this note, or into the property `answer`.';
  const body = [
    `# ${question.title}`,
    '',
    question.context,
    '',
    WAITING,
    how,
    '',
    ...question.choices.map(choice => `- [ ] ${choice}`),
    ...(question.choices.length === 0 ? [] : ['']),
    ANSWER,
    '',
  ];
  return writeNote(properties, body.join('\n'));
}

/** Reads the answer out of a question note. Two ticks that differ are no answer. */
export function parseQuestion(text: string, choices: readonly string[]): Result<ParsedQuestion> {
  const split = readProperties(text.replace(/\r\n/g, '\n'));
  if (!split.ok) return split;
  const head = HEAD.safeParse(split.value.properties);
  if (!head.success) return fail('invalid', 'This is not a question that Steward wrote.');
  const id = head.data.id;
  const property = String(head.data.answer ?? '').trim();
  if (property !== '') return ok({ id, answer: property, inWords: false });
  const lines = split.value.body.split('\n').map(line => line.trimEnd());
  // Quoted text stands above our own callout, so that no tick and no answer is read from it.
  const from = lines.lastIndexOf(WAITING);
  const at = lines.indexOf(ANSWER, from + 1);
  if (from === -1 || at === -1) return fail('invalid', 'The question has lost its place for an answer.');
  const ours = lines.slice(from, at);
  const ticked = choices.filter(choice => ours.includes(`- [x] ${choice}`) || ours.includes(`- [X] ${choice}`));
  if (ticked.length > 1)
    return fail(
      'invalid',
      `More than one box is ticked: ${ticked.map(one => codeSpan(one)).join(', ')}.`,
      'Leave one of them.',
    );
  const words =
    at === -1
      ? ''
      : lines
          .slice(at + 1)
          .join('\n')
          .trim();
  if (words !== '')
    return ok({ id, answer: ticked[0] === undefined ? words : `${ticked[0]}. ${words}`, inWords: true });
  return ok({ id, answer: ticked[0], inWords: false });
}
