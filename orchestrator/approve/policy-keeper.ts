import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
import { readStrictly } from '../../core/durable.ts';
import { secretIn } from '../../core/guarded.ts';
import type { Swept } from '../../core/loop.ts';
import { isCloud } from '../../core/node-role.ts';
import { notice } from '../../core/notices.ts';
import { type Result, sentence } from '../../core/outcome.ts';
import type { Policy } from '../../core/policy.ts';
import { type ActionState, FILES, isSettled, verdictOf } from '../../core/states.ts';
import type { Note } from '../../core/vault.ts';
import { policyThatHolds } from '../decide/held-policy.ts';
import { loosenings } from '../decide/policy/compare.ts';
import { parsePolicy } from '../decide/policy/parse.ts';
import { isOwn, POLICY_CHANGE } from '../decide/policy-change.ts';
import type { Action } from '../execute/book.ts';
import type { ExecutorContext } from '../execute/context.ts';
import { propose } from './propose.ts';

const SHIPPED = path.resolve(import.meta.dirname, '..', '..', 'vault-template', FILES.policies);
const NOTHING: Swept = { moved: false, settlesIn: undefined };
/** States in which a change of policy can still be taken back without a trace of it. */
const UNDONE: readonly ActionState[] = ['proposed', 'wanted', 'approved', 'expired'];
const TASK = /^policy-[0-9a-f]{12}$/;
const GOES_ON = 'what held before goes on holding.';

type Seen = { readonly key: string; readonly note: Note; readonly policy: Result<Policy> };

/**
 * Follows `Policies.md`. What is stricter holds at once; what is looser holds once the person approved it; until then,
 * and while it cannot be read, what held before goes on holding.
 */
export class PolicyKeeper {
  readonly #context: ExecutorContext;
  #seen: Seen | undefined;
  /** The text that could not be put before the person. */
  #unaskable: string | undefined;
  /** What is wrong, as it was told last; undefined before anything was looked at. */
  #told: string | undefined;

  constructor(context: ExecutorContext) {
    this.#context = context;
  }

