import stringWidth from 'fast-string-width';

/** How many columns a text takes on a terminal: wide characters and emoji take two, marks none. */
export const widthOf = (text: string): number => stringWidth(text);

let segmenter: Intl.Segmenter | undefined;
/** What the eye takes for one character each. Made when it is first needed: that takes longer than most commands’ work. */
function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** One line cut to a number of columns, with an ellipsis where something is left out; never inside a character. */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemesOf(text)) {
    const width = widthOf(segment);
    if (used + width > columns - 1) break;
    kept += segment;
    used += width;
  }
  return columns < 1 ? '' : `${kept.trimEnd()}…`;
}

/** One line as several, each of a number of columns at most: broken behind a space where there is one, else anywhere. */
export function wrapTo(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const { segment } of graphemesOf(text)) {
    const width = widthOf(segment);
    if (used + width > columns && line !== '') {
      const space = segment === ' ' ? line.length : line.lastIndexOf(' ') + 1;
      const at = space > line.length / 2 ? space : line.length;
      lines.push(line.slice(0, at));
      line = line.slice(at);
      used = widthOf(line);
    }
    line += segment;
    used += width;
  }
  return [...lines, line];
}
