import path from 'node:path';
import { handoverName } from '../../core/handover-note.ts';
import { isCloud, nodeOfPerson } from '../../core/node-role.ts';
import { FOLDERS } from '../../core/states.ts';
import type { PlannerContext } from './context.ts';
import { Handover } from './handover.ts';
import { outcomesOf } from './outcomes.ts';
import { noteName } from './plan-note.ts';
import { TaskJournal } from './task-journal.ts';
import { taskNotePath } from './task-note.ts';

/** Bytes of what is told of one task; a longer result of a call is told in part. */
const MOST = 1_200_000;
const CUTS = [200_000, 20_000, 2000, 200] as const;

/** The node to which this one gives a task that is done here as far as it goes; undefined where it ends its tasks itself. */
export function heirOf({ config }: Pick<PlannerContext, 'config'>): string | undefined {
  const heir = nodeOfPerson(config);
  return isCloud(config) && config.peers[heir]?.role === 'local' ? heir : undefined;
}

/**
 * Hands a task over once nothing is left of it that this node could do: every open call waits for something that another
 * node decides on and does, or it is about to end. True where that was done now.
 */
export function handOver(task: TaskJournal, context: PlannerContext): boolean {
  const heir = heirOf(context);
  if (heir === undefined || task.handedTo !== undefined || task.paused !== undefined) return false;
  if (task.closing === undefined && !waitsElsewhere(task, context)) return false;
  const { taken } = task;
  const note = handoverName(taken.stem);
  context.executor.put(`hand-over-${task.id}`, {
    kind: 'hand_over',
    ...{ task: task.id, task_note: noteName(task), title: taken.title, note, to: heir },
    text: textFor(task, heir, context),
  });
  task.record({ kind: 'HANDED_OVER', to: heir });
  context.log.event(`handed     ${taken.title}  →  ${heir}`);
  return true;
}

function waitsElsewhere(task: TaskJournal, { ledger, config }: PlannerContext): boolean {
  const outcomes = outcomesOf(task, ledger.actionsOf(task.id));
  const open = task.openCalls.map(({ id }) => outcomes[task.proposed.findLastIndex(({ call }) => call === id)]);
  return open.length > 0 && open.every(action => action?.state === 'superseded' && action.node !== config.node);
}

/** What the other node needs to go on from here, on one line. */
function textFor(task: TaskJournal, to: string, context: PlannerContext): string {
  const { state, config } = context;
  const bodies = TaskJournal.recordsOf(state, task.id).map(({ body }) => body);
  const written = (most: number): string => {
    const records = bodies.map(body => {
      if (body.kind === 'TURN') {
        const { raw: _, ...turn } = body.turn;
        return { ...body, turn };
      }
      if (body.kind !== 'RESULT') return body;
      return { ...body, result: { ...body.result, text: body.result.text.slice(0, most).toWellFormed() } };
    });
    const handover: Handover = {
      ...{ format: 1, vault: path.basename(state.root), from: config.node, to, task: task.id, records },
      note: taskNotePath(task, context),
    };
    return JSON.stringify(Handover.parse(handover));
  };
  const fitting = [Number.POSITIVE_INFINITY, ...CUTS].map(written).find(text => Buffer.byteLength(text) <= MOST);
  return fitting ?? written(0);
}

/** The verdict’s folder in which the task’s note stands by now; undefined while the other node is not done with it. */
export function filedIn(task: TaskJournal, context: PlannerContext): string | undefined {
  const { vault } = context;
  const name = taskNotePath(task, context).split('/').at(-1) ?? '';
  if (vault.exists(taskNotePath(task, context)) || vault.exists(task.taken.note)) return undefined;
  for (const folder of [FOLDERS.done, FOLDERS.rejected, FOLDERS.failed]) {
    const months = vault.list(folder).filter(({ kind }) => kind === 'folder');
    const found = months.find(month => vault.exists(`${folder}/${month.name}/${name}`));
    if (found !== undefined) return `${folder}/${found.name}`;
  }
  return undefined;
}
