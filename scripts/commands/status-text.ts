import { styleText } from 'node:util';
import { terminalLine } from '../../core/inert.ts';
import { minuteOf } from '../../core/names.ts';
import { cutTo, widthOf } from '../../core/terminal-text.ts';
import type { Status, Waiting } from './status.ts';

/** How wide what is shown may be, in columns; unbounded where it goes into a file or a program. */
export type Look = { readonly width: number | undefined; readonly colour: boolean };

/** What has everything go on that is stopped for this reason; what the environment stops no command can lift. */
export const goOn = (stopped: string): string =>
  stopped.startsWith('STEWARD_ENABLED')
    ? 'take STEWARD_ENABLED out of the environment and start again'
    : 'steward resume';

/** How long ago, in its largest unit: `now`, `5 min`, `3 h`, `12 days`. */
export function ageOf(at: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - Date.parse(at)) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** The shortest beginnings of ids that a command still understands, no shorter than four signs behind the kind. */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const short = (id: string): string => {
    const from = id.indexOf('-') + 1 + 4;
    for (let length = from; length < id.length; length += 1) {
      const begin = id.slice(0, length);
      if (!begin.endsWith('-') && ids.filter(one => one.startsWith(begin)).length === 1) return begin;
    }
    return id;
  };
  return new Map(ids.map(id => [id, short(id)]));
}

/** What each kind of thing waits for, and the command that a person types. */
const COMMANDS: Readonly<Partial<Record<Waiting['kind'], (id: string) => string>>> = {
  approval: id => `steward approve ${id}`,
  question: id => `steward answer ${id} "…"`,
};
const FAILED = 5;
type Row = { readonly id: string; readonly text: string; readonly age: string; readonly below: readonly string[] };

/** How things stand, at a glance: what waits for the person first, then what waits by itself, is in work, and failed. */
export function statusText(status: Status, now: Date, look: Look): string {
  const { waiting, lapsed, working, failed, stopped, paused, channels } = status;
  const ids = shortIds([...waiting, ...lapsed].map(({ id }) => id));
  const row = (one: Waiting, below: readonly string[]): Row => ({
    ...{ id: ids.get(one.id) ?? one.id, text: one.title, age: ageOf(one.since, now), below },
  });
  const mine = waiting.filter(({ kind }) => kind in COMMANDS);
  const others = waiting.filter(({ kind }) => !(kind in COMMANDS));
  // What waits for the person has its own line above.
  const busy = working.filter(
    ({ id, paused: why }) => why !== undefined || !waiting.some(one => one.id.startsWith(`${id}-`)),
  );
  const stops = [
    ...(stopped === null ? [] : [{ what: 'Everything is stopped', why: stopped, command: goOn(stopped) }]),
    ...paused.map(({ channel, why }) => ({
      ...{ what: `${channel} is paused`, why, command: `steward resume ${channel}` },
    })),
  ];
  const parts = [
    section(stopped === null ? 'Paused' : 'Stopped', 'red', look, [
      ...stops.map(({ what, why, command }) => ({
        ...{ id: '', text: `${what}: ${why}`, age: '', below: [command] },
      })),
    ]),
    section('Waits for you', 'yellow', look, [
      ...mine.map(one => row(one, [COMMANDS[one.kind]?.(ids.get(one.id) ?? one.id) ?? '', one.why ?? ''])),
      ...lapsed.map(one => row(one, [`steward approve ${ids.get(one.id) ?? one.id}  (lapsed: ask again)`])),
    ]),
    section(
      'Waits by itself',
      undefined,
      look,
      others.map(one => row(one, waits(one))),
    ),
    section('In work', undefined, look, [
      ...busy.map(({ id, title, since, paused: why }) => ({
        ...{ id, text: title, age: ageOf(since, now) },
        below: why === undefined ? [] : [`Paused: ${why}`, `steward resume ${id}`],
      })),
    ]),
    section('Failed lately', 'red', look, [
      ...failed
        .slice(-FAILED)
        .reverse()
        .map(({ title, at }) => ({ id: '', text: title, age: ageOf(at, now), below: [] })),
    ]),
    section(
      'Connected',
      undefined,
      look,
      channels.map(({ name, about }) => ({ id: name, text: about, age: '', below: [] })),
    ),
  ].filter(part => part.length > 0);
  const nothing = mine.length + lapsed.length + stops.length === 0 ? [['Nothing waits for you.']] : [];
  return `${[...nothing, ...parts, [...decideHint(mine), health(status, look.width)]].map(part => part.join('\n')).join('\n\n')}\n`;
}

function waits({ kind, until, why }: Waiting): readonly string[] {
  const when = until === undefined ? '' : ` ${minuteOf(until)}`;
  const said: Readonly<Partial<Record<Waiting['kind'], string>>> = {
    held: `Held: done at${when} unless you say no`,
    capped: `Over a cap, until${when}: ${why ?? ''}`,
    retry: 'Not done yet: it is tried again',
    approved: 'Approved: it is its turn soon',
  };
  return [said[kind] ?? kind];
}

const decideHint = (mine: readonly Waiting[]): readonly string[] =>
  mine.some(({ kind }) => kind === 'approval') ? ['Look at each and decide:  steward review', ''] : [];

/** About Steward itself: one line, or as many as the width asks for. */
function health({ ready, node, brain, next_due, retrying }: Status, width = Number.POSITIVE_INFINITY): string {
  const parts = [
    ready ? 'Steward runs' : 'Steward does not run:  steward start',
    `node ${node}`,
    `brain ${brain}`,
    ...(retrying === 0 ? [] : [`${retrying} to be tried again`]),
    ...(next_due === null || next_due.startsWith('9999') ? [] : [`next due ${minuteOf(next_due)}`]),
  ];
  return parts.reduce((text, part) => {
    const last = text.slice(text.lastIndexOf('\n') + 1);
    return `${text}${widthOf(last) + widthOf(part) + 3 > width ? '\n' : ' · '}${part}`;
  });
}

/** A heading with its rows: the id to type, what it is, and how old; nothing where there is no row. */
function section(
  heading: string,
  colour: 'red' | 'yellow' | undefined,
  { width, colour: colours }: Look,
  rows: readonly Row[],
): readonly string[] {
  if (rows.length === 0) return [];
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(one => one.length));
  const [idWidth, ageWidth] = [widest(rows.map(({ id }) => id)), widest(rows.map(({ age }) => age))];
  const left = 2 + (idWidth === 0 ? 0 : idWidth + 2) + (ageWidth === 0 ? 0 : ageWidth + 2);
  const fit = (text: string): string =>
    width === undefined ? terminalLine(text) : cutTo(terminalLine(text), Math.max(20, width - left));
  const lines = rows.flatMap(({ id, text, age, below }) => [
    [
      ...(idWidth === 0 ? [] : [paint('bold', id.padEnd(idWidth))]),
      ...(ageWidth === 0 ? [] : [paint('dim', age.padStart(ageWidth))]),
      fit(text),
    ].join('  '),
    ...below.filter(one => one !== '').map(one => paint('dim', `${' '.repeat(left - 2)}${fit(one)}`)),
  ]);
  return [paint(colour === undefined ? 'bold' : ['bold', colour], heading), ...lines.map(one => `  ${one}`)];
}
