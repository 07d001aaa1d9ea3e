import { FILES, FOLDERS } from '../../core/states.ts';
import type { NodeName, Role } from '../../core/sync-settings.ts';
import { sameName } from './same-name.ts';

/** What the places of a vault mean to sync: docs/vault-format.md, “Who writes”, as code. */

const same = (names: readonly string[]): readonly string[] => names.map(sameName);
const isUnder = (path: string, tops: readonly string[]): boolean =>
  tops.some(top => path === top || path.startsWith(`${top}/`));

/** What steers Steward. From another node it counts only where the person’s own machine or key has signed it. */
const STEERS = same([
  FOLDERS.agents,
  FOLDERS.skills,
  FOLDERS.memory,
  FILES.policies,
  FILES.handbook,
  FILES.goals,
  FILES.stop,
]);
const SIGNERS = 'allowed_signers';

export function steers(path: string): boolean {
  const low = sameName(path);
  return isUnder(low, STEERS) || low.split('/').at(-1) === SIGNERS;
}

export const isStop = (path: string): boolean => sameName(path) === sameName(FILES.stop);

/** Where a note is asked for or records a decision: a mixture of two such notes would be one that nobody saw. */
const DECIDED = same([
  FOLDERS.pending,
  FOLDERS.approved,
  FOLDERS.rejected,
  FOLDERS.outbox,
  FOLDERS.questions,
  FOLDERS.done,
  FOLDERS.failed,
  FOLDERS.quarantine,
  FILES.policies,
  FILES.stop,
]);
export const isDecided = (path: string): boolean => isUnder(sameName(path), DECIDED);

/** Folders through which an approval goes until it ends. */
const APPROVALS = [FOLDERS.pending, FOLDERS.outbox, FOLDERS.approved, FOLDERS.rejected];
const ASKS = [...APPROVALS, FOLDERS.questions];

/** Whether a path is that of an approval (or a question) which has not been filed. */
export const isAsked = (path: string): boolean => ASKS.some(folder => path.startsWith(`${folder}/`));
export const isApproval = (path: string): boolean => APPROVALS.some(folder => path.startsWith(`${folder}/`));

/**
 * How far a note has come, where it stands in a flow folder; undefined anywhere else. Of two places that two sides gave
 * one note, the later counts: what happened before what was asked, a no before a yes.
 */
const ORDER: readonly string[] = [
  FOLDERS.needsAction,
  FOLDERS.plans,
  FOLDERS.questions,
  FOLDERS.pending,
  FOLDERS.inProgress,
  FOLDERS.outbox,
  FOLDERS.approved,
  FOLDERS.rejected,
  FOLDERS.quarantine,
  FOLDERS.failed,
  FOLDERS.done,
];
export function stageOf(path: string): number | undefined {
  const at = ORDER.indexOf(path.split('/')[0] ?? '');
  return at < 0 || !path.includes('/') ? undefined : at;
}

/** Folders of approvals in which a note has come further than in that of `path`. */
export const laterApprovals = (path: string): readonly string[] =>
  APPROVALS.filter(folder => (stageOf(`${folder}/x`) ?? 0) > (stageOf(path) ?? 0));

/** The node in whose folder of `In_Progress/` a path lies. */
export const workerOf = (path: string): NodeName | undefined =>
  path.startsWith(`${FOLDERS.inProgress}/`) ? path.split('/')[1] : undefined;

/** What all notes of one task begin with. */
export const stemOf = (path: string): string =>
  (path.split('/').at(-1) ?? '').replace(/\.md$/, '').replace(/-(plan|(approval|question|receipt|failure)-\d.*)$/, '');

/** The one node that writes a file; what anybody else makes of it is set aside. */
export function writerOf(path: string): NodeName | undefined {
  const [top, name = '', ...rest] = path.split('/');
  if (top === FOLDERS.updates && rest.length > 0) return name;
  if (top !== FOLDERS.logs || rest.length > 0) return undefined;
  return /^\d{4}-\d{2}-\d{2}-([a-z0-9-]{1,32})\.md$/.exec(name)?.[1];
}

/**
 * Whose version keeps the name where both changed a file: that of the node which works on it; otherwise that of the
 * machine at which the person sits. Both nodes come to the same answer.
 */
export function staysOf(
  path: string,
  me: NodeName,
  role: Role,
  holder: (stem: string) => NodeName | undefined,
): 'mine' | 'theirs' {
  const isPlan = path.startsWith(`${FOLDERS.plans}/`);
  const worker = workerOf(path) ?? (isPlan ? holder(stemOf(path)) : undefined);
  if (worker !== undefined) return worker === me ? 'mine' : 'theirs';
  return role === 'local' ? 'mine' : 'theirs';
}

/** Where the version that does not keep the name goes: beside the other where only the person reads it. */
export function isKeptBeside(path: string): boolean {
  const stage = stageOf(path);
  if (writerOf(path) !== undefined) return false;
  return !steers(path) && !isDecided(path) && (stage === undefined || path.startsWith(`${FOLDERS.needsAction}/`));
}
