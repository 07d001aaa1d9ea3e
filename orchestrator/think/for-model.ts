import type { Request } from '../../core/brain.ts';
import type { PlannerContext } from './context.ts';
import { imageOf } from './image.ts';
import { LOOK_TOOLS } from './look-tools.ts';
import type { TaskJournal } from './task-journal.ts';

/** The request with what only a model has a use for: tools to look things up, what was remembered, the picture. */
export function forModel(request: Request, task: TaskJournal, context: PlannerContext): Request {
  const { file } = request.task;
  const image = file === undefined ? undefined : imageOf(task, context);
  return {
    ...request,
    tools: [...request.tools, ...LOOK_TOOLS],
    ...(task.recalled === undefined ? {} : { memory: task.recalled }),
    ...(file === undefined || image === undefined ? {} : { task: { ...request.task, file: { ...file, image } } }),
  };
}
