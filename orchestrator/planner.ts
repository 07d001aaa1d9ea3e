import { readdirSync } from 'node:fs';
import type { Brain } from '../core/brain.ts';
import { ALONE, type TaskClaims } from '../core/claims.ts';
import { handoverName } from '../core/handover-note.ts';
import { type Swept, sooner } from '../core/loop.ts';
import { isCloud, roleWorksHere } from '../core/node-role.ts';
import { sentence } from '../core/outcome.ts';
import { Arrivals } from '../core/seen.ts';
import type { Spool } from '../core/spool.ts';
import { clauseOf } from '../core/system-error.ts';
import { claimFor, giveUp } from './claim/shared.ts';
import { homeOf, takeTasks } from './claim/take.ts';
import { Memory } from './memory/memory.ts';
import { Dashboard } from './report/dashboard.ts';
import { lookAround } from './schedule/look.ts';
import { Morning } from './schedule/morning.ts';
import { StandingNote } from './schedule/standing-note.ts';
import { advance } from './think/advance.ts';
import { Brains } from './think/brains.ts';
import type { PlannerContext } from './think/context.ts';
import { isModel } from './think/exposure.ts';
import { filedIn, handOver, heirOf } from './think/hand-over.ts';
import { Jobs } from './think/jobs.ts';
import { takePause } from './think/pause.ts';
import { planPath, writePlan } from './think/plan-note.ts';
import { questionPath, takeAnswer, writeQuestion } from './think/questions.ts';
import { takeReading } from './think/read.ts';
import { ownChange } from './think/revise.ts';
import { SpendJournal } from './think/spending.ts';
import { Takeovers } from './think/take-over.ts';
import { TaskJournal } from './think/task-journal.ts';
import { taskNotePath } from './think/task-note.ts';
import { Thoughts } from './think/thoughts.ts';

/** What a planner is given; `brains` where rules of the routing may name others beside `brain`. */
type Given = Omit<
  PlannerContext,
  'claims' | 'brought' | 'brains' | 'underway' | 'spending' | 'thoughts' | 'memory' | 'looks' | 'recalls'
> & {
  readonly brain: Brain;
  readonly brains?: Brains;
  readonly claims?: TaskClaims;
  readonly brought?: PlannerContext['brought'];
};

/** Milliseconds after which the dashboard is written though work goes on. */
const SHOWN_EVERY = 1000;

/** The planner’s look around: take what came in, think about what is open, hand over what is finished. */
export class Planner {
  readonly #context: PlannerContext;
  readonly #spool: Spool;
  readonly #open = new Map<string, TaskJournal>();
  readonly #arrivals: Arrivals;
  readonly #dashboard: Dashboard;
  readonly #morning: Morning;
  /** What a cloud node tells in place of the pages for the person. */
  readonly #standing: StandingNote | undefined;
  readonly #takeovers: Takeovers;
  #isWarm = false;
  /** Monotonic milliseconds at which the notes for a person were looked at last. */
  #shownAt = Number.NEGATIVE_INFINITY;

  /** `look` is told when a thought that went on in the background has ended. */
  constructor(given: Given, spool: Spool, look: () => void = () => undefined) {
    const { vault, state, config, log, now, signal } = given;
    const context: PlannerContext = {
      ...given,
      claims: given.claims ?? ALONE,
      brought: given.brought,
      brains: given.brains ?? new Brains(given.brain),
      underway: () => this.openTasks.flatMap(task => task.openCalls),
      spending: new SpendJournal(state.spending, state.tmp, now),
      memory: new Memory(vault, state, log, now, signal),
      looks: new Jobs(),
      recalls: new Jobs(),
      thoughts: new Thoughts(config.budget.at_once, look, why => log.trouble('thought', clauseOf(why))),
    };
    this.#context = context;
    this.#spool = spool;
    this.#arrivals = new Arrivals(state.seen);
    this.#dashboard = new Dashboard(context);
    this.#morning = new Morning(context);
    this.#standing = isCloud(config) ? new StandingNote(context) : undefined;
    this.#takeovers = new Takeovers(context);
    for (const name of readdirSync(context.state.tasks)) {
      const id = /^(.+)\.journal$/.exec(name)?.[1];
      const task = id === undefined ? undefined : TaskJournal.open(context.state, id, context.now);
      if (task !== undefined) this.#open.set(task.id, task);
    }
  }

