import { writeNote } from '../../core/front-matter.ts';
import { guarded } from '../../core/guarded.ts';
import { codeSpan } from '../../core/inert.ts';
import { localTime } from '../../core/names.ts';
import { ok, sentence } from '../../core/outcome.ts';
import { ownedRegion, replaceRegion } from '../../core/owned-region.ts';
import { FILES, FOLDERS } from '../../core/states.ts';
import type { Ended } from '../schedule/chronicle.ts';
import {
  failedLately,
  inWork,
  needsYou,
  nextUp,
  passing,
  type Seen,
  saidBy,
  tookOn,
  troubles,
} from '../schedule/standing.ts';
import { firstOf, many } from '../schedule/words.ts';
import type { PlannerContext } from '../think/context.ts';

/** `Dashboard.md`: the person’s page. One writer, written only when something changed; their own text in it stays. */
export class Dashboard {
  readonly #context: PlannerContext;
  #last: string | undefined;

  constructor(context: PlannerContext) {
    this.#context = context;
  }

  write(seen: Seen): void {
    const { vault, log, now } = this.#context;
    const content = guarded(dashboardText(seen), FILES.dashboard);
    if (content === this.#last) return;
    const read = vault.read(FILES.dashboard);
    if (!read.ok && read.failure.kind !== 'retryable') {
      log.trouble('dashboard', sentence(read.failure));
      return;
    }
    const text = read.ok
      ? replaceRegion(read.value.text, content, now())
      : writeNote({ type: 'dashboard', format: 1 }, `${ownedRegion(content)}\n`);
    const written = !read.ok
      ? vault.create(FILES.dashboard, text)
      : text === read.value.text
        ? ok('replaced')
        : vault.replace(FILES.dashboard, read.value.sha256, text);
    if (!written.ok) log.trouble('dashboard', sentence(written.failure));
    else if (written.value !== 'changed') this.#last = content;
  }
}

/**
 * The page. It names times and never how long ago they were, so that it stays the same while nothing happens.
 */
function dashboardText(seen: Seen): string {
  const needs = needsYou(seen).lines;
  const all = passing(seen);
  const linesOf = (isHeld: boolean): readonly string[] =>
    firstOf(
      all.filter(({ action }) => (action.state === 'held') === isHeld).map(({ line }) => line),
      30,
      more => `- and ${more} more: [[Work.base]]`,
    );
  const failed = failedLately(seen);
  const wrong = troubles(seen);
  const work = inWork(seen).lines;
  return [
    '# Dashboard',
    '',
    ...stopped(seen.ledger.stopped, seen.isStopNoted),
    ...section('Needs you now', needs.length > 0 ? needs : ['Nothing.']),
    ...filled('Done unless you say no', linesOf(true)),
    ...filled('Not as it should be', wrong),
    ...filled('Waiting its turn', linesOf(false)),
    ...section('In work', work.length > 0 ? work : ['Nothing.']),
    ...seen.others.flatMap(other => filled(`On ${other.node}`, saidBy(other))),
    ...filled('Failed lately', failed.length > 0 ? [...failed, '', AGAIN] : []),
    ...section('Done today', endedToday(seen)),
    ...filled('Next', nextUp(seen)),
    ...(wrong.length > 0 || seen.isStopNoted || seen.ledger.stopped !== undefined ? [] : ['All is well.']),
  ]
    .join('\n')
    .trimEnd();
}

const AGAIN = `To try one again, mend the cause and move its task’s note from \`${FOLDERS.failed}\` back into \`${FOLDERS.needsAction}\`.`;

const section = (title: string, lines: readonly string[]): readonly string[] => [`## ${title}`, '', ...lines, ''];
const filled = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : section(title, lines);

/** What ended since midnight, newest first, and what thinking took. */
function endedToday({ ledger, spending, now }: Seen): readonly string[] {
  const today = localTime(now).slice(0, 10);
  const midnight = Date.parse(`${today}T00:00:00`) - 1;
  const { done, rejected } = ledger.chronicle.between(midnight, Number.POSITIVE_INFINITY);
  const ended = ledger.chronicle.ended.filter(
    ({ at, verdict }) => verdict !== 'failed' && localTime(new Date(at)).startsWith(today),
  );
  const took = tookOn(today, spending);
  const more = done + rejected - 12;
  return [
    ...(ended.length === 0
      ? ['Nothing yet.']
      : firstOf(
          ended.toReversed().map(endedLine),
          12,
          () => `- and ${many(more, 'more', 'more')} in \`${FOLDERS.done}\``,
        )),
    ...(took === undefined ? [] : ['', `Thinking took ${took}.`]),
  ];
}

/** One line for a task that ended well, or as the person decided. */
function endedLine({ title, verdict, plan }: Ended): string {
  const link = plan === undefined ? '' : ` · [[${plan}|Plan]]`;
  return verdict === 'done'
    ? `- ✓ ${codeSpan(title)}${link}`
    : `- ✗ ${codeSpan(title)} · not done, as you decided${link}`;
}

/** The first thing a person sees: that nothing is done, why, and where to read what to do. */
function stopped(why: string | undefined, isNoted: boolean): readonly string[] {
  if (why === undefined && !isNoted) return [];
  const told = why === undefined ? '' : ` ${codeSpan(why, 600)}`;
  const where = isNoted ? ' What is safe and what to do: [[STOP]].' : '';
  return [`> [!danger] Stopped: nothing is done.${told}${where} To go on: \`steward resume\` on this computer.`, ''];
}
