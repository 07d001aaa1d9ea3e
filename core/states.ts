/**
 * The state machine, as data. A note's folder says what is asked of whom; the ledger says what happened.
 * Every state has a home: the folder in which a person finds the note while it is so.
 */

/** Every top-level folder and file that Steward knows in a vault. */
export const FOLDERS = {
  inbox: 'Inbox',
  needsAction: 'Needs_Action',
  inProgress: 'In_Progress',
  plans: 'Plans',
  pending: 'Pending_Approval',
  approved: 'Approved',
  rejected: 'Rejected',
  outbox: 'Outbox',
  questions: 'Questions',
  done: 'Done',
  failed: 'Failed',
  quarantine: 'Quarantine',
  updates: 'Updates',
  briefings: 'Briefings',
  accounting: 'Accounting',
  documents: 'Documents',
  memory: 'Memory',
  skills: 'Skills',
  agents: 'Agents',
  logs: 'Logs',
} as const;

export const FILES = {
  dashboard: 'Dashboard.md',
  handbook: 'Company_Handbook.md',
  goals: 'Business_Goals.md',
  policies: 'Policies.md',
  stop: 'STOP.md',
} as const;

/** Who may make a move. `sync` is the other node, by way of git. */
export type Mover = 'person' | 'watcher' | 'planner' | 'executor' | 'sync';
type Node = 'any' | 'here' | 'local';

export type ActionState =
  | 'proposed' // rendered, waiting for the person
  | 'wanted' // a decision came by sync without a signature: one confirmation here is needed
  | 'held' // yellow: waits out its hold, can be cancelled
  | 'approved' // accepted; waits for its turn
  | 'capped' // accepted, but over a cap: waits and says so
  | 'executing' // INTENT is on disk
  | 'retrying' // refused before it could have acted: waits for the next try
  | 'unknown' // an INTENT without a result: a person or the provider must say
  | 'confirmed' // receipt on record
  | 'failed' // will not happen, and did not
  | 'rejected'
  | 'expired'
  | 'superseded'; // replaced by another id, or no longer needed

export type ActionEvent =
  | 'WANTED'
  | 'HELD'
  | 'APPROVED'
  | 'CAPPED'
  | 'INTENT'
  | 'CONFIRMED'
  | 'NOT_SENT_RETRY'
  | 'NOT_SENT'
  | 'UNKNOWN'
  | 'REJECTED'
  | 'EXPIRED'
  | 'SUPERSEDED';

export type Move<State, Event> = {
  readonly from: State;
  readonly to: State;
  readonly by: readonly Mover[];
  readonly node: Node;
  readonly event: Event;
};

const action = (
  from: ActionState,
  event: ActionEvent,
  to: ActionState,
  by: readonly Mover[],
  node: Node = 'here',
): Move<ActionState, ActionEvent> => ({ from, event, to, by, node });

/** Every legal move of an action. Anything else is refused, and in a ledger it is damage. */
export const ACTION_MOVES: readonly Move<ActionState, ActionEvent>[] = [
  action('proposed', 'APPROVED', 'approved', ['person', 'executor']),
  action('proposed', 'WANTED', 'wanted', ['sync'], 'any'),
  action('proposed', 'HELD', 'held', ['executor']),
  action('proposed', 'REJECTED', 'rejected', ['person', 'sync'], 'any'),
  action('proposed', 'EXPIRED', 'expired', ['executor']),
  action('proposed', 'SUPERSEDED', 'superseded', ['executor']),
  action('wanted', 'APPROVED', 'approved', ['person']),
  action('wanted', 'REJECTED', 'rejected', ['person', 'sync'], 'any'),
  action('wanted', 'EXPIRED', 'expired', ['executor']),
  action('wanted', 'SUPERSEDED', 'superseded', ['executor']),
  action('held', 'HELD', 'held', ['executor']),
  action('held', 'APPROVED', 'approved', ['executor', 'person']),
  action('held', 'REJECTED', 'rejected', ['person', 'sync'], 'any'),
  action('held', 'SUPERSEDED', 'superseded', ['executor']),
  action('approved', 'CAPPED', 'capped', ['executor']),
  action('approved', 'SUPERSEDED', 'superseded', ['executor']),
  action('approved', 'INTENT', 'executing', ['executor']),
  action('approved', 'REJECTED', 'rejected', ['person']),
  action('approved', 'EXPIRED', 'expired', ['executor']),
  action('approved', 'NOT_SENT', 'failed', ['executor']),
  action('capped', 'CAPPED', 'capped', ['executor']),
  action('capped', 'INTENT', 'executing', ['executor']),
  action('capped', 'REJECTED', 'rejected', ['person']),
  action('capped', 'EXPIRED', 'expired', ['executor']),
  action('capped', 'SUPERSEDED', 'superseded', ['executor']),
  action('capped', 'NOT_SENT', 'failed', ['executor']),
  action('executing', 'CONFIRMED', 'confirmed', ['executor']),
  action('executing', 'NOT_SENT_RETRY', 'retrying', ['executor']),
  action('executing', 'NOT_SENT', 'failed', ['executor']),
  action('executing', 'UNKNOWN', 'unknown', ['executor']),
  action('retrying', 'CAPPED', 'capped', ['executor']),
  action('retrying', 'INTENT', 'executing', ['executor']),
  action('retrying', 'REJECTED', 'rejected', ['person']),
  action('retrying', 'EXPIRED', 'expired', ['executor']),
  action('retrying', 'NOT_SENT', 'failed', ['executor']),
  action('expired', 'SUPERSEDED', 'superseded', ['executor']),
  action('unknown', 'CONFIRMED', 'confirmed', ['executor', 'person']),
  action('unknown', 'NOT_SENT_RETRY', 'retrying', ['executor', 'person']),
  action('unknown', 'NOT_SENT', 'failed', ['executor', 'person']),
];