  get openTasks(): readonly TaskJournal[] {
    return [...this.#open.values()];
  }

  async sweep(): Promise<Swept> {
    const context = this.#context;
    context.claims.refresh();
    let moved = context.ledger.refresh();
    context.memory.lessons.hear(context.ledger.news);
    this.#arrivals.refresh();
    for (const task of await this.#takeovers.take(this.#open)) {
      this.#open.set(task.id, task);
      moved = true;
    }
    const claimed = takeTasks(new Set(this.openTasks.map(task => task.taken.note)), this.#arrivals, context);
    for (const task of claimed.tasks) {
      this.#open.set(task.id, task);
      moved = true;
    }
    moved = this.#takeAnswers() || moved;
    let { settlesIn } = claimed;
    const failures: unknown[] = [];
    for (const task of this.openTasks) {
      const step = await this.#step(task).catch((error: unknown) => {
        failures.push(error);
        return { moved: false, settlesIn: undefined };
      });
      moved ||= step.moved;
      settlesIn = sooner(settlesIn, step.settlesIn);
    }
    const mine = this.openTasks.filter(({ handedTo }) => handedTo === undefined);
    context.claims.say(new Map(mine.map(task => [task.taken.note, claimFor(task, context)])));
    context.ledger.forgetAllBut(this.#open);
    const refused = this.#morning.takeRefusals();
    settlesIn = sooner(settlesIn, refused.settlesIn);
    // While something moves, another look follows at once: what a person reads is written when it rests, or each second.
    if (!moved || performance.now() - this.#shownAt >= SHOWN_EVERY) {
      this.#shownAt = performance.now();
      const seen = lookAround(context, this.openTasks, this.#morning.days);
      if (this.#standing === undefined) {
        this.#morning.write(seen);
        this.#dashboard.write(seen);
      } else this.#standing.write(seen);
    }
    this.#warm();
    // A task that cannot go on holds up no other; that it cannot is told, and it is tried again.
    if (failures.length > 0) throw failures[0];
    return { moved, settlesIn };
  }

  /** Reads the vault into the index, once, behind everything else: the first search shall not wait for all of it. */
  #warm(): void {
    const { brains, config, memory, log } = this.#context;
    if (this.#isWarm || (!isModel(brains.standard) && config.routing.length === 0)) return;
    this.#isWarm = true;
    memory.index
      .freshen()
      .catch((why: unknown) => log.trouble('index', `The notes cannot be searched: ${clauseOf(why)}`));
  }

  async #step(task: TaskJournal): Promise<Swept> {
    const context = this.#context;
    if (task.handedTo !== undefined) return this.#away(task);
    const { role } = task.taken;
    if (role !== undefined && !roleWorksHere(role, context.config)) return { moved: false, settlesIn: undefined };
    if (!task.isHanded) {
      const may = context.claims.mayThink(task.taken.note);
      if (may === 'no') return this.#giveUp(task);
      if (may === 'ask') return { moved: false, settlesIn: undefined };
    }
    // Once it is filed, a note that stands where it was taken from is one that a person moved back: new work.
    if (!context.ledger.filed.has(task.id)) homeOf(task, context);
    if (task.closing !== undefined) return this.#end(task);
    const changed = ownChange(task, context);
    if (changed.moved || changed.settlesIn !== undefined) return changed;
    writeQuestion(task, context);
    let moved = false;
    let settlesIn: number | undefined;
    for (;;) {
      const step = await advance(task, context);
      settlesIn = step.settlesIn;
      if (!step.moved) break;
      moved = true;
    }
    writePlan(task, context);
    return { moved: handOver(task, context) || moved, settlesIn };
  }

  /** A task that another node ends and files. Once it stands in its last place, there is nothing more to it here. */
  #away(task: TaskJournal): Swept {
    const { state, executor, log } = this.#context;
    const where = filedIn(task, this.#context);
    if (where === undefined) return { moved: false, settlesIn: undefined };
    const note = handoverName(task.taken.stem);
    executor.put(`handed-back-${task.id}`, { kind: 'handed_back', task: task.id, note });
    this.#open.delete(task.id);
    task.close(state);
    log.event(`filed      ${task.taken.title}  →  ${where} (by ${task.handedTo ?? 'another node'})`);
    return { moved: true, settlesIn: undefined };
  }

  /** Leaves a task to the node that thinks about it now: what was proposed and nobody decided is taken back. */
  #giveUp(task: TaskJournal): Swept {
    giveUp(task, this.#context);
    this.#open.delete(task.id);
    return { moved: true, settlesIn: undefined };
  }

  /** Hands a finished task to the executor, which alone says how it ended and files it. */
  #end(task: TaskJournal): Swept {
    const context = this.#context;
    const { closing, taken } = task;
    if (closing === undefined) return { moved: false, settlesIn: undefined };
    if (heirOf(context) !== undefined) {
      writePlan(task, context);
      return { moved: handOver(task, context), settlesIn: undefined };
    }
    if (context.ledger.closed.has(task.id)) {
      // Until its notes are filed they stand where new work is looked for, and only the open task tells them from that.
      if (!context.ledger.filed.has(task.id)) return { moved: false, settlesIn: undefined };
      this.#open.delete(task.id);
      task.close(context.state);
      return { moved: true, settlesIn: undefined };
    }
    if (!task.isHanded) {
      const changed = taken.own ? ownChange(task, context) : { moved: false, settlesIn: undefined };
      if (changed.moved || changed.settlesIn !== undefined) return changed;
      writePlan(task, context);
      task.record({ kind: 'HANDED' });
    }
    context.executor.putAgain(`close-${task.id}`, {
      kind: 'close',
      task: task.id,
      title: taken.title,
      verdict: closing.verdict,
      why: closing.why,
      notes: [taskNotePath(task, context), planPath(task), ...task.asked.map(questionPath)],
    });
    return { moved: false, settlesIn: undefined };
  }

  /** Answers that were given at the command line, and what the executor has read. */
  #takeAnswers(): boolean {
    const { log } = this.#context;
    let moved = false;
    for (const { name, message } of this.#spool.waiting((file, why) =>
      log.trouble(`spool ${file}`, `${file}: ${why}`),
    )) {
      if (message.kind === 'answer') {
        for (const task of this.openTasks) {
          const asked = task.asked.find(one => one.question === message.question);
          if (asked === undefined || task.answers.has(asked.question)) continue;
          takeAnswer(task, asked, message.text, this.#context);
          moved = true;
        }
      } else if (message.kind === 'pause_task' || message.kind === 'unpause_task') {
        const task = this.#open.get(message.task);
        moved = (task !== undefined && takePause(task, message, this.#context)) || moved;
      } else if (message.kind === 'read_result') {
        const task = this.#open.get(message.task);
        moved = (task !== undefined && takeReading(task, message)) || moved;
      } else
        log.trouble(`spool ${name}`, sentence({ kind: 'invalid', message: `${name} is no message for the planner.` }));
      this.#spool.remove(name);
    }
    return moved;
  }
}
