import type { Json } from '../../core/digest.ts';
import type { Arguments, Origin } from '../../core/envelope.ts';
import { splitExtension } from '../../core/names.ts';
import type { PlannerContext } from './context.ts';
import { readPeople } from './people.ts';
import type { TaskJournal } from './task-journal.ts';

/**
 * Where each value of a proposal came from, by comparing it with what is known to have come in: never by what the
 * brain says. A value that holds anything of a stranger’s is a stranger’s; one that fits nothing is the brain’s own.
 */
export function originsOf(task: TaskJournal, args: Arguments, context: PlannerContext): Record<string, Origin> {
  const { taken } = task;
  const own = taken.own ? context.vault.read(taken.note) : undefined;
  const said = [own?.ok ? own.value.text : '', ...task.answers.values()].join('\n').toLowerCase();
  const people = readPeople(context.vault);
  const originOf = (value: Json): Origin => {
    const text = (typeof value === 'string' ? value : JSON.stringify(value)).trim();
    const person = people.find(({ email }) => email !== '' && text.toLowerCase() === email.toLowerCase());
    if (person !== undefined) return { kind: 'contacts', note: person.note };
    if (text !== '' && said.includes(text.toLowerCase())) return { kind: 'person' };
    if (
      taken.file !== undefined &&
      (text.includes(taken.file.path) || text.includes(splitExtension(taken.file.name)[0]))
    ) {
      return taken.origin.kind === 'incoming' ? taken.origin : { kind: 'dropped', path: taken.file.path };
    }
    return context.brain.name === 'rulebook' ? { kind: 'rule', skill: 'Skills' } : { kind: 'model' };
  };
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      Array.isArray(value) && value.length === 1 ? originOf(value[0] ?? '') : originOf(value),
    ]),
  );
}
