import { LONGEST_TEXT, type TaskView } from '../../../core/brain.ts';
import { proseLine } from '../../../core/inert.ts';
import { clip, localTime, splitExtension } from '../../../core/names.ts';
import { fail, ok } from '../../../core/outcome.ts';
import { dateIn } from './dates.ts';
import { dueIn } from './due.ts';
import type { Reader } from './reading.ts';

const MOST = 200;
const LONGEST = 300;

const HEADING =
  /^(?:#{1,6}\s+|\*\*|__)?(?:action items?|actions?|next steps?|to-?\s?dos?|tasks?|follow[- ]?ups?|aufgaben|nächste schritte|maßnahmen|massnahmen|offene punkte)\s*:?\s*(?:\*\*|__)?\s*:?$/i;
const ANY_HEADING = /^(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$)/;
const BOX = /^\s*(?:[-*+]|\d+[.)])\s+\[([^\]])\]\s+(.+)$/;
const BULLET = /^\s*(?:[-*+•]|\d+[.)])\s+(.+)$/;
const MARKED = /^\s*(?:[-*+•]\s+)?(?:TODO|ACTION(?: ITEM)?|AI|AUFGABE)\s*:\s*(.+)$/;

/** What the Tasks plugin writes behind a task: dates and priorities that are written anew. */
const SIGNS = /\s*(?:(?:📅|⏳|🛫|➕|✅|❌)\uFE0F?\s*(?:\d{4}-\d{2}-\d{2})?|[🔺⏫🔼🔽⏬]\uFE0F?)/gu;

/** The open tasks of a note: ticks that are not made, what stands under a heading for it, and lines marked as such. */
export function tasksIn(text: string): readonly string[] {
  const found: string[] = [];
  let under = false;
  let fenced = false;
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    if (fenced) continue;
    if (HEADING.test(line.trim())) {
      under = true;
      continue;
    }
    if (ANY_HEADING.test(line)) under = false;
    const [, tick, boxed] = BOX.exec(line) ?? [];
    if (tick !== undefined && tick !== ' ') continue;
    const task = boxed ?? MARKED.exec(line)?.[1] ?? (under ? BULLET.exec(line)?.[1] : undefined);
    if (task !== undefined && task.trim() !== '') found.push(task.trim());
  }
  return found;
}

/** One line of the Tasks plugin: `- [ ] text 🔼 ➕ 2026-11-20 📅 2026-11-30`. */
function taskLine(task: string, day: string, isOwn: boolean): string {
  const due = dueIn(task, day);
  const urgency = /\b(?:urgent|asap|dringend|sofort|immediately)\b|!!/i.test(task)
    ? '⏫'
    : /\b(?:important|wichtig|high prio(?:rity)?)\b|[🔺⏫🔼]/iu.test(task)
      ? '🔼'
      : '';
  const bare = task.replace(SIGNS, '').replace(/\s+/g, ' ').trim();
  const short = bare.length > LONGEST ? `${bare.slice(0, LONGEST).toWellFormed()}…` : bare;
  const parts = ['- [ ]', isOwn ? short : proseLine(short), urgency, `➕ ${day}`, due === undefined ? '' : `📅 ${due}`];
  return parts.filter(part => part !== '').join(' ');
}

const titleOf = ({ title, file }: TaskView): string => (file === undefined ? title : splitExtension(file.name)[0]);

/**
 * Reads a note, the person’s own or a dropped one, as something that names tasks: `{tasks}` `{tasks_count}` `{tasks_head}`
 * and `{tasks_name}`, for a note of its own.
 */
export const meeting: Reader = task => {
  const { file } = task;
  if (file !== undefined && !/\.(md|txt)$/i.test(file.name)) return fail('invalid', 'it is no note');
  // Half a note would yield half of its tasks, and nobody would see it.
  if (file !== undefined && file.size > LONGEST_TEXT)
    return fail('invalid', 'it is longer than a note that is read whole');
  const isOwn = file === undefined && task.origin.kind === 'person';
  const found = tasksIn(file?.text ?? task.text);
  if (found.length === 0) return fail('invalid', 'no line of it is an open task');
  const title = titleOf(task);
  const day =
    dateIn(title) ?? dateIn((file?.text ?? task.text).slice(0, 500)) ?? localTime(new Date(task.received)).slice(0, 10);
  const bare = title
    .replace(day, '')
    .replace(/[#|^:[\]*"<>?\\/\p{C}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const name = clip(`${day} Tasks from ${bare === '' ? 'a meeting' : bare}`, 120);
  const lines = found.slice(0, MOST).map(one => taskLine(one, day, isOwn));
  const left = found.length - lines.length;
  return ok({
    values: new Map([
      ['tasks', `${lines.join('\n')}${left === 0 ? '' : `\n\nAnd ${left} more, which only the note itself shows.`}`],
      ['tasks_count', `${found.length} ${found.length === 1 ? 'task' : 'tasks'}`],
      ['tasks_name', name],
      ['tasks_head', `# ${isOwn ? name : proseLine(name)}`],
      ['tasks_day', day],
    ]),
    lists: {},
  });
};
