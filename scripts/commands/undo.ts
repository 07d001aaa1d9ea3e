import { userInfo } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Environment } from '../../core/config.ts';
import { actionName, type Envelope } from '../../core/envelope.ts';
import { terminalLine } from '../../core/inert.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { type Failure, fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { Spool } from '../../core/spool.ts';
import { isLocked } from '../../core/state-folder.ts';
import { type ActionState, isSettled } from '../../core/states.ts';
import { undoTask } from '../../orchestrator/approve/undo.ts';
import { Book } from '../../orchestrator/execute/book.ts';
import { tellIfDown } from './find.ts';

/** Milliseconds for which the command waits to say what became of the question. */
const PATIENCE = 10_000;
const LOOKS = 50;
const MOST_LISTED = 8;

type Known = { readonly envelope: Envelope; undo: string | undefined };
type Records = { readonly book: Book; readonly actions: ReadonlyMap<string, Known> };

/** Has an action that was done taken back: the way back is asked for as an action of its own. */
export async function undo(environment: Environment, given: string): Promise<number> {
  const opened = openVault(environment);
  if (!opened.ok) return refuse(opened.failure);
  const { state } = opened.value;
  const records = readRecords(state.ledger);
  const found = findDone(records, given);
  if (!found.ok) return refuse(found.failure);
  const { envelope } = found.value;
  const task = freeTask(records.book, envelope.id);
  if (!task.ok) return refuse(task.failure);
  new Spool(state.executorSpool, state.tmp).put(`person-${task.value}`, {
    ...{ kind: 'undo', task: task.value, of: envelope.id, by: userInfo().username },
  });
  process.stdout.write(`undo  ${task.value}-a1  ${terminalLine(envelope.title)}\n`);
  tellIfDown(state);
  if (!isLocked(state, 'executor')) return EXIT.ok;
  return tellWhatBecame(state.ledger, `${task.value}-a1`);
}

function readRecords(ledger: string): Records {
  const book = new Book();
  const actions = new Map<string, Known>();
  for (const record of new JournalReader(ledger, LedgerRecord).each()) {
    book.apply(record);
    const { body } = record;
    if (body.kind === 'PROPOSED') actions.set(body.envelope.id, { envelope: body.envelope, undo: undefined });
    const known = 'id' in body ? actions.get(body.id) : undefined;
    if (known !== undefined && body.kind === 'CONFIRMED') known.undo = body.undo?.action;
  }
  return { book, actions };
}

const stateOf = ({ actions, past }: Book, id: string): ActionState | undefined =>
  actions.get(id)?.state ?? past.get(id);

/** The one action that is meant and was done with a way back; else why there is none. */
function findDone({ book, actions }: Records, given: string): Result<Known> {
  const wanted = given
    .trim()
    .replace(/^.*\//, '')
    .replace(/\.md$/, '')
    .replace(/-receipt-(?=\d)/, '-approval-');
  const fitting = [...actions].filter(
    ([id, { envelope }]) =>
      wanted !== '' &&
      (id.startsWith(wanted) || id.replace(/^[a-z0-9]+-/, '').startsWith(wanted) || envelope.note === wanted),
  );
  const exact = fitting.filter(([id]) => id === wanted);
  const done = (exact.length > 0 ? exact : fitting).filter(([id]) => stateOf(book, id) === 'confirmed');
  const back = done.filter(([, { undo: way }]) => way !== undefined);
  const [first] = back;
  if (first !== undefined && back.length === 1) return ok(first[1]);
  if (first !== undefined) {
    const ids = back.slice(0, MOST_LISTED).map(([id]) => id);
    return fail('invalid', `“${given}” fits more than one thing that was done: ${ids.join(', ')}.`);
  }
  const [none] = done;
  if (none !== undefined) {
    const { envelope } = none[1];
    const why = `“${envelope.title}” left no way back: ${actionName(envelope)} names none.`;
    return fail('denied', why, `What was done stands in its receipt:  steward why ${envelope.id}`);
  }
  const [open] = fitting;
  const state = open === undefined ? undefined : stateOf(book, open[0]);
  if (open === undefined || state === undefined) {
    return fail('invalid', `Nothing was done under “${given}”.`, 'Ids stand in receipts and in  steward log');
  }
  if (isSettled(state))
    return fail('denied', `${open[0]} was never done (${state}), so there is nothing to take back.`);
  return fail('denied', `${open[0]} is not done (${state}).`, `To have it not done:  steward reject ${open[0]}`);
}

/** The task under which it is asked, unless it is asked or taken back already. */
function freeTask(book: Book, id: string): Result<string> {
  for (let round = 1; ; round += 1) {
    const task = undoTask(id, round);
    const ids = [...book.actions.keys(), ...book.past.keys()].filter(
      one => one === `${task}-a1` || one.startsWith(`${task}-a1-`),
    );
    const open = ids.find(one => book.actions.has(one) && !isOver(book.actions.get(one)?.state));
    if (open !== undefined)
      return fail('denied', `That is asked already, as ${open}.`, `Say yes to it:  steward approve ${open}`);
    const back = ids.find(one => stateOf(book, one) === 'confirmed');
    if (back !== undefined)
      return fail('denied', `That was taken back already, by ${back}.`, `To have it done again:  steward undo ${back}`);
    if (ids.length === 0 && !book.refused.has(`${task}-a1`)) return ok(task);
  }
}

/** A lapsed one still asks whether it shall be asked again. */
const isOver = (state: ActionState | undefined): boolean =>
  state !== undefined && isSettled(state) && state !== 'expired';

/** Says, while Steward runs, whether it is asked, done by policy, or refused; a refusal is a failure of the command. */
async function tellWhatBecame(ledger: string, id: string): Promise<number> {
  const reader = new JournalReader(ledger, LedgerRecord);
  const until = performance.now() + PATIENCE;
  while (performance.now() < until) {
    for (const { body } of reader.each()) {
      if (body.kind === 'PROPOSED' && body.envelope.id === id) {
        const how =
          body.envelope.zone === 'red'
            ? `It waits for your yes:  steward approve ${id}`
            : 'Your policy lets it be done.';
        process.stderr.write(`${terminalLine(body.envelope.title)}. ${how}\n`);
        return EXIT.ok;
      }
      if (body.kind !== 'REFUSED' || body.id !== id) continue;
      process.stderr.write(`${terminalLine(`It cannot be taken back: ${body.why}`)}\n`);
      return EXIT.failure;
    }
    await wait(LOOKS);
  }
  process.stderr.write('Steward is busy; it is asked as soon as it gets to it.\n');
  return EXIT.ok;
}

function refuse(failure: Failure): number {
  process.stderr.write(`${terminalLine(sentence(failure))}\n`);
  return EXIT.usage;
}
