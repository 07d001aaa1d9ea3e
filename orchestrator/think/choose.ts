import type { Brain, BrainFailure, Request } from '../../core/brain.ts';
import { readProperties } from '../../core/front-matter.ts';
import type { PlannerContext } from './context.ts';
import { type Route, routed } from './route.ts';
import type { TaskJournal } from './task-journal.ts';
import { taskNotePath } from './task-note.ts';

/** Who is asked for a task’s next turn. */
export type Chosen = Route & { readonly model: Brain };
export type Choice =
  | { readonly ok: true; readonly chosen: Chosen }
  | { readonly ok: false; readonly failure: BrainFailure; readonly route: Route | undefined };

/** Seconds until a brain that could not be made, or that is missing, is looked for again. */
const LOOK_AGAIN = 60;

/** Asks the routing who thinks next. A brain that failed is left out until it may be tried again. */
export function choose(task: TaskJournal, request: Request, context: PlannerContext): Choice {
  const { brains, config } = context;
  const { title, text, file } = request.task;
  const subject = {
    source: task.taken.source,
    role: task.taken.role,
    path: file?.path ?? '',
    text: [title, text, file?.text ?? ''].join('\n'),
    // What was read while it was private stays in what is shown: it remains so until thinking starts anew.
    isMarked: (task.isPrivate && task.exchanges.length > 0) || isMarked(task, context),
    turns: task.exchanges.length,
  };
  const found = routed(subject, config.routing, brains.standard.name, name => brains.staysHere(name));
  if (found.isPrivate !== task.isPrivate) task.record({ kind: 'PRIVATE', is: found.isPrivate });
  if (found.route === undefined)
    return { ok: false, failure: noneHere(brains.labelOf(found.barred ?? '')), route: undefined };
  const route = afterFailure(found.route, task, context);
  const made = brains.named(route.brain);
  if (made.ok) return { ok: true, chosen: { ...route, model: made.value } };
  const { message, mend } = made.failure;
  const failure: BrainFailure = { kind: 'retryable', message, retryAfterSeconds: LOOK_AGAIN };
  return { ok: false, failure: mend === undefined ? failure : { ...failure, mend }, route };
}

/** The fallback, while the brain that the rule names may not be tried again yet. */
function afterFailure(route: Route, { fellBack }: TaskJournal, { now }: PlannerContext): Route {
  if (fellBack === undefined || fellBack.from !== route.brain || fellBack.to !== route.fallback) return route;
  if (Date.parse(fellBack.until) <= now().getTime()) return route;
  return { brain: fellBack.to, choice: {}, rule: route.rule, fallback: undefined };
}

const noneHere = (label: string): BrainFailure => ({
  kind: 'retryable',
  message: `This task must not leave this machine, and ${label} would carry it away. No brain here may think about it.`,
  mend: 'Set up a local model (`brains.local` in config.yaml) and a rule of `routing` that names it, or take `private` off the task’s note.',
  retryAfterSeconds: LOOK_AGAIN,
});

/** What the note says of its privacy, now. Where it cannot be read, what held last holds. */
function isMarked(task: TaskJournal, context: PlannerContext): boolean {
  const note = context.vault.read(taskNotePath(task, context));
  return note.ok ? saysPrivate(note.value.text) : task.isPrivate;
}

/** A note that is private is shown only for a task that is: that one stays on this machine. */
export const mayBeShown = (text: string, { isPrivate }: Pick<TaskJournal, 'isPrivate'>): boolean =>
  isPrivate || !saysPrivate(text);

/** `private: true`, or the tag `private` or `#private`. Properties that cannot be read count as saying so where they seem to. */
export function saysPrivate(text: string): boolean {
  const split = readProperties(text);
  if (!split.ok) return /^\s*private\s*:\s*["']?(true|yes)/im.test(text) || TAG.test(text);
  const { private: is, tags } = split.value.properties;
  const listed = Array.isArray(tags) ? tags : typeof tags === 'string' ? tags.split(/[\s,]+/) : [];
  const isTagged = listed.some(tag => typeof tag === 'string' && /^#?private$/i.test(tag.trim()));
  return (
    is === true || (typeof is === 'string' && /^(true|yes)$/i.test(is.trim())) || isTagged || TAG.test(split.value.body)
  );
}

const TAG = /(^|\s)#private(?![\p{L}\p{N}_/-])/imu;
