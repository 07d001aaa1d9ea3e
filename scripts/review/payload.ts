import { styleText } from 'node:util';
import { canonicalJson, type Json } from '../../core/digest.ts';
import { actionName, type Envelope, originMark } from '../../core/envelope.ts';
import { isPlain, terminalLine, visibleJson } from '../../core/inert.ts';
import { minuteOf } from '../../core/names.ts';
import { wrapTo } from '../../core/terminal-text.ts';

export type Sheet = { readonly width: number; readonly colour: boolean };
type Style = Parameters<typeof styleText>[0];

/**
 * An action whole, as a person decides on it at a terminal: every value in full and where it came from, its files, and
 * why it is asked. What came from outside stands behind a bar, so that none of it passes for words of ours.
 */
export function payloadText(envelope: Envelope, values: Envelope['arguments'], sheet: Sheet): string {
  const paint = painter(sheet);
  const { arguments: recorded, origins, attachments, reasons = [], zone, signature } = envelope;
  const sections = Object.entries(values).flatMap(([name, value]) => {
    const isChanged = canonicalJson(recorded[name] ?? null) !== canonicalJson(value);
    const mark = isChanged ? 'changed by hand' : originMark(origins[name]);
    return [
      `${paint('bold', name)}  ${marked(mark, paint)}`,
      ...bars(shownValue(value), sheet.width),
      ...(isChanged ? [] : elements(name, value, envelope, sheet, paint)),
      ...(isChanged ? ['  it was:', ...bars(shownValue(recorded[name] ?? null), sheet.width)] : []),
    ];
  });
  const files = attachments.flatMap(({ path, size, sha256 }) => [
    `${paint('bold', 'file')}  ${size.toLocaleString('en')} bytes, sha256 ${sha256.slice(0, 16)}…`,
    ...bars(path, sheet.width),
  ]);
  const asks = zone === 'red' ? 'Why it asks:' : 'Why it is held:';
  const why = reasons.flatMap(one => wrapTo(`${terminalLine(one)}`, sheet.width - 2).map(line => `  ${line}`));
  return [
    ...wrapTo(terminalLine(envelope.title), sheet.width).map(line => paint('bold', line)),
    `${actionName(envelope)}${envelope.account === '' ? '' : ` (${terminalLine(envelope.account)})`}, once, with exactly these values:`,
    '',
    ...sections,
    ...files,
    ...(why.length === 0 ? [] : ['', asks, ...why]),
    ...(signature === undefined ? [] : ['', 'Your policy wants this decision signed.']),
    '',
    paint('dim', `zone ${zone} · thought by ${terminalLine(envelope.brain)} · lapses ${minuteOf(envelope.expires)}`),
    '',
  ].join('\n');
}

const painter =
  ({ colour }: Sheet) =>
  (style: Style, text: string): string =>
    colour ? styleText(style, text, { validateStream: false }) : text;

/** An origin in its own words; what a stranger may have written in red. */
function marked(mark: string, paint: (style: Style, text: string) => string): string {
  const plain = mark.replaceAll('**', '');
  return mark.startsWith('**') ? paint('red', `! ${plain}`) : paint('dim', plain);
}

/** A text that can be seen for what it is stands as it is, anything else as JSON. */
const shownValue = (value: Json): string =>
  typeof value === 'string' && isPlain(value) ? value : visibleJson(value, 1);

/** Text behind a bar, wrapped here: a line that the terminal broke would begin without one. */
export const bars = (text: string, width: number): readonly string[] =>
  text.split('\n').flatMap(line => wrapTo(terminalLine(line), Math.max(20, width - 4)).map(part => `  │ ${part}`));

function elements(
  name: string,
  value: Json,
  { origins }: Envelope,
  sheet: Sheet,
  paint: (style: Style, text: string) => string,
): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((element, index) => {
    const origin = origins[`${name}.${index}`];
    if (origin === undefined) return [];
    return [...bars(shownValue(element), sheet.width), `    ${marked(originMark(origin), paint)}`];
  });
}
