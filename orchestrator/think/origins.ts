import type { ToolCall } from '../../core/brain.ts';
import type { Json } from '../../core/digest.ts';
import type { Origin } from '../../core/envelope.ts';
import { readProperties } from '../../core/front-matter.ts';
import { splitExtension } from '../../core/names.ts';
import { FILES } from '../../core/states.ts';
import { attachmentsOf } from './attachments.ts';
import type { PlannerContext } from './context.ts';
import { isModel } from './exposure.ts';
import { fileTextOf } from './file-text.ts';
import { readAddressBook, readPeople } from './people.ts';
import { type Known, provenance, type Source } from './provenance.ts';
import { readSkills } from './request.ts';
import type { TaskJournal } from './task-journal.ts';
import { taskNotePath } from './task-note.ts';

/**
 * Where each value of a proposal came from, by comparing it with what is known to have come in: the person’s note and
 * answers, the vault’s own pages, the task’s journal. Never by what the brain says.
 */
export async function originsOf(
  task: TaskJournal,
  call: ToolCall,
  context: PlannerContext,
): Promise<Record<string, Origin>> {
  return provenance(call.input, await knownTo(task, call, context));
}

async function knownTo(task: TaskJournal, call: ToolCall, context: PlannerContext): Promise<Known> {
  const { vault, state } = context;
  const { taken } = task;
  const people = readPeople(vault);
  const handbook = vault.read(FILES.handbook);
  const note = vault.read(taskNotePath(task, context));
  const text = note.ok ? note.value.text : '';
  const others: Origin = taken.own ? { kind: 'unknown' } : { kind: 'incoming', source: taken.source };
  const theirs: Origin = taken.origin.kind === 'person' ? others : taken.origin;
  const person: Origin = { kind: 'person' };
  const named = JSON.stringify(call.input).toLowerCase();
  return {
    contacts: [
      ...people.flatMap(({ name, email, note: path }) =>
        [email, name, `${name} <${email}>`].map(
          (one): Source => ({ origin: { kind: 'contacts', note: path }, text: one }),
        ),
      ),
      // Thousands may stand there: only those that the call names count, and only by their addresses.
      ...readAddressBook(state)
        .filter(({ email }) => named.includes(email.toLowerCase()))
        .map(({ email, note: path }): Source => ({ origin: { kind: 'contacts', note: path }, text: email })),
    ],
    trusted: [
      ...(task.isOwnWord ? [{ origin: person, text: `${taken.title}\n${text}` }] : []),
      ...answersOf(task, 'here').map(said => ({ origin: person, text: said })),
      { origin: { kind: 'handbook' }, text: handbook.ok ? handbook.value.text : '' },
      ...readSkills(vault).map((skill): Source => ({ origin: { kind: 'rule', skill: skill.name }, text: skill.text })),
      ...task.vouching,
    ],
    foreign: [
      ...answersOf(task, 'elsewhere').map((said): Source => ({ origin: { kind: 'unknown' }, text: said })),
      ...(task.isOwnWord ? [] : [{ origin: theirs, text: [taken.title, taken.sender ?? '', bodyOf(text)].join('\n') }]),
      ...(taken.file === undefined ? [] : [{ origin: theirs, text: await fileTextOf(task, context) }]),
      ...(await attachmentsOf(task, context)).map(({ text: words }): Source => ({ origin: theirs, text: words })),
      ...wordsIn(taken.facts ?? {}).map((words): Source => ({ origin: theirs, text: words })),
      ...task.readings,
    ],
    names: [taken.file, ...(taken.files ?? [])].flatMap(file =>
      file === undefined
        ? []
        : [file.path, file.name, splitExtension(file.name)[0]].map((name): Source => ({ origin: theirs, text: name })),
    ),
    otherwise: isModel({ name: task.callerOf(call.id) ?? context.brains.standard.name })
      ? { kind: 'model' }
      : { kind: 'rule', skill: 'Skills' },
  };
}

/** Every text in what a watcher read off a message: its sender’s words too. */
const wordsIn = (value: Json): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(wordsIn);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsIn) : [];
};

export const bodyOf = (text: string): string => {
  const split = readProperties(text);
  return split.ok ? split.value.body : text;
};

/** What the person answered in their own words. A choice that they ticked was worded by the brain. */
function answersOf(task: TaskJournal, given: 'here' | 'elsewhere'): readonly string[] {
  const wanted = [...task.answers].filter(
    ([question]) => task.answeredElsewhere.has(question) === (given === 'elsewhere'),
  );
  return wanted.map(([question, answer]) => {
    const choices = task.asked.find(asked => asked.question === question)?.choices ?? [];
    return [...choices]
      .sort((one, other) => other.length - one.length)
      .reduce((said, choice) => said.replaceAll(choice, '\n'), answer);
  });
}
