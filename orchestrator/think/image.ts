import path from 'node:path';
import type { TaskImage } from '../../core/brain.ts';
import { lstatOf, readStart } from '../../core/durable.ts';
import { ok } from '../../core/outcome.ts';
import type { PlannerContext } from './context.ts';
import type { TaskJournal } from './task-journal.ts';

/** The largest picture that a model is shown, in bytes. */
const LARGEST = 5 * 1024 * 1024;

const KINDS: readonly { readonly media: TaskImage['media']; readonly begins: RegExp }[] = [
  { media: 'image/png', begins: /^\x89PNG\r\n\x1a\n/ },
  { media: 'image/jpeg', begins: /^\xff\xd8\xff/ },
  { media: 'image/gif', begins: /^GIF8[79]a/ },
  { media: 'image/webp', begins: /^RIFF[\s\S]{4}WEBP/ },
];

/** What was read of pictures, as long as their tasks are open: a picture is shown with every turn. */
const known = new WeakMap<TaskJournal, { readonly image: TaskImage | undefined }>();

/** The picture that a task is about, by what it begins with and not by its name. */
export function imageOf(task: TaskJournal, { vault }: PlannerContext): TaskImage | undefined {
  const { file } = task.taken;
  if (file === undefined || !/\.(png|jpe?g|webp|gif)$/i.test(file.name)) return undefined;
  const found = known.get(task) ?? {
    image: read(path.isAbsolute(file.path) ? ok(file.path) : vault.resolve(file.path)),
  };
  known.set(task, found);
  return found.image;
}

function read(place: ReturnType<PlannerContext['vault']['resolve']>): TaskImage | undefined {
  const stats = place.ok ? lstatOf(place.value) : undefined;
  if (!place.ok || !stats?.isFile() || stats.size > LARGEST) return undefined;
  const bytes = readStart(place.value, LARGEST);
  const head = bytes.toString('latin1', 0, 16);
  const kind = KINDS.find(({ begins }) => begins.test(head));
  return kind === undefined ? undefined : { media: kind.media, data: bytes.toString('base64') };
}
