import path from 'node:path';
import { canonicalJson, sha256 } from '../../core/digest.ts';
import { isTrustedOrigin, NoteName, type Origin } from '../../core/envelope.ts';
import { ABOUT_HANDOVER, isHandover, parseHandover } from '../../core/handover-note.ts';
import { proseLine, quoted } from '../../core/inert.ts';
import { verifyNode } from '../../core/node-signature.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import { parseJsonStrictly } from '../../core/strict-json.ts';
import type { PlannerContext } from './context.ts';
import { Handover } from './handover.ts';
import { TaskJournal } from './task-journal.ts';
import { type Taken, TaskJson, type TaskRecord } from './task-record.ts';

const UNKNOWN: Origin = { kind: 'unknown' };

/**
 * Takes over what other nodes handed to this one. Their word is checked, and what they say of a task is text that
 * somebody else may have written: it vouches for nothing, and it decides nothing.
 */
export class Takeovers {
  readonly #context: PlannerContext;
  /** Notes that need not be looked at again: path → their mark. */
  readonly #settled = new Map<string, string>();

  constructor(context: PlannerContext) {
    this.#context = context;
  }

  /** The tasks that begin here now; `open`: those that did before. To be called ahead of every step of theirs. */
  async take(open: ReadonlyMap<string, TaskJournal>): Promise<readonly TaskJournal[]> {
    const { vault, config, log } = this.#context;
    const taken: TaskJournal[] = [];
    for (const node of Object.keys(config.peers)) {
      for (const { name, kind } of vault.list(`${FOLDERS.updates}/${node}`)) {
        const place = `${FOLDERS.updates}/${node}/${name}`;
        const stats = kind === 'file' && isHandover(name) ? vault.stats(place) : undefined;
        if (stats === undefined) continue;
        const mark = `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
        if (this.#settled.get(place) === mark) continue;
        const read = await this.#read(place, node);
        if (!read.ok && read.failure.kind === 'retryable') continue;
        if (read.ok && !this.#isReady(read.value)) continue;
        this.#settled.set(place, mark);
        if (!read.ok) log.trouble(place, `${place} does not count: ${sentence(read.failure)} It can be deleted.`);
        else taken.push(...this.#begin(read.value, open));
      }
    }
    return taken;
  }

  async #read(place: string, node: string): Promise<Result<Handover>> {
    const { vault, state, config } = this.#context;
    const read = vault.read(place);
    const note = read.ok ? parseHandover(read.value.text) : read;
    if (!note.ok) return note;
    const vaultId = path.basename(state.root);
    const { from, signature, text } = note.value;
    const statement = { vault: vaultId, node: from, about: ABOUT_HANDOVER, digest: sha256(text) };
    const word = await verifyNode(statement, signature, config.peers, state.tmp);
    if (!word.ok) return word;
    const parsed = parseJsonStrictly(text);
    const handover = parsed.ok ? Handover.safeParse(parsed.value) : undefined;
    if (handover?.success !== true)
      return fail('invalid', `“${from}” told of a task in a form that is not known here.`);
    const told = handover.data;
    const isMeant = told.vault === vaultId && told.from === node && from === node && told.to === config.node;
    if (!isMeant) return fail('denied', 'It is not for this node, or not from the one in whose folder it lies.');
    const [first] = told.records;
    if (first?.kind !== 'TAKEN' || first.id !== told.task) return fail('invalid', 'It does not say what the task is.');
    if (!isFitting(told, first)) return fail('denied', 'It names notes that are none of that task’s.');
    return ok(told);
  }

  /** Whether everything that it speaks of has come: the task’s note, and what was prepared for this node. */
  #isReady({ task, note, records }: Handover): boolean {
    const { vault, state, ledger, claims } = this.#context;
    if (TaskJournal.isKnown(state, task)) return true;
    const open = records.filter(
      one =>
        one.kind === 'PROPOSED' && !records.some(other => other.kind === 'RESULT' && other.result.call === one.call),
    );
    const hasCome = vault.exists(note) && open.every(one => one.kind === 'PROPOSED' && ledger.actions.has(one.action));
    const [first] = records;
    // The other node lets go of it once it has said so here.
    return hasCome && first?.kind === 'TAKEN' && claims.ask(note, first.stem) === 'yes';
  }

  #begin({ task: id, from, note, records }: Handover, open: ReadonlyMap<string, TaskJournal>): readonly TaskJournal[] {
    const { state, now, log } = this.#context;
    const [first, ...rest] = records;
    if (first?.kind !== 'TAKEN') return [];
    const told: TaskRecord = { kind: 'SHOWN', exposure: { untrusted: [`node ${from}`], private: [] } };
    const all = [told, ...rest.flatMap(withoutTrust)];
    if (TaskJournal.isKnown(state, id)) {
      // It was begun here before. Where a crash came between its first record and the others, they are missing.
      const [, ...have] = TaskJournal.recordsOf(state, id);
      const isCut = have.every(({ body }, at) => sameRecord(body, all[at])) && have.length < all.length;
      if (isCut) open.get(id)?.record(...all.slice(have.length));
      return [];
    }
    const task = TaskJournal.open(state, id, now, this.#taken(first, note));
    if (task === undefined) return [];
    task.record(...all);
    log.event(`takes over ${task.taken.title} from ${from}`);
    return [task];
  }

  /** Where the note stands by what this node sees, and whose word it is by what this node knows. */
  #taken({ file, origin, ...taken }: Taken, note: string): Taken {
    const { vault, brought } = this.#context;
    const read = vault.read(note);
    const isHere = taken.own && read.ok && brought?.isAnywhere(read.value.sha256) !== true;
    const theirs = isTrustedOrigin(origin) ? UNKNOWN : origin;
    const isDropped = file !== undefined && /^Inbox\/[^/]/.test(file.path) && !file.path.split('/').includes('..');
    return {
      ...{ ...taken, note, origin: isHere ? { kind: 'person' } : theirs },
      ...(read.ok ? { sha256: read.value.sha256 } : {}),
      ...(isDropped ? { file } : {}),
    };
  }
}

const sameRecord = (one: TaskRecord, other: TaskRecord | undefined): boolean =>
  other !== undefined && canonicalJson(TaskJson.parse(one)) === canonicalJson(TaskJson.parse(other));

/** Whether every name in it is that of a note of the task: what is taken over is moved and filed by these names. */
function isFitting({ task, note, from, records }: Handover, { own, stem }: Taken): boolean {
  const [, folder, name = ''] = /^(.+)\/([^/]+)\.md$/.exec(note) ?? [];
  const isPlace = own
    ? folder === FOLDERS.needsAction
    : folder === `${FOLDERS.inProgress}/${from}` && NoteName.safeParse(name).success && stem.startsWith(name);
  return (
    isPlace &&
    !/^(undo|policy|after)-/.test(task) &&
    NoteName.safeParse(stem).success &&
    records.every(
      one =>
        (one.kind !== 'PROPOSED' || (one.action.startsWith(`${task}-a`) && one.note.startsWith(stem))) &&
        (one.kind !== 'ASKED' || (one.question.startsWith(`${task}-q`) && one.note.startsWith(stem))) &&
        ((one.kind !== 'PROPOSED' && one.kind !== 'ASKED') || NoteName.safeParse(one.note).success),
    )
  );
}

/** A record of another node’s, as far as it counts here: what it vouches for is not vouched for, and what it ended is not. */
function withoutTrust(record: TaskRecord): readonly TaskRecord[] {
  switch (record.kind) {
    case 'TAKEN':
    case 'HANDED':
    case 'HANDED_OVER':
    case 'PAUSED':
    case 'UNPAUSED':
    case 'BRAIN_DOWN':
    case 'FELL_BACK':
    case 'GIVEN_UP':
      return [];
    case 'RESULT': {
      const { origin } = record.result;
      if (origin === undefined || !isTrustedOrigin(origin)) return [record];
      return [{ ...record, result: { ...record.result, origin: UNKNOWN } }];
    }
    case 'RECALLED':
      return [{ ...record, notes: record.notes.map(note => ({ ...note, origin: UNKNOWN })) }];
    case 'ANSWERED':
      return [{ ...record, elsewhere: true }];
    case 'REVISED':
      return [{ ...record, elsewhere: true }];
    case 'ASKED': {
      const { title, context, choices } = record;
      return [{ ...record, title: proseLine(title), context: quoted(context), choices: choices.map(proseLine) }];
    }
    default:
      return [record];
  }
}
