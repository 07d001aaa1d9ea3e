import type { Person, TaskView } from '../../../core/brain.ts';
import type { Json } from '../../../core/digest.ts';
import { noteLink } from '../../../core/inert.ts';
import { clip, localTime, splitExtension } from '../../../core/names.ts';
import { dateIn } from './dates.ts';
import { mailWish } from './match.ts';

/** The values that a rule’s templates may use, as `{name}`. */
export function valuesFor(task: TaskView, said: string, people: readonly Person[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>([
    ['title', task.title],
    ['text', task.text.trim()],
    ['note', noteLink(task.title)],
    ['today', localTime(new Date(task.received)).slice(0, 10)],
  ]);
  const wish = mailWish(said, people);
  if (wish !== undefined) {
    values.set('person', wish.person).set('email', wish.email).set('subject', wish.subject);
    const first = wish.person.split(/[\s@]/)[0] ?? wish.person;
    values.set('first_name', first.charAt(0).toUpperCase() + first.slice(1));
  }
  const { file } = task;
  if (file === undefined) return values;
  const [stem, extension] = splitExtension(file.name);
  const date = dateIn(stem) ?? file.taken ?? dateIn(file.text) ?? localTime(new Date(file.modified)).slice(0, 10);
  const bare = stem.replace(new RegExp(`^${date}[ _-]*`), '');
  values.set('path', file.path).set('name', file.name).set('stem', stem).set('extension', extension.slice(1));
  values.set('date', date).set('year', date.slice(0, 4)).set('month', date.slice(0, 7));
  const dated = clip(`${date} ${bare === '' ? stem : bare}${extension}`);
  // Dated, but not twice, and within the 255 bytes that a file name may have.
  values
    .set('dated_name', dated)
    .set('bare_name', `${bare === '' ? stem : bare}${extension}`)
    .set('note', noteLink(dated.replace(/\.md$/, '')));
  return values;
}

/** Fills the templates of a value. Throws on a name that is not known, naming the known ones. */
export function fill(template: Json, values: ReadonlyMap<string, string>): Json {
  if (typeof template === 'string') {
    return template.replace(/\{([a-z_]+)\}/g, (_, name: string) => {
      const value = values.get(name);
      if (value === undefined) throw new Error(`{${name}} is not known here. Known: ${[...values.keys()].join(', ')}.`);
      return value;
    });
  }
  if (Array.isArray(template)) {
    // A value of several lines that stands alone in a list is that many elements.
    const parts = template.flatMap(part =>
      typeof part === 'string' && /^\{[a-z_]+\}$/.test(part)
        ? String(fill(part, values)).split('\n')
        : [fill(part, values)],
    );
    return parts.filter(part => part !== '');
  }
  if (typeof template === 'object' && template !== null) {
    return Object.fromEntries(Object.entries(template).map(([key, part]) => [key, fill(part, values)]));
  }
  return template;
}
