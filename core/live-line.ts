import { styleText } from 'node:util';
import { localTime } from './names.ts';
import { cutTo, widthOf } from './terminal-text.ts';

/** How a terminal shows what happens: its width in columns, and whether in colour. */
export type Terminal = { readonly width: number; readonly colour: boolean };

type Colour = Parameters<typeof styleText>[0];
/** What a person has to do something about, what went well, what did not. */
const COLOURS: readonly (readonly [RegExp, Colour])[] = [
  [/^(asks|question|wanted|holds|waits)/, 'yellow'],
  [/^(done|filed|approved|allowed|answered|resumed)/, 'green'],
  [/^(failed|refused|STOPPED|set aside|lapsed|!)/, 'red'],
];
/** Columns that the word for what happened takes. */
const WORD = 11;

/**
 * One event as a person watches it: the local time, what happened in colour, and the line cut to the terminal’s width.
 * Where the line says in which note something stands, the title is cut before that.
 */
export function liveLine(line: string, at: Date, { width, colour }: Terminal): string {
  const paint = (style: Colour, text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  const time = localTime(at).slice(11);
  const room = Math.max(20, width - time.length - 2);
  const [, title = line, place = ''] = /^(.*?)( {2}→ {2}.*)$/.exec(line) ?? [];
  const beside = room - widthOf(place);
  const shown = place === '' || beside < 30 ? cutTo(line, room) : `${cutTo(title, beside)}${place}`;
  const found = COLOURS.find(([word]) => word.test(shown));
  if (found === undefined) return `${paint('dim', time)}  ${shown}`;
  const end = shown.startsWith('! ') ? shown.length : WORD;
  return `${paint('dim', time)}  ${paint(found[1], shown.slice(0, end))}${shown.slice(end)}`;
}

/**
 * Writes the lines of a log: on a terminal as a person watches them, elsewhere bare, since whoever keeps them adds the
 * time.
 */
export function tellOn(stream: NodeJS.WriteStream, colour: boolean): (line: string) => void {
  return line => {
    const shown = stream.isTTY ? liveLine(line, new Date(), { width: stream.columns || 80, colour }) : line;
    stream.write(`${shown}\n`);
  };
}
