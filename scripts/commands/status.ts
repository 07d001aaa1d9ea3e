import path from 'node:path';
import type { Environment } from '../../core/config.ts';
import { lstatOf } from '../../core/durable.ts';
import { terminalLine } from '../../core/inert.ts';
import { minuteOf } from '../../core/names.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { ok, type Result, sentence } from '../../core/outcome.ts';
import { isLocked } from '../../core/state-folder.ts';
import { FILES, FOLDERS } from '../../core/states.ts';
import { brainName } from '../../orchestrator/think/brain-name.ts';
import { type ActionView, LedgerView } from '../../orchestrator/think/ledger-view.ts';
import { isAnswered } from '../../orchestrator/think/outcomes.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { type ChannelTold, channelsOf } from './channels.ts';
import { goOn, statusText } from './status-text.ts';

export type Waiting = {
  readonly id: string;
  readonly kind: 'approval' | 'question' | 'retry' | 'held' | 'capped' | 'approved';
  readonly title: string;
  readonly note: string;
  readonly since: string;
  /** When a held action is done unless it is refused; until when one over a cap waits, and why; that it is wanted elsewhere. */
  readonly until?: string;
  readonly why?: string;
  /** What an answer must begin with, where only that is understood. */
  readonly choices?: readonly string[];
};

export type Status = {
  readonly ready: boolean;
  readonly node: string;
  readonly brain: string;
  readonly waiting: readonly Waiting[];
  /** `paused` says why a task is left alone until a person resumes it. */
  readonly working: readonly {
    readonly id: string;
    readonly title: string;
    readonly since: string;
    readonly paused?: string;
  }[];
  readonly failed: readonly { readonly title: string; readonly at: string }[];
  readonly stopped: string | null;
  /** Channels at which nothing is begun until a person resumes them. */
  readonly paused: readonly { readonly channel: string; readonly why: string; readonly since: string }[];
  /** What Steward is connected with. */
  readonly channels: readonly ChannelTold[];
  readonly next_due: string | null;
  /** How much waits for a retry by itself, and for no person. */
  readonly retrying: number;
  /** What is approved and not begun, though nothing but the machine is in the way. */
  readonly unbegun: number;
  /** Approvals that have lapsed: deciding on one asks it again. */
  readonly lapsed: readonly Waiting[];
};

