import { sha256 } from '../../core/digest.ts';
import { readProperties } from '../../core/front-matter.ts';
import { secretIn } from '../../core/guarded.ts';
import { sooner } from '../../core/loop.ts';
import { isPassing, isSyncConflict, noteStem, splitExtension, taskId } from '../../core/names.ts';
import { isCloud } from '../../core/node-role.ts';
import { sentence } from '../../core/outcome.ts';
import { quarantine } from '../../core/quarantine.ts';
import type { Arrivals, Seen } from '../../core/seen.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Entry, Note } from '../../core/vault.ts';
import type { PlannerContext } from '../think/context.ts';
import { TaskJournal } from '../think/task-journal.ts';
import type { Taken } from '../think/task-record.ts';
import { broughtTask, originOf } from './shared.ts';

export type Claimed = { readonly tasks: readonly TaskJournal[]; readonly settlesIn: number | undefined };

/** A file or a folder in `Needs_Action/`, where only notes are work. */
export const isMisplaced = ({ name, kind }: Pick<Entry, 'name' | 'kind'>): boolean =>
  !isPassing(name) && (kind === 'folder' || (kind === 'file' && !name.endsWith('.md')));

const WRITE_ANEW =
  'Mend the note and move it back into `Needs_Action`, or write what you want as plain text, without any properties.';

/**
 * Takes what lies in `Needs_Action/`. A watcher’s note (known from the ingest journal) is taken at once; a person’s own
 * note once it has been quiet, and it stays where it is; what cannot be read is set aside.
 */
export function takeTasks(
  open: ReadonlySet<string>,
  seen: Pick<Arrivals, 'get' | 'ofTask'>,
  context: PlannerContext,
): Claimed {
  const { vault, log } = context;
  const tasks = takeLeft(open, context);
  let settlesIn: number | undefined;
  for (const { name, kind } of vault.list(FOLDERS.needsAction)) {
    const path = `${FOLDERS.needsAction}/${name}`;
    if (name === 'README.md' || isPassing(name) || open.has(path)) continue;
    const held = secretIn(name);
    if (held !== undefined) {
      log.trouble(
        'name',
        `A note in ${FOLDERS.needsAction} has ${held} in its name. Rename it; until then it is left alone.`,
      );
      continue;
    }
    if (isSyncConflict(name)) {
      log.trouble(path, `${path} is a copy that a sync tool made. It is left alone.`);
      continue;
    }
    if (isMisplaced({ name, kind })) {
      log.trouble(path, `${path} is not a note. Drop files into ${FOLDERS.inbox}/ instead; it is left alone here.`);
      continue;
    }
    const known = seen.get(splitExtension(name)[0]);
    const taken = known === undefined ? takeOwn(path, open, seen, context) : takeSeen(path, known, context);
    if (typeof taken === 'number') settlesIn = sooner(settlesIn, taken);
    else if (taken !== undefined) tasks.push(taken);
  }
  return { tasks, settlesIn };
}

/**
 * Takes over what a node left in its folder that has been silent for longer than its lease, once it is ours by its claim.
 * Only where the person is: what a laptop that sleeps left waits for it.
 */
function takeLeft(open: ReadonlySet<string>, context: PlannerContext): TaskJournal[] {
  const { vault, claims, config } = context;
  const tasks: TaskJournal[] = [];
  if (isCloud(config)) return tasks;
  for (const node of claims.silent) {
    for (const { name } of vault.list(`${FOLDERS.inProgress}/${node}`)) {
      const path = `${FOLDERS.inProgress}/${node}/${name}`;
      if (!name.endsWith('.md') || name === 'README.md' || isPassing(name) || open.has(path)) continue;
      const note = vault.read(path);
      const split = note.ok ? readProperties(note.value.text) : undefined;
      const left = note.ok && split?.ok ? broughtTask(note.value, split.value, context) : undefined;
      const task = left === undefined || !note.ok ? undefined : begin(left.id, left, note.value, context);
      if (task !== undefined) tasks.push(task);
    }
  }
  return tasks;
}

function takeSeen(path: string, seen: Seen, context: PlannerContext): TaskJournal | number | undefined {
  const note = readable(path, context);
  if (typeof note === 'number' || note === undefined) return note;
  const { title, origin, file, files, facts, sender, source } = seen;
  const beside = { ...(files === undefined ? {} : { files }), ...(facts === undefined ? {} : { facts }) };
  return begin(
    seen.task,
    { stem: seen.note, title, source, own: false, origin, file, sender, ...beside },
    note,
    context,
  );
}

