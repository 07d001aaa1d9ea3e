import { z } from 'zod';
import type { Environment } from '../../core/config.ts';
import { terminalLine, visibleJson } from '../../core/inert.ts';
import { JournalReader, type Recorded } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { localTime } from '../../core/names.ts';
import { EXIT, openVault } from '../../core/open-vault.ts';
import { sentence } from '../../core/outcome.ts';
import { FOLDERS } from '../../core/states.ts';
import { Vault } from '../../core/vault.ts';
import { type Told, tellStory } from '../../orchestrator/report/story.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { findTask } from './find-task.ts';

/** Tells what came in, what was thought, who decided what, what happened with what proof, and where the notes stand. */
export function why(environment: Environment, given: string, asJson: boolean): number {
  const opened = openVault(environment);
  const task = opened.ok ? findTask(opened.value.state, given) : opened;
  if (!opened.ok || !task.ok) {
    if (!task.ok) process.stderr.write(`${terminalLine(sentence(task.failure))}\n`);
    return EXIT.usage;
  }
  const { root, state } = opened.value;
  const id = task.value;
  const { records, problem } = recordsAbout(state.ledger, id);
  const told = tellStory(id, TaskJournal.recordsOf(state, id), records);
  const notes = notesOf(new Vault(root, 'person'), TaskJournal.read(state, id), records);
  process.stdout.write(asJson ? `${visibleJson({ task: id, story: told, notes })}\n` : asText(told, notes));
  if (problem !== undefined) process.stderr.write(`${problem}\n`);
  return EXIT.ok;
}

/** What is said of a record before it is read as a whole: only those of the one task are. */
const Glance = z.looseObject({
  kind: z.string(),
  id: z.string().optional(),
  task: z.string().optional(),
  about: z.string().optional(),
  envelope: z.looseObject({ id: z.string(), task: z.string() }).optional(),
});
const FOR_ALL: ReadonlySet<string> = new Set(['STOPPED', 'RESUMED', 'PAUSED', 'UNPAUSED']);

function recordsAbout(
  ledger: string,
  task: string,
): { records: Recorded<LedgerRecord>[]; problem: string | undefined } {
  const reader = new JournalReader(ledger, Glance);
  const records: Recorded<LedgerRecord>[] = [];
  const actions = new Set<string>();
  for (const record of reader.each()) {
    const { kind, id = '', about = '', envelope } = record.body;
    if (envelope?.task === task) actions.add(envelope.id);
    const isOurs = record.body.task === task || actions.has(id) || actions.has(about) || envelope?.task === task;
    if (!isOurs && !FOR_ALL.has(kind)) continue;
    const parsed = LedgerRecord.safeParse(record.body);
    if (parsed.success) records.push({ ...record, body: parsed.data });
  }
  const damaged = `The ledger is damaged behind record ${reader.head.seq}; what is told ends there. Run  steward verify`;
  return { records, problem: reader.unread > 0 ? damaged : undefined };
}

/** Folders in which a task’s notes may stand; finished ones a folder further down, by month. */
const FLAT = [
  ...[FOLDERS.needsAction, FOLDERS.plans, FOLDERS.pending, FOLDERS.approved, FOLDERS.outbox, FOLDERS.questions],
  FOLDERS.quarantine,
];
const DEEP = [FOLDERS.inProgress, FOLDERS.done, FOLDERS.failed, FOLDERS.rejected];

/** Where the notes of a task stand now: all share its stem, but for a person’s own. */
function notesOf(
  vault: Vault,
  task: TaskJournal | undefined,
  records: readonly Recorded<LedgerRecord>[],
): readonly string[] {
  const stems = new Set(task === undefined ? [] : [task.taken.stem]);
  const own = task?.taken.own ? task.taken.note.replace(/^.*\//, '') : undefined;
  for (const { body } of records)
    if (body.kind === 'PROPOSED') stems.add(body.envelope.note.replace(/-approval-\d.*$/, ''));
  const isOurs = (name: string): boolean =>
    name === own || [...stems].some(stem => name.startsWith(stem) && /^(\.md$|-| \()/.test(name.slice(stem.length)));
  const below = DEEP.flatMap(folder =>
    vault.list(folder).flatMap(({ name, kind }) => (kind === 'folder' ? [`${folder}/${name}`] : [])),
  );
  return [...FLAT, ...DEEP, ...below].flatMap(folder =>
    vault.list(folder).flatMap(({ name, kind }) => (kind === 'file' && isOurs(name) ? [`${folder}/${name}`] : [])),
  );
}

function asText(told: readonly Told[], notes: readonly string[]): string {
  const lines = told.flatMap(({ at, text, details }) => [
    `${localTime(new Date(at)).replace('T', ' ')}  ${text}`,
    ...details.map(detail => `${' '.repeat(21)}  ${detail}`),
  ]);
  const where = notes.length === 0 ? [] : ['', 'The notes stand in', ...notes.map(note => `  ${note}`)];
  return `${[...lines, ...where].map(terminalLine).join('\n')}\n`;
}
