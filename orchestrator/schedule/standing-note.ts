import { guarded } from '../../core/guarded.ts';
import { sentence } from '../../core/outcome.ts';
import { type NodeStanding, renderStanding, standingPath } from '../../core/standing-note.ts';
import type { PlannerContext } from '../think/context.ts';
import { isAnswered } from '../think/outcomes.ts';
import type { Seen } from './standing.ts';

const MOST = 20;
const LONGEST = 300;
const cut = (text: string): string => text.slice(0, LONGEST).toWellFormed();

/** What a cloud node writes in place of `Dashboard.md`, which is written where the person is. Only when it changed. */
export class StandingNote {
  readonly #context: PlannerContext;
  #last: string | undefined;

  constructor(context: PlannerContext) {
    this.#context = context;
  }

  write(seen: Seen): void {
    const { vault, log, config } = this.#context;
    const path = standingPath(config.node);
    const text = guarded(renderStanding(standingOf(seen, config.node)), path);
    if (text === this.#last) return;
    const read = vault.read(path);
    const written = read.ok ? vault.replace(path, read.value.sha256, text) : vault.create(path, text);
    if (written.ok) this.#last = text;
    else log.trouble(path, sentence(written.failure));
  }
}

function standingOf({ ledger, tasks, notices, isStopNoted }: Seen, node: string): NodeStanding {
  const open = tasks.filter(({ handedTo }) => handedTo === undefined);
  const asked = [
    ...open.flatMap(task => task.asked.filter(one => !isAnswered(task, one))),
    ...ledger.questions.values(),
  ];
  const busy = open.filter(task => task.asked.every(one => isAnswered(task, one)));
  const held = [...ledger.actions.values()].filter(({ state }) => state === 'held');
  const down = [...new Set(open.flatMap(task => (task.down === undefined ? [] : [task.down.why])))];
  return {
    ...{ format: 1, node },
    stopped: cut(ledger.stopped ?? (isStopNoted ? 'STOP.md is in the vault.' : '')),
    asks: asked.slice(0, MOST).map(({ note, title }) => ({ note, title: cut(title) })),
    held: held.slice(0, MOST).map(({ note, title }) => ({ note, title: cut(title) })),
    work: busy.slice(0, MOST).map(({ taken }) => cut(taken.title)),
    more: Math.max(0, busy.length - MOST),
    troubles: [...notices, ...down.map(why => `Thinking is interrupted: ${why}`)].slice(0, MOST).map(cut),
  };
}
