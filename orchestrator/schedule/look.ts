import { channelNotices, readNotices, syncNotices } from '../../core/notices.ts';
import { parseStanding, standingPath } from '../../core/standing-note.ts';
import { FILES, FOLDERS } from '../../core/states.ts';
import { isMisplaced } from '../claim/take.ts';
import type { PlannerContext } from '../think/context.ts';
import type { TaskJournal } from '../think/task-journal.ts';
import type { Seen } from './standing.ts';

/** Looks at everything that the pages for the person tell of. */
export function lookAround(
  { ledger, vault, state, config, now, spending, brains }: PlannerContext,
  tasks: readonly TaskJournal[],
  briefed: ReadonlySet<string>,
): Seen {
  const aside = vault.list(FOLDERS.quarantine).filter(({ name }) => name !== 'README.md' && !name.endsWith('.why.md'));
  return {
    ...{ ledger, tasks, config, briefed },
    spending: spending.book,
    now: now(),
    brain: brains.standard.name,
    misplaced: vault
      .list(FOLDERS.needsAction)
      .filter(isMisplaced)
      .map(({ name }) => name),
    aside: aside.length,
    notices: [
      ...Object.values({ ...readNotices(syncNotices(state)), ...readNotices(state) }),
      ...channelNotices(state),
    ],
    isStopNoted: vault.exists(FILES.stop),
    others: Object.keys(config.peers).flatMap(node => {
      const read = vault.read(standingPath(node));
      return (read.ok ? parseStanding(read.value.text, node) : undefined) ?? [];
    }),
  };
}
