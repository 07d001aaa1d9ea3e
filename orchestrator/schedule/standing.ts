import type { ConfigFile } from '../../core/config.ts';
import { codeSpan, proseLine } from '../../core/inert.ts';
import { localTime, planName } from '../../core/names.ts';
import type { NodeStanding } from '../../core/standing-note.ts';
import { FOLDERS } from '../../core/states.ts';
import { dollars, isNearlyUsed } from '../think/budget.ts';
import type { ActionView, LedgerView } from '../think/ledger-view.ts';
import { isAnswered } from '../think/outcomes.ts';
import type { SpendBook } from '../think/spending.ts';
import type { TaskJournal } from '../think/task-journal.ts';
import { nextDue } from './due.ts';
import { queueTold } from './queue.ts';
import { clipped, firstOf, isNever, moment } from './words.ts';

/** What the pages for the person are made from. */
export type Seen = {
  readonly ledger: LedgerView;
  readonly tasks: readonly TaskJournal[];
  readonly spending: SpendBook;
  readonly config: ConfigFile;
  readonly now: Date;
  /** The name of the brain that thinks where no rule says otherwise. */
  readonly brain: string;
  /** Names in `Needs_Action/` that are no notes, and how many things were set aside. */
  readonly misplaced: readonly string[];
  readonly aside: number;
  readonly isStopNoted: boolean;
  /** How the other nodes say that they stand. */
  readonly others: readonly NodeStanding[];
  /** What the executor wants seen until it is mended. */
  readonly notices: readonly string[];
  /** The days for which the morning’s digest was written. */
  readonly briefed: ReadonlySet<string>;
};

const DAY = 86_400_000;
/** What a link says that leads to a note in which something is to be decided. */
const short = (title: string): string => codeSpan(title, 200);
const oldestFirst = <T extends { readonly since: string }>(items: readonly T[]): readonly T[] =>
  [...items].sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));

/** The lines of a list that may be long, and how many there would be. */
export type Listed = { readonly count: number; readonly lines: readonly string[] };
/** The most lines of a list that a page shows; what is beyond stands in the tables. */
const LINES = 30;

/** What waits for the person, oldest first: what is asked, and by when. Only what is shown is written out. */
export function needsYou({ ledger, tasks, misplaced, others, now }: Seen): Listed {
  const decisions = [...ledger.actions.values()]
    .filter(({ state }) => state === 'proposed' || state === 'wanted')
    .map(action => ({ since: action.since, line: () => decisionLine(action, now) }));
  const asked = tasks.flatMap(task =>
    task.asked
      .filter(one => !isAnswered(task, one))
      .map(({ note, title }) => ({
        since: task.since,
        line: () => `- [[${note}|Answer]] · ${title} · ${codeSpan(task.taken.title)}`,
      })),
  );
  const questions = [...ledger.questions.values()].map(({ note, title, at }) => ({
    since: at,
    line: () => `- [[${note}|Answer]] · ${title}`,
  }));
  // Since when another node asks is not told: behind what is known here.
  const elsewhere = others.flatMap(({ node, asks }) =>
    asks.map(({ note, title }) => ({
      since: now.toISOString(),
      line: () => `- [[${note}|Answer]] · ${short(title)} · for ${node}`,
    })),
  );
  const items = oldestFirst([...decisions, ...asked, ...questions, ...elsewhere]);
  const lines = [
    ...items.slice(0, LINES).map(({ line }) => line()),
    ...(items.length > LINES ? [`- and ${items.length - LINES} more: [[Needs you.base]]`] : []),
    ...misplaced.map(
      name => `- Move to \`${FOLDERS.inbox}\`: ${codeSpan(`${FOLDERS.needsAction}/${name}`)} is not a note`,
    ),
  ];
  return { count: items.length + misplaced.length, lines };
}

function decisionLine({ id, note, title, state, isSigned, due }: ActionView, now: Date): string {
  const how = isSigned
    ? ` · sign it: \`steward approve ${id} --sign\``
    : state === 'wanted'
      ? ' · confirm on this computer'
      : '';
  const by = due === undefined || isNever(due) ? '' : ` · by ${moment(due, now)}`;
  return `- [[${note}|Decide]] · ${short(title)}${by}${how}`;
}

/** One action that goes on by itself, and when. */
export type Passing = { readonly action: ActionView; readonly line: string };

/** What goes on by itself: held, over a cap, tried again, or held up by a stop or a pause. */
export function passing({ ledger, now, isStopNoted }: Seen): readonly Passing[] {
  const isStopped = ledger.stopped !== undefined || isStopNoted;
  const soon = [...ledger.actions.values()]
    .filter(({ state }) => state === 'held' || state === 'capped' || state === 'retrying' || state === 'approved')
    .map(action => ({ action, since: action.due ?? action.since }));
  return oldestFirst(soon).flatMap(({ action }) => {
    const { state, note, title, due, text, server } = action;
    const when = due === undefined || isNever(due) ? undefined : moment(due, now);
    const line = (what: string, rest: string): Passing => ({
      action,
      line: `- [[${note}|${what}]] · ${short(title)} · ${rest}`,
    });
    switch (state) {
      case 'held':
        return [line('Held', `done at ${when ?? 'once Steward knows the time'}`)];
      case 'capped':
        return [line('Waits', `${when === undefined ? '' : `until ${when}, `}over a cap: ${proseLine(clipped(text))}`)];
      case 'retrying':
        return [line('Retry', `${when === undefined ? 'soon' : `at ${when}`}: ${proseLine(clipped(text))}`)];
      case 'approved':
        if (isStopped) return [line('Approved', 'waits until Steward goes on')];
        return ledger.paused.has(server) ? [line('Approved', `waits: ${codeSpan(server)} is paused`)] : [];
      default:
        return [];
    }
  });
}

