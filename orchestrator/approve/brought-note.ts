import type { ParsedApproval } from '../../core/approval-note.ts';
import { renderApproval } from '../../core/approval-note.ts';
import { sentence } from '../../core/outcome.ts';
import { ACTION_HOME, FOLDERS } from '../../core/states.ts';
import type { Action } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import type { FoundNote } from './approval-folders.ts';
import { judgeFound } from './known-text.ts';
import { passingOf } from './propose.ts';

/** What sync had to do with a note that asks for something. */
export type Hand =
  /** Nothing: what it says was written and put here by hand. */
  | 'none'
  /** Its text came by sync, and its place did not: it was moved here by hand. */
  | 'text'
  /** Sync brought it as it is: no decision in it was given here. */
  | 'all';

/** Finds that out. A tick or a property is part of the text, so that a text that was brought decides nothing here. */
export function handIn(one: FoundNote, { brought }: Pick<ExecutorContext, 'brought'>): Hand {
  if (one.sha256 === undefined || brought?.isAnywhere(one.sha256) !== true) return 'none';
  const byText = one.folder === FOLDERS.pending || one.folder === FOLDERS.outbox;
  return byText || brought.isHere(one.path, one.sha256) ? 'all' : 'text';
}

/** Whether a note that sync had a hand in shows what is on record: otherwise it is written again, and asked again. */
export const showsTheSame = (action: Action, note: ParsedApproval, digest: string | undefined): boolean =>
  judgeFound(action.proposed, note, digest, action.capped).kind === 'same';

/**
 * Puts a note back where it is asked, and writes what is on record over it: what is shown is what would be done. First
 * the move: a note of ours that a crash left in `Approved/` would be taken for a yes. `why` is told to whoever watches.
 */
export function showAgain(one: FoundNote, action: Action, why: string | undefined, context: ExecutorContext): boolean {
  const { vault, log } = context;
  if (one.sha256 === undefined) return false;
  const home = action.state === 'expired' ? FOLDERS.pending : ACTION_HOME[action.state];
  const place = `${home}/${action.proposed.note}.md`;
  const moved = one.folder === home ? { ok: true as const, value: one.path } : vault.move(one.path, place);
  if (!moved.ok) {
    log.trouble(`show ${action.id}`, sentence(moved.failure));
    return false;
  }
  if (moved.value === undefined) return false;
  const written = vault.replace(moved.value, one.sha256, renderApproval(action.proposed, passingOf(action)));
  if (!written.ok) {
    log.trouble(`show ${action.id}`, sentence(written.failure));
    return false;
  }
  log.clear(`show ${action.id}`);
  if (written.value === 'replaced' && why !== undefined) log.event(`shown again ${action.envelope.title}: ${why}`);
  return written.value === 'replaced';
}
