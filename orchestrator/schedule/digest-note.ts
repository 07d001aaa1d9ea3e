import { actionName, type Envelope, originMark } from '../../core/envelope.ts';
import { writeNote } from '../../core/front-matter.ts';
import { codeSpan, isPlain } from '../../core/inert.ts';
import { localTime } from '../../core/names.ts';
import { FILES, FOLDERS } from '../../core/states.ts';
import type { ActionView } from '../think/ledger-view.ts';
import { failedLately, inWork, needsYou, nextUp, passing, type Seen, tookOn, troubles } from './standing.ts';
import { firstOf, many, moment } from './words.ts';

/** How much of a digest stands beside a box: enough to tell any two actions apart, where a no is all that is said. */
const SHOWN = 16;
/** The longest value that a digest shows: what is longer is read in its own note. */
const LONGEST = 200;
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  ...['November', 'December'],
];

/** `Saturday morning, 21 November`. */
function headingOf(day: string): string {
  const date = new Date(`${day}T12:00:00`);
  return `${DAYS[date.getDay()] ?? 'This'} morning, ${date.getDate()} ${MONTHS[date.getMonth()] ?? ''}`.trim();
}

/** The name of a morning’s digest, in its folder. */
export const digestPath = (day: string): string => `${FOLDERS.briefings}/${day} morning.md`;

/**
 * The digest of a morning: what happened since the last one, what waits, and what is done unless the person says no.
 * Every number is counted from the ledger and the journals. `from`: the moment of the last one, in milliseconds.
 */
export function renderDigest(seen: Seen, day: string, from: number): string {
  const { now, ledger } = seen;
  const needs = needsYou(seen);
  const held = passing(seen);
  const wrong = troubles(seen);
  const failed = failedLately(seen);
  const work = inWork(seen);
  const stop = ledger.stopped ?? (seen.isStopNoted ? `See ${FILES.stop}.` : undefined);
  const body = [
    `# ${headingOf(day)}`,
    '',
    ...(stop === undefined ? [] : [`> [!danger] Stopped: nothing is done. ${codeSpan(stop, 400)}`, '']),
    ...summary(seen, from, needs.count, held.length),
    '',
    ...section('Needs you', needs.lines),
    ...heldSections(held.map(({ action, line }) => ({ action, line, offer: offerOf(action, now) }))),
    ...section('Not as it should be', wrong),
    ...section('In work', work.lines),
    ...section('Failed in the last seven days', failed),
    ...section('Done', doneSince(seen, from)),
    ...section('Next', nextUp(seen)),
    `This is how it was at ${localTime(now).slice(11, 16)}. How it is now: [[Dashboard]].`,
    '',
  ];
  return writeNote({ type: 'briefing', format: 1, day, created: localTime(now) }, body.join('\n'));
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`## ${title}`, '', ...lines, ''];

function summary(seen: Seen, from: number, waiting: number, held: number): readonly string[] {
  const { ledger, now, spending } = seen;
  const { done, failed, rejected, byPolicy, byYou } = ledger.chronicle.between(from, now.getTime());
  const yesterday = localTime(new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)).slice(0, 10);
  const took = tookOn(yesterday, spending);
  const waits = waiting === 0 ? 'Nothing waits for you' : `${many(waiting, 'thing waits', 'things wait')} for you`;
  return [
    `> [!abstract] ${waits}`,
    `> Since ${localTime(new Date(from)).slice(0, 16).replace('T', ' ')}: **${done} done**, ${failed} failed, ${rejected} not done as you decided.`,
    `> Decided by you: ${byYou}. By your policy, without asking: ${byPolicy}. Held or waiting a turn: ${held}.`,
    ...(took === undefined ? [] : [`> Thinking took ${took} on ${yesterday}.`]),
  ];
}

function doneSince({ ledger }: Seen, from: number): readonly string[] {
  const ended = ledger.chronicle.ended.filter(({ at, verdict }) => verdict === 'done' && Date.parse(at) > from);
  const lines = ended
    .toReversed()
    .map(({ title, plan }) => `- ✓ ${codeSpan(title)}${plan === undefined ? '' : ` · [[${plan}|Plan]]`}`);
  return firstOf(lines, 12, more => `- and ${more} more in \`${FOLDERS.done}\``);
}

type Held = { readonly action: ActionView; readonly line: string; readonly offer: readonly string[] | undefined };

function heldSections(held: readonly Held[]): readonly string[] {
  const offered = held.some(({ offer }) => offer !== undefined)
    ? ['What is shown whole here can be called off here: tick it, and it is not done.', '']
    : [];
  const own = held.filter(({ action }) => action.state === 'held').flatMap(({ line, offer }) => offer ?? [line]);
  const rest = held.filter(({ action }) => action.state !== 'held').map(({ line }) => line);
  return [
    ...section('Done unless you say no', own.length === 0 ? [] : [...offered, ...own]),
    ...section('Waiting its turn', rest),
  ];
}

/**
 * An action with a box that says no: only for what policy holds, and only where every value stands here as it is, so that
 * nobody decides on what they have not seen. Undefined for all others, which are linked.
 */
function offerOf({ id, digest, note, state, held, due }: ActionView, now: Date): readonly string[] | undefined {
  if (held === undefined || state !== 'held' || due === undefined || !isShort(held)) return undefined;
  const values = Object.entries(held.arguments).map(
    ([name, value]) => `  - ${name}: ${codeSpan(shownValue(value), LONGEST)} · ${originMark(held.origins[name])}`,
  );
  return [
    `- [ ] No · ${codeSpan(held.title, 300)} · done at ${moment(due, now)} · [[${note}|Open]]`,
    `  - ${codeSpan(actionName(held))}, once, with exactly these values:`,
    ...values,
    `  - \`${id}\` \`${digest.slice(0, SHOWN)}\``,
  ];
}

const shownValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Whether each value can stand on one line as it is, and no file goes with it. */
function isShort({ arguments: values, attachments, title, origins }: Envelope): boolean {
  const fits = (text: string): boolean =>
    text !== '' && text.length <= LONGEST && isPlain(text) && text === text.replace(/\s+/g, ' ').trim();
  const known = Object.keys(origins).every(name => name in values);
  return known && attachments.length === 0 && fits(title) && Object.values(values).map(shownValue).every(fits);
}

/** An action that a digest offered to call off; `digest` is how the one that it showed begins. */
export type Refusal = { readonly id: string; readonly digest: string };

/** The actions whose boxes are ticked in a digest. Foreign text stands inside code spans and never begins a line. */
export function refusalsIn(text: string): readonly Refusal[] {
  const lines = text.replace(/\r\n/g, '\n').split('\n');
  return lines.flatMap((line, at) => {
    if (!/^- \[[xX]\] No · /.test(line)) return [];
    const end = lines.slice(at + 1).findIndex(one => !one.startsWith('  - '));
    const last = lines[end === -1 ? lines.length - 1 : at + end] ?? '';
    const [, id, digest] = /^ {2}- `([a-z][a-z0-9-]{2,90})` `([0-9a-f]{16})`$/.exec(last.trimEnd()) ?? [];
    return id === undefined || digest === undefined ? [] : [{ id, digest }];
  });
}