/** The state after an event, or undefined where the event is not legal. */
export function nextActionState(from: ActionState, event: ActionEvent): ActionState | undefined {
  return ACTION_MOVES.find(move => move.from === from && move.event === event)?.to;
}

/** Where a person finds the approval note while the action is in a state. */
export const ACTION_HOME: Readonly<Record<ActionState, string>> = {
  proposed: FOLDERS.pending,
  wanted: FOLDERS.pending,
  held: FOLDERS.outbox,
  approved: FOLDERS.approved,
  capped: FOLDERS.approved,
  executing: FOLDERS.approved,
  retrying: FOLDERS.approved,
  unknown: FOLDERS.approved,
  confirmed: FOLDERS.done,
  failed: FOLDERS.failed,
  rejected: FOLDERS.rejected,
  expired: FOLDERS.rejected,
  superseded: FOLDERS.rejected,
};

const SETTLED: ReadonlySet<ActionState> = new Set(['confirmed', 'failed', 'rejected', 'expired', 'superseded']);

/** Whether nothing more can happen to the action. */
export const isSettled = (state: ActionState): boolean => SETTLED.has(state);

export type TaskState =
  | 'new'
  | 'working'
  | 'asking'
  | 'waiting'
  | 'retrying'
  | 'paused'
  | 'done'
  | 'failed'
  | 'rejected'
  | 'quarantined';
type TaskEvent =
  | 'DROPPED'
  | 'TAKEN'
  | 'ASKED'
  | 'ANSWERED'
  | 'PROPOSED'
  | 'RESULTS'
  | 'BRAIN_DOWN'
  | 'RETRIED'
  | 'PAUSED'
  | 'UNPAUSED'
  | 'CLOSED'
  | 'UNREADABLE'
  | 'REOPENED';

const task = (
  from: TaskState,
  event: TaskEvent,
  to: TaskState,
  by: readonly Mover[],
  node: Node = 'here',
): Move<TaskState, TaskEvent> => ({
  from,
  event,
  to,
  by,
  node,
});

/** Every legal move of a task. */
export const TASK_MOVES: readonly Move<TaskState, TaskEvent>[] = [
  task('new', 'TAKEN', 'working', ['planner']),
  task('new', 'UNREADABLE', 'quarantined', ['planner']),
  task('quarantined', 'REOPENED', 'new', ['person'], 'any'),
  task('working', 'ASKED', 'asking', ['planner']),
  task('working', 'PROPOSED', 'waiting', ['planner']),
  task('working', 'BRAIN_DOWN', 'retrying', ['planner']),
  task('asking', 'ANSWERED', 'working', ['person'], 'any'),
  task('waiting', 'RESULTS', 'working', ['executor']),
  task('retrying', 'RETRIED', 'working', ['planner']),
  task('working', 'PAUSED', 'paused', ['person']),
  task('paused', 'UNPAUSED', 'working', ['person']),
  task('working', 'CLOSED', 'done', ['executor']),
  task('working', 'CLOSED', 'failed', ['executor']),
  task('working', 'CLOSED', 'rejected', ['executor']),
  task('failed', 'REOPENED', 'new', ['person'], 'any'),
  task('rejected', 'REOPENED', 'new', ['person'], 'any'),
];

/** How a finished task is filed: the folder tells the worst that happened to any of its actions. */
export type Verdict = 'done' | 'rejected' | 'failed';

/**
 * `Done/` needs a receipt for every action. One failure makes the task failed; one refusal (or a lapse, which is a
 * refusal by silence) makes it rejected. Actions that were replaced by others do not count.
 */
export function verdictOf(actions: readonly ActionState[], intended: Verdict): Verdict {
  const counted = actions.filter(state => state !== 'superseded');
  if (intended === 'failed' || counted.some(state => state === 'failed' || !isSettled(state))) return 'failed';
  if (intended === 'rejected' || counted.some(state => state !== 'confirmed')) return 'rejected';
  return 'done';
}

export const VERDICT_HOME: Readonly<Record<Verdict, string>> = {
  done: FOLDERS.done,
  rejected: FOLDERS.rejected,
  failed: FOLDERS.failed,
};