/** What is being worked on without anybody being asked: who does it, and since when. */
export function inWork({ ledger, tasks, now, brain }: Seen): Listed {
  const waits = new Set(
    [...ledger.actions.values()].flatMap(({ state, task }) =>
      ['proposed', 'wanted', 'held', 'capped', 'retrying', 'unknown', 'expired'].includes(state) ? [task] : [],
    ),
  );
  for (const task of tasks) if (task.asked.some(one => !isAnswered(task, one))) waits.add(task.id);
  const all = oldestFirst(tasks.filter(task => task.closing === undefined && !waits.has(task.id)));
  const lines = all.slice(0, LINES).map(task => {
    const { taken, since, thinkers, paused } = task;
    const who = thinkers.at(-1)?.brain ?? brain;
    const held =
      paused === undefined ? '' : ` · paused: ${codeSpan(paused.why, 200)} To go on: \`steward resume ${task.id}\``;
    return `- [[${planName(taken.stem)}|Plan]] · ${codeSpan(taken.title)} · ${who} · since ${moment(since, now)}${held}`;
  });
  const more = all.length > LINES ? [`- and ${all.length - LINES} more: [[Work.base]]`] : [];
  return { count: all.length, lines: [...lines, ...more] };
}

/** What failed in the last seven days and was not taken up again, newest first. */
export function failedLately({ ledger, tasks, now }: Seen): readonly string[] {
  const midnight = Date.parse(`${localTime(now).slice(0, 10)}T00:00:00`);
  const failed = ledger.chronicle.failedSince(
    midnight - 6 * DAY,
    tasks.map(({ id }) => id),
  );
  return firstOf(
    failed.toReversed().map(({ title, plan, at, why }) => {
      const link = plan === undefined ? '' : `[[${plan}|Why]] · `;
      return `- ${link}${codeSpan(title)} · ${moment(at, now)} · ${proseLine(clipped(why))}`;
    }),
    8,
    more => `- and ${more} more in \`${FOLDERS.failed}\``,
  );
}

/** What is not as it should be; empty while all is well. */
export function troubles({ ledger, tasks, spending, config, aside, notices, now }: Seen): readonly string[] {
  const down = new Map<string, number>();
  for (const { down: is } of tasks) if (is !== undefined) down.set(is.why, (down.get(is.why) ?? 0) + 1);
  const day = spending.ofDay(now);
  return [
    ...notices.map(text => `- ${proseLine(text)}`),
    ...[...ledger.paused].map(
      ([channel, { why }]) =>
        `- ${codeSpan(channel)} is paused, and what is approved there waits: ${codeSpan(why, 400)} When it is mended: \`steward resume ${channel}\``,
    ),
    ...[...down].map(
      ([why, count]) =>
        `- Thinking is interrupted, and ${count === 1 ? 'one task waits' : `${count} tasks wait`}: ${codeSpan(why, 300)} It goes on by itself.`,
    ),
    ...queueTold(tasks, now),
    ...(isNearlyUsed(day, config.budget)
      ? [
          `- Thinking has taken most of what it may take today (${dollars(config.budget.day.money)}, \`budget\` in config.yaml).`,
        ]
      : []),
    ...(aside === 0
      ? []
      : [
          `- ${aside === 1 ? 'One thing was' : `${aside} things were`} set aside in \`${FOLDERS.quarantine}\`: a note beside it says what is wrong.`,
        ]),
  ];
}

/** What another node is at, in its own words: text of somebody else’s, so that nothing in it can link or be ticked. */
export const saidBy = ({ stopped, held, work, more, troubles }: NodeStanding): readonly string[] => [
  ...(stopped === '' ? [] : [`- **Stopped:** ${codeSpan(stopped, 300)}`]),
  ...troubles.map(text => `- Not as it should be: ${codeSpan(text, 300)}`),
  ...held.map(({ note, title }) => `- [[${note}|Held]]: ${short(title)} · done unless you say no`),
  ...work.map(title => `- In work: ${short(title)}`),
  ...(more === 0 ? [] : [`- and ${more} more`]),
];

/** What thinking took on a day; undefined where it took nothing. */
export function tookOn(day: string, spending: SpendBook): string | undefined {
  const total = spending.days.get(day);
  if (total === undefined || total.tokens === 0) return undefined;
  const most = total.unpriced > 0 ? ' at most' : '';
  return `${total.tokens.toLocaleString('en')} tokens · ${dollars(total.money)}${most}`;
}

/** What happens next by itself, soonest first. */
export function nextUp({ ledger, config, now, briefed }: Seen): readonly string[] {
  const words: Partial<Record<ActionView['state'], string>> = {
    held: 'is done, unless you say no',
    capped: 'fits its cap again',
    retrying: 'is tried again',
    proposed: 'lapses, if nobody decides',
  };
  const acts = [...ledger.actions.values()].flatMap(({ state, due, title }) => {
    const what = words[state];
    return due === undefined || isNever(due) || what === undefined
      ? []
      : [{ at: localTime(new Date(due)).slice(0, 16), text: `${short(title)} ${what}` }];
  });
  const digest =
    config.briefing === 'off'
      ? []
      : [{ at: nextDue(localTime(now), { at: config.briefing.at, done: briefed }), text: 'the morning’s digest' }];
  return [...acts, ...digest]
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    .slice(0, 3)
    .map(({ at, text }) => `- ${moment(at, now)} · ${text}`);
}