  async look(): Promise<Swept> {
    const { ledger } = this.#context;
    const closed = await this.#close();
    const found = this.#read();
    if (typeof found === 'number') return { moved: closed, settlesIn: found };
    const { book } = ledger;
    const text = found?.note.sha256;
    const asked = [...book.actions.values()].filter(({ proposed, state }) => isOwn(proposed) && !isSettled(state));
    const stale = asked.filter(({ proposed }) => proposed.arguments.sha256 !== text);
    const taken = await this.#takeBack(stale.filter(({ state }) => UNDONE.includes(state)));
    if (found === undefined || text === book.policy?.sha256) {
      if (found !== undefined) this.#tell('');
      return { ...NOTHING, moved: closed || taken };
    }
    if (asked.length > stale.length) return { ...NOTHING, moved: closed || taken };
    return { ...NOTHING, moved: (await this.#take(found)) || closed || taken };
  }

  /** Takes in a text that is not the one that holds. */
  async #take({ note, policy }: Seen): Promise<boolean> {
    const { ledger, log, person } = this.#context;
    const { book } = ledger;
    const until = book.policy === undefined ? 'Until then everything is asked.' : `Until then ${GOES_ON}`;
    if (!policy.ok) return this.#tell(`${sentence(policy.failure)} ${until}`);
    const secret = secretIn(note.text);
    if (secret !== undefined)
      return this.#tell(`${FILES.policies} holds ${secret}, which never goes on record. Take it out. ${until}`);
    const looser = loosenings(policyThatHolds(book).policy, policy.value);
    const isFirst = book.policy === undefined && note.sha256 === shipped();
    if (looser.length === 0 || isFirst) {
      const by = isFirst ? 'steward' : person;
      await ledger.record({ kind: 'POLICY', sha256: note.sha256, text: note.text, by });
      this.#tell('');
      if (!isFirst) log.event(`policy     ${FILES.policies} holds as it is now`);
      return true;
    }
    if (book.refusedPolicy === note.sha256)
      return this.#tell(`${FILES.policies} allows more than you agreed to; ${GOES_ON} Change it back, or anew.`);
    if (this.#unaskable === note.sha256)
      return this.#tell(`${FILES.policies} allows more, and cannot be put before you as it is. Change it; ${GOES_ON}`);
    // Nobody decides on a cloud node, and what it is not let do it prepares for the node where somebody does.
    if (isCloud(this.#context.config)) {
      log.trouble('policy here', `${FILES.policies} allows more than before; on this node ${GOES_ON}`);
      return this.#tell('');
    }
    this.#tell('');
    return this.#ask(note, looser);
  }

  /** Says what is wrong, where it is seen, until it is mended; nothing is wrong where it is empty. */
  #tell(wrong: string): false {
    const { log, state } = this.#context;
    if (wrong === '') log.clear('policy');
    else log.trouble('policy', wrong);
    if (this.#told !== wrong) notice(state, 'policy', wrong === '' ? undefined : wrong);
    this.#told = wrong;
    return false;
  }

  async #ask(note: Note, loosens: readonly string[]): Promise<boolean> {
    const { ledger, syncers, brought } = this.#context;
    // A text may be asked about again after it was refused and changed meanwhile: an id of its own for each time.
    const mark = sha256(`${note.sha256} ${ledger.head.seq}`).slice(0, 12);
    const isOthers = syncers().length > 0 || brought?.isAnywhere(note.sha256) === true;
    const origin = { kind: isOthers ? 'unknown' : 'person' } as const;
    const id = `policy-${mark}-a1`;
    const asked = await propose(
      {
        ...{ id, task: `policy-${mark}`, task_note: 'Policies', plan_note: 'policies' },
        ...{ note: `policies-${mark}-approval-1`, ...POLICY_CHANGE },
        arguments: { loosens: [...loosens], sha256: note.sha256, text: note.text },
        origins: { loosens: origin, sha256: origin, text: origin },
        ...{ brain: 'steward', exposure: { untrusted: [], private: [] }, source: 'person' },
      },
      this.#context,
    );
    // Once, and not again at each look.
    if (ledger.book.refused.has(id)) this.#unaskable = note.sha256;
    return asked;
  }

  /** What is asked about a text that no longer stands in `Policies.md` is no longer asked. */
  async #takeBack(stale: readonly Action[]): Promise<boolean> {
    const { ledger } = this.#context;
    for (const { id } of stale) {
      await ledger.record({ kind: 'SUPERSEDED', id, why: `${FILES.policies} says something else by now.` });
    }
    return stale.length > 0;
  }

  /** A change of policy is a task of its own, with no planner that could close it. */
  async #close(): Promise<boolean> {
    const { book } = this.#context.ledger;
    let closed = false;
    for (const task of book.openTasks().filter(id => TASK.test(id))) {
      const states = book.statesOf(task);
      if (book.isTaskClosed(task) || !states.every(isSettled) || book.hasOpenQuestion(task)) continue;
      const verdict = verdictOf(states, states.includes('confirmed') ? 'done' : 'rejected');
      const why = verdict === 'done' ? 'You let it hold.' : 'What held before goes on holding.';
      await this.#context.ledger.record({ kind: 'CLOSED', task, title: FILES.policies, verdict, why, notes: [] });
      closed = true;
    }
    return closed;
  }

  /** What `Policies.md` says once nobody is writing in it; milliseconds until then; undefined where it is not there. */
  #read(): Seen | number | undefined {
    const { vault, settle, config } = this.#context;
    const stats = vault.stats(FILES.policies);
    if (stats === undefined) {
      this.#tell(`${FILES.policies} is not there; ${GOES_ON}`);
      return undefined;
    }
    const key = `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}`;
    if (this.#seen?.key === key) return this.#seen;
    const wait = settle.wait(FILES.policies, stats, config.settle.note * 1000);
    const read = vault.read(FILES.policies);
    // Whoever is writing has not begun: it is what holds, or in a new vault what came with it.
    const held = this.#context.ledger.book.policy?.sha256 ?? shipped();
    if (wait > 0 && !(read.ok && read.value.sha256 === held)) return wait;
    if (!read.ok) {
      this.#tell(`${sentence(read.failure)} Until then ${GOES_ON}`);
      return undefined;
    }
    this.#seen = { key, note: read.value, policy: parsePolicy(read.value.text) };
    return this.#seen;
  }
}

/** The digest of the text that a new vault gets. */
function shipped(): string | undefined {
  const read = readStrictly(SHIPPED, 1024 * 1024);
  return read.kind === 'read' ? sha256(read.bytes) : undefined;
}