/** How things stand, from the ledger and the journals; reads only. */
export function readStatus(environment: Environment): Result<Status> {
  const opened = openVault(environment);
  if (!opened.ok) return opened;
  const { root, state, config } = opened.value;
  const ledger = new LedgerView(state.ledger);
  ledger.refresh();
  const tasks = TaskJournal.readOpen(state).filter(({ handedTo }) => handedTo === undefined);
  const actions = [...ledger.actions.values()];
  const asApproval = ({ id, title, note, since, state: stands }: ActionView): Waiting => ({
    id,
    kind: 'approval',
    title,
    note: `${FOLDERS.pending}/${note}.md`,
    since,
    ...(stands === 'wanted' ? { why: 'Wanted from another device: confirm it here.' } : {}),
  });
  const approvals = actions.filter(action => action.state === 'proposed' || action.state === 'wanted').map(asApproval);
  const asked = tasks.flatMap(task =>
    task.asked
      .filter(one => !isAnswered(task, one))
      .map(
        ({ question, title, note }): Waiting => ({
          id: question,
          kind: 'question',
          title: `${title} (${task.taken.title})`,
          note: `${FOLDERS.questions}/${note}.md`,
          since: task.since,
        }),
      ),
  );
  const questions = [...ledger.questions.values()].map(
    ({ id, title, note, choices, at }): Waiting => ({
      id,
      choices,
      kind: 'question',
      title,
      note: `${FOLDERS.questions}/${note}.md`,
      since: at,
    }),
  );
  const retries = actions
    .filter(({ state: now }) => now === 'retrying')
    .map(
      ({ id, title, note, since }): Waiting => ({
        id,
        kind: 'retry',
        title,
        note: `${FOLDERS.approved}/${note}.md`,
        since,
      }),
    );
  const passing = actions.flatMap(({ id, title, note, since, state: now, due, text }): Waiting[] => {
    const until = due === undefined ? {} : { until: due };
    if (now === 'held') return [{ id, kind: 'held', title, note: `${FOLDERS.outbox}/${note}.md`, since, ...until }];
    if (now !== 'capped') return [];
    return [{ id, kind: 'capped', title, note: `${FOLDERS.approved}/${note}.md`, since, why: text, ...until }];
  });
  const begins = actions.filter(({ state: now }) => now === 'approved');
  const approved = begins.map(
    ({ id, title, note, since }): Waiting => ({
      ...{ id, kind: 'approved', title, note: `${FOLDERS.approved}/${note}.md`, since },
    }),
  );
  const stopped = whyStopped(environment, root, ledger);
  const isFree = ({ server }: ActionView): boolean => stopped === null && !ledger.paused.has(server);
  const down = tasks.filter(task => task.down !== undefined && task.paused === undefined);
  // What was asked to be read and is not answered yet waits for its server.
  const reading = tasks.filter(
    task => task.paused === undefined && task.openCalls.some(({ tool }) => tool.startsWith('read_')),
  );
  const due = [...actions.map(action => action.due), ...down.map(task => task.down?.next)]
    .filter(at => at !== undefined)
    .sort();
  const running = isLocked(state, 'planner') && isLocked(state, 'executor') && isLocked(state, 'watchers');
  return ok({
    ready: running,
    node: config.node,
    brain: brainName(config.brain, environment),
    waiting: [...approvals, ...asked, ...questions, ...retries, ...approved, ...passing],
    working: tasks.map(({ id, taken, since, paused }) => ({
      ...{ id, title: taken.title, since },
      ...(paused === undefined ? {} : { paused: paused.why }),
    })),
    failed: ledger.recent.filter(({ verdict }) => verdict === 'failed').map(({ title, at }) => ({ title, at })),
    stopped,
    paused: [...ledger.paused].map(([channel, { why, at }]) => ({ channel, why, since: at })),
    channels: channelsOf(config, state),
    next_due: due[0] ?? null,
    retrying:
      actions.filter(action => action.state === 'retrying' && isFree(action)).length +
      down.length +
      (stopped === null ? reading.length : 0),
    unbegun: begins.filter(isFree).length,
    lapsed: actions.filter(action => action.state === 'expired' && !action.released).map(asApproval),
  });
}

/** Why nothing is done: by the environment, by the ledger, or by the note where the ledger does not know of it. */
function whyStopped({ enabled }: Environment, root: string, ledger: LedgerView): string | null {
  if (!enabled) return 'STEWARD_ENABLED is false.';
  return ledger.stopped ?? (lstatOf(path.join(root, FILES.stop)) === undefined ? null : `See ${FILES.stop}.`);
}

/** One line for each thing that waits. */
export function printWaiting(status: Status): void {
  if (status.stopped !== null)
    process.stdout.write(`stopped   ${terminalLine(status.stopped)} Go on with: ${goOn(status.stopped)}\n`);
  for (const { channel, why } of status.paused)
    process.stdout.write(`paused    ${channel}: ${terminalLine(why)} Go on with: steward resume ${channel}\n`);
  for (const { kind, id, title, note, until, why } of status.waiting) {
    const when = until === undefined ? '' : `  (${kind === 'held' ? 'done at' : 'until'} ${minuteOf(until)})`;
    process.stdout.write(`${kind.padEnd(9)} ${id}  ${terminalLine(title)}${when}  →  ${note}\n`);
    if (why !== undefined) process.stdout.write(`${' '.repeat(10)}${terminalLine(why)}\n`);
  }
}

export function status(environment: Environment, asJson: boolean): number {
  const read = readStatus(environment);
  if (!read.ok) {
    process.stderr.write(`${sentence(read.failure)}\n`);
    return EXIT.usage;
  }
  const now = read.value;
  if (asJson) {
    process.stdout.write(`${JSON.stringify(now)}\n`);
    return EXIT.ok;
  }
  const { isTTY, columns } = process.stdout;
  const width = isTTY ? columns || 80 : undefined;
  process.stdout.write(statusText(now, new Date(), { width, colour: environment.colour }));
  return EXIT.ok;
}
