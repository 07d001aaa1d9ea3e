import type { Wants } from '../../core/claims.ts';
import { Identifier, type Origin } from '../../core/envelope.ts';
import type { Properties } from '../../core/front-matter.ts';
import { splitExtension } from '../../core/names.ts';
import type { Note } from '../../core/vault.ts';
import type { PlannerContext } from '../think/context.ts';
import type { TaskJournal } from '../think/task-journal.ts';
import type { Beginning } from './take.ts';

/** What the other nodes are told of an open task: `waiting` where nothing is left but for somebody to answer. */
export function claimFor(task: TaskJournal, { thoughts }: PlannerContext): Wants[string] {
  const isWaiting = task.openCalls.length > 0 || task.closing !== undefined || task.paused !== undefined;
  return { stem: task.taken.stem, state: isWaiting && !thoughts.isBusy(task.id) ? 'waiting' : 'thinking' };
}

/** Puts a task away that another node thinks about now: what was proposed here and nobody decided is taken back. */
export function giveUp(task: TaskJournal, { claims, executor, state, log }: PlannerContext): void {
  const to = claims.holder(task.taken.note) ?? 'another node';
  const why = `The node “${to}” works on this task now.`;
  executor.put(`withdraw-${task.id}-given-up`, { kind: 'withdraw', task: task.id, why });
  task.record({ kind: 'GIVEN_UP', to });
  log.event(`given up   ${task.taken.title}: ${to} works on it`);
  task.close(state);
}

/**
 * What a watcher’s note says that another node wrote: which task it is, and nothing else. What it holds came from outside,
 * and this node has no record of who wrote it.
 */
export function broughtTask(
  note: Note,
  { properties, body }: { readonly properties: Properties; readonly body: string },
  { config, brought }: PlannerContext,
): (Beginning & { readonly id: string }) | undefined {
  if (config.sync === undefined || properties.type !== 'task' || brought?.isAnywhere(note.sha256) !== true)
    return undefined;
  const id = Identifier.safeParse(properties.id);
  if (!id.success) return undefined;
  const stem = splitExtension(note.path.split('/').at(-1) ?? note.path)[0];
  const source = typeof properties.source === 'string' && /^[a-z0-9-]{1,32}$/.test(properties.source);
  const from = source ? String(properties.source) : 'unknown';
  const title = /^# (.{1,200})$/m.exec(body)?.[1] ?? stem;
  return { id: id.data, stem, title, source: from, own: false, origin: { kind: 'incoming', source: from } };
}

/**
 * Whose word a note is that no watcher wrote: the person’s where it was written here, or where the person’s own node
 * signed for it. What came without a signature, as from a phone, or from a node in the cloud, is nobody’s.
 */
export function originOf(note: Note, { brought, config }: PlannerContext): Origin {
  if (brought?.isAnywhere(note.sha256) !== true) return { kind: 'person' };
  const by = brought.by(note.path, note.sha256);
  const isPersons = by !== undefined && config.peers[by]?.role === 'local';
  return isPersons ? { kind: 'person' } : { kind: 'unknown' };
}
