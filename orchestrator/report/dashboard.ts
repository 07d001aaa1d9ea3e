import { writeNote } from '../../core/front-matter.ts';
import { guarded } from '../../core/guarded.ts';
import { codeSpan, proseLine } from '../../core/inert.ts';
import { localTime } from '../../core/names.ts';
import { sentence } from '../../core/outcome.ts';
import { ownedRegion, replaceRegion } from '../../core/owned-region.ts';
import { FILES, FOLDERS } from '../../core/states.ts';
import { isMisplaced } from '../claim/take.ts';
import type { PlannerContext } from '../think/context.ts';
import { isAnswered } from '../think/outcomes.ts';
import type { TaskJournal } from '../think/task-journal.ts';

/** `Dashboard.md`: the person’s page. One writer, written only when something changed; their own text in it stays. */
export class Dashboard {
  readonly #context: PlannerContext;
  #last: string | undefined;

  constructor(context: PlannerContext) {
    this.#context = context;
  }

  write(tasks: readonly TaskJournal[]): void {
    const { vault, log, now } = this.#context;
    const content = guarded(this.#content(tasks), FILES.dashboard);
    if (content === this.#last) return;
    const read = vault.read(FILES.dashboard);
    if (!read.ok && read.failure.kind !== 'retryable') {
      log.trouble('dashboard', sentence(read.failure));
      return;
    }
    const written = read.ok
      ? vault.replace(FILES.dashboard, read.value.sha256, replaceRegion(read.value.text, content, now()))
      : vault.create(FILES.dashboard, writeNote({ type: 'dashboard', format: 1 }, `${ownedRegion(content)}\n`));
    if (!written.ok) log.trouble('dashboard', sentence(written.failure));
    else if (written.value !== 'changed') this.#last = content;
  }

  #content(tasks: readonly TaskJournal[]): string {
    const { ledger, vault, now } = this.#context;
    const waiting = [...ledger.actions.values()].filter(({ state }) => state === 'proposed' || state === 'wanted');
    const mine = tasks.flatMap(task =>
      task.asked
        .filter(asked => !isAnswered(task, asked))
        .map(({ note, title }) => ({ note, title: `${title} · ${codeSpan(task.taken.title)}`, task: task.id })),
    );
    const passing = [...ledger.actions.values()].flatMap(({ state, note, title, due, text }) => {
      const until = due === undefined || due.startsWith('9999') ? '' : localTime(new Date(due)).slice(0, 16);
      const when = until.replace('T', ' ');
      if (state === 'held') return [`- [[${note}|Held]] · ${codeSpan(title, 200)} · done at ${when}`];
      if (state !== 'capped') return [];
      const waits = when === '' ? 'waits' : `waits until ${when}`;
      return [`- [[${note}|Over a cap]] · ${codeSpan(title, 200)} · ${waits}: ${proseLine(text)}`];
    });
    const questions = [...mine, ...ledger.questions.values()];
    const asking = new Set([...waiting, ...mine].map(({ task }) => task));
    const work = tasks.filter(task => task.closing === undefined && !asking.has(task.id));
    const misplaced = vault.list(FOLDERS.needsAction).filter(isMisplaced);
    const today = localTime(now()).slice(0, 10);
    const done = ledger.recent.filter(({ at }) => localTime(new Date(at)).startsWith(today));
    const aside = vault
      .list(FOLDERS.quarantine)
      .filter(({ name }) => name !== 'README.md' && !name.endsWith('.why.md'));
    const lines = (items: readonly string[], none: string): string[] => (items.length === 0 ? [none] : [...items]);
    return [
      '# Dashboard',
      '',
      ...stopped(ledger.stopped, vault.exists(FILES.stop)),
      '## Needs you now',
      '',
      ...lines(
        [
          ...waiting.map(
            ({ note, title, state }) =>
              `- [[${note}|Decide]] · ${codeSpan(title, 200)}${state === 'wanted' ? ' · confirm on this computer' : ''}`,
          ),
          ...questions.map(({ note, title }) => `- [[${note}|Answer]] · ${title}`),
          ...[...ledger.paused].map(
            ([channel, { why }]) =>
              `- ${codeSpan(channel)} is paused, and what is approved there waits: ${codeSpan(why, 400)} When it is mended: \`steward resume ${channel}\``,
          ),
          ...misplaced.map(
            ({ name }) => `- Move to \`${FOLDERS.inbox}\`: ${codeSpan(`${FOLDERS.needsAction}/${name}`)} is not a note`,
          ),
        ],
        'Nothing. ',
      ).map(line => line.trimEnd()),
      ...(passing.length === 0 ? [] : ['', '## Done unless you say no, or waiting its turn', '', ...passing]),
      '',
      '## In work',
      '',
      ...lines(
        work.map(
          task =>
            `- [[${task.taken.stem}-plan|Plan]] · ${codeSpan(task.taken.title)} · since ${localTime(new Date(task.since)).slice(0, 16).replace('T', ' ')}`,
        ),
        'Nothing.',
      ),
      '',
      '## Ended today',
      '',
      ...lines(
        done.map(
          ({ title, verdict }) =>
            `- ${{ done: '✓', rejected: '✗', failed: '⚠' }[verdict]} ${codeSpan(title)}${verdict === 'done' ? '' : ` · ${verdict}`}`,
        ),
        'Nothing yet.',
      ),
      ...(aside.length === 0
        ? []
        : [
            '',
            '## Set aside',
            '',
            `${aside.length} in \`${FOLDERS.quarantine}\`: each has a note beside it that says what is wrong.`,
          ]),
    ].join('\n');
  }
}

/** The first thing a person sees: that nothing is done, why, and where to read what to do. */
function stopped(why: string | undefined, isNoted: boolean): readonly string[] {
  if (why === undefined && !isNoted) return [];
  const told = why === undefined ? '' : ` ${codeSpan(why, 600)}`;
  const where = isNoted ? ' What is safe and what to do: [[STOP]].' : '';
  return [`> [!danger] Stopped: nothing is done.${told}${where} To go on: \`steward resume\` on this computer.`, ''];
}