function takeOwn(
  path: string,
  open: ReadonlySet<string>,
  seen: Pick<Arrivals, 'get' | 'ofTask'>,
  context: PlannerContext,
): TaskJournal | number | undefined {
  const { vault, settle, config } = context;
  const stats = vault.stats(path);
  if (stats === undefined) return undefined;
  const quiet = stats.isFile() && stats.nlink === 1 ? config.settle.note : config.settle.tick;
  const wait = settle.wait(path, stats, quiet * 1000);
  if (wait > 0) return wait;
  const note = readable(path, context);
  if (typeof note === 'number' || note === undefined) return note;
  const split = readProperties(note.text);
  if (!split.ok) return aside(path, sentence(split.failure), context);
  const { type, id: shown } = split.value.properties;
  // A watcher’s note under another name is still what came in, and no word of the person’s.
  const copied = type === 'task' && typeof shown === 'string' ? seen.ofTask(shown) : undefined;
  if (copied !== undefined) {
    if (!open.has(`${FOLDERS.needsAction}/${copied.note}.md`)) return takeSeen(path, copied, context);
    context.log.trouble(path, `${path} is a copy of a task that is open. It is left alone.`);
    return undefined;
  }
  const brought = broughtTask(note, split.value, context);
  if (brought !== undefined) return begin(brought.id, brought, note, context);
  if (typeof type === 'string' && ['approval', 'plan', 'question', 'receipt', 'stop', 'log'].includes(type)) {
    return aside(path, `This is a note of the kind “${type}”, which is no task.`, context);
  }
  if (split.value.body.trim() === '') return undefined;
  const name = splitExtension(path.split('/').at(-1) ?? path)[0];
  // Between nodes only what every one of them sees can make the id.
  const here = config.sync === undefined ? `\n${note.stats.ino}\n${note.stats.ctimeMs}` : '';
  const id = taskId('note', sha256(`${name}\n${note.sha256}${here}`));
  const origin = originOf(note, context);
  return begin(id, { stem: noteStem(name, id), title: name, source: 'person', own: true, origin }, note, context);
}

export type Beginning = Pick<Taken, 'stem' | 'title' | 'source' | 'own' | 'origin'> & {
  readonly file?: Seen['file'] | undefined;
  readonly sender?: Seen['sender'] | undefined;
};

/** Taking is a record in a new journal; a task that was closed before (its note was moved back) gets a new round. */
function begin(
  id: string,
  { file, sender, ...rest }: Beginning,
  note: Note,
  context: PlannerContext,
): TaskJournal | undefined {
  const { state, now, log } = context;
  let round = id;
  for (let count = 2; TaskJournal.isKnown(state, round); count += 1) round = `${id}-r${count}`;
  const stem = round === id ? rest.stem : `${rest.stem}${round.slice(id.length)}`;
  if (context.claims.ask(note.path, stem) !== 'yes') return undefined;
  const taken: Taken = {
    kind: 'TAKEN',
    id: round,
    ...rest,
    stem,
    note: note.path,
    sha256: note.sha256,
    ...(file === undefined ? {} : { file }),
    ...(sender === undefined ? {} : { sender }),
  };
  const task = TaskJournal.open(state, round, now, taken);
  // What a watcher found was told by the watcher.
  if (rest.own) log.event(`task       ${rest.title}`);
  return task;
}

/** Undefined where the note is gone or was set aside; a number where it is not whole yet. */
function readable(path: string, context: PlannerContext): Note | number | undefined {
  const read = context.vault.read(path);
  if (read.ok) return read.value;
  if (read.failure.kind === 'retryable') return undefined;
  return aside(path, sentence(read.failure), context);
}

function aside(path: string, why: string, context: PlannerContext): number | undefined {
  const { vault, settle, config, log, now } = context;
  const stats = vault.stats(path);
  if (stats === undefined) return undefined;
  const wait = settle.wait(path, stats, config.settle.tick * 1000, 'by-watching');
  if (wait > 0) return wait;
  const done = quarantine(vault, path, why, WRITE_ANEW, now());
  if (!done.ok) log.trouble(path, sentence(done.failure));
  else if (done.value !== undefined) log.event(`set aside  ${path}: ${why}`);
  return undefined;
}

/** Moves a watcher’s note to this node’s folder, where work in progress stands. A person’s own note is not moved. */
export function homeOf(task: TaskJournal, context: PlannerContext): string {
  const { taken } = task;
  if (taken.own) return taken.note;
  const name = taken.note.split('/').at(-1) ?? taken.note;
  const home = `${FOLDERS.inProgress}/${context.config.node}/${name}`;
  if (context.vault.exists(taken.note)) {
    const moved = context.vault.move(taken.note, home);
    if (!moved.ok) context.log.trouble(task.id, sentence(moved.failure));
  }
  return home;
}
