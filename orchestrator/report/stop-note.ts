import { writeNote } from '../../core/front-matter.ts';
import { codeSpan, proseLine } from '../../core/inert.ts';
import { localTime } from '../../core/names.ts';

/** Why effects are stopped. `mend`: what to do first, where Steward stopped by itself. */
export type Stop = { readonly why: string; readonly by: string; readonly mend?: string | undefined };

/** `STOP.md`: what happened, what is safe, and what to do. Its presence is the stop. */
export function renderStop({ why, by, mend }: Stop, now: Date): string {
  const whose = by === 'steward' ? 'Steward stopped by itself' : 'Steward is stopped';
  const body = [
    '# Stopped',
    '',
    `> [!danger] ${whose}: nothing is done`,
    `> ${codeSpan(why, 600)}`,
    '',
    '**What is safe.** No action begins, also after a restart, and nothing new is thought about. What was done before is on record in `Logs`. What you drop, write and decide is kept, and goes on from there afterwards.',
    '',
    '**What to do.**',
    '',
    ...(mend === undefined ? [] : [`1. ${proseLine(mend) || 'Look into the log.'}`]),
    `${mend === undefined ? '1' : '2'}. When you want it to go on, run \`steward resume\` on this computer. Deleting this note does not start it again.`,
    '',
  ];
  return writeNote({ type: 'stop', format: 1, created: localTime(now) }, body.join('\n'));
}
