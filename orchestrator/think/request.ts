import type { Request, Skill, TaskFile, ToolOffer } from '../../core/brain.ts';
import { readProperties } from '../../core/front-matter.ts';
import { guardedDeep } from '../../core/guarded.ts';
import { perNote } from '../../core/note-cache.ts';
import { FILES, FOLDERS } from '../../core/states.ts';
import type { Vault } from '../../core/vault.ts';
import { attachmentsOf } from './attachments.ts';
import type { PlannerContext } from './context.ts';
import { fileTextOf } from './file-text.ts';
import { readPeople } from './people.ts';
import { photoDay } from './photo-day.ts';
import type { TaskJournal } from './task-journal.ts';
import { taskNotePath } from './task-note.ts';

/** Everything a brain is told for one turn. */
export async function requestFor(
  task: TaskJournal,
  tools: readonly ToolOffer[],
  context: PlannerContext,
): Promise<Request> {
  const { vault } = context;
  const { taken } = task;
  const note = vault.read(taskNotePath(task, context));
  const split = note.ok ? readProperties(note.value.text) : undefined;
  const handbook = vault.read(FILES.handbook);
  const request: Request = {
    task: {
      id: task.id,
      title: taken.title,
      source: taken.source,
      text: split?.ok ? split.value.body : '',
      origin: taken.origin,
      sender: taken.sender,
      file: await fileOf(task, context),
      attachments: await attachmentsOf(task, context),
      facts: taken.facts ?? {},
      received: task.since,
    },
    handbook: handbook.ok ? handbook.value.text : '',
    skills: readSkills(vault),
    people: readPeople(vault),
    tools,
    exchanges: task.exchanges,
    underway: context.underway(),
  };
  // What was said and given before went through the guard when it was put on record: a long task costs no more each turn.
  return { ...guardedDeep({ ...request, exchanges: [] }, 'what the brain is shown'), exchanges: task.exchanges };
}

async function fileOf(task: TaskJournal, context: PlannerContext): Promise<TaskFile | undefined> {
  const { file } = task.taken;
  if (file === undefined) return undefined;
  const taken = await photoDay(context.vault, file.path);
  return { ...file, text: await fileTextOf(task, context), ...(taken === undefined ? {} : { taken }) };
}

/** The skills of the vault: folders with a `SKILL.md`, in the form of Agent Skills. */
export function readSkills(vault: Vault): readonly Skill[] {
  return vault.list(FOLDERS.skills).flatMap(({ name, kind }) => {
    if (kind !== 'folder') return [];
    const read = skillIn(vault, `${FOLDERS.skills}/${name}/SKILL.md`);
    return read === undefined ? [] : [{ name, ...read }];
  });
}

const skillIn = perNote((read, path): Omit<Skill, 'name'> | undefined => {
  const split = read.ok ? readProperties(read.value.text) : undefined;
  if (split === undefined || !split.ok) return undefined;
  const { description } = split.value.properties;
  return { description: typeof description === 'string' ? description : '', path, text: split.value.body };
});
