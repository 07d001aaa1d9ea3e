import { sentence } from '../../core/outcome.ts';
import { isEqual, type Looked } from './changes.ts';
import type { KnownFiles } from './known.ts';
import { isSynced } from './mine.ts';
import type { Performed } from './perform.ts';

/**
 * Keeps on record what is still open after a round, and on what base: it must be on disk before theirs becomes the base
 * of everything else. `now`: UTC milliseconds.
 */
export function recordOpen(known: KnownFiles, looked: Looked, performed: readonly Performed[], now: number): void {
  const stays = (at: string, why: string): void => {
    const [base, other] = [looked.bases.get(at), looked.theirs.get(at)];
    const since = known.open.get(at)?.since ?? now;
    // What is never read here is never sent either: nothing is open there.
    if (!isSynced(at)) known.agree(at);
    else if (isEqual(base, other)) known.setOpen(at, { stands: 'common', why, since });
    else known.setOpen(at, { stands: 'own', base, why, since });
  };
  for (const at of looked.same) known.agree(at);
  // Where mine and theirs came to the same, nothing was planned.
  const planned = new Set(performed.map(({ step }) => step.path));
  for (const { path: at } of looked.changes) if (!planned.has(at)) known.agree(at);
  for (const [at, why] of looked.later) stays(at, why);
  const ended = new Map<string, { agreed: boolean; why: string }>();
  for (const { step, agreed, why, failure } of performed) {
    const before = ended.get(step.path);
    const told = failure !== undefined && failure.kind !== 'retryable' ? sentence(failure) : why;
    // A copy says nothing of the path itself.
    if (step.do === 'copy' && failure === undefined) continue;
    ended.set(step.path, { agreed: agreed && before?.agreed !== false, why: before?.why || told });
  }
  for (const [at, { agreed, why }] of ended) {
    if (!agreed) stays(at, why);
    else known.setOpen(at, { stands: 'common', why: '', since: now });
  }
  for (const { step, tree, agreed } of performed) {
    // What was only taken over is the same on both sides now; what sync made besides has still to be sent.
    if (agreed && tree.size === 0 && step.do !== 'copy') known.agree(step.path);
    for (const at of tree.keys())
      if (at !== step.path && !known.open.has(at)) known.setOpen(at, { stands: 'common', why: '', since: now });
  }
}
