import { z } from 'zod';
import { Identifier } from '../../core/envelope.ts';
import { NodeName } from '../../core/sync-settings.ts';
import { TaskRecord } from './task-record.ts';

/** What a node tells another of a task that the other is to end: its journal so far, and where its note stands. */
export const Handover = z.strictObject({
  format: z.literal(1),
  vault: z.string().regex(/^[0-9a-f]{16}$/),
  from: NodeName,
  to: NodeName,
  task: Identifier,
  note: z.string().max(400),
  records: z.array(TaskRecord).min(1).max(5000),
});
export type Handover = z.infer<typeof Handover>;
