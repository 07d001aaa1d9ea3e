import path from 'node:path';
import { lstatOf } from '../../core/durable.ts';
import { notice, readNotices, syncNotices } from '../../core/notices.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import type { Role } from '../../core/sync-settings.ts';
import type { Performed } from './perform.ts';
import { steers } from './places.ts';

const CAUSE = 'aside ';

type Where = { readonly state: StateFolder; readonly root: string; readonly role: Role };

/**
 * Tells the person, where they are, of each change from elsewhere to what steers Steward that does not count here, as of a
 * handbook that was edited on a phone, and what to do; until the note that was kept of it is gone.
 */
export function tellAside(performed: readonly Performed[], { state, root, role }: Where): void {
  if (role !== 'local') return;
  const where = syncNotices(state);
  for (const { step, failure } of performed) {
    if (step.do !== 'set_aside' || failure !== undefined || !steers(step.path)) continue;
    const told = `“${step.path}” was changed elsewhere. ${step.why} What was written stands in “${step.as}”: take over what you want of it into “${step.path}” on this computer, then delete that note and the one beside it.`;
    notice(where, `${CAUSE}${step.as}`, told);
  }
  for (const cause of Object.keys(readNotices(where))) {
    const as = cause.startsWith(CAUSE) ? cause.slice(CAUSE.length) : undefined;
    if (as !== undefined && lstatOf(path.join(root, as)) === undefined) notice(where, cause, undefined);
  }
}
