import type { Line } from './runs.ts';

/** Lines as markdown, at most `longest` characters; `left` counts those of the text that are left out. */
export function markdownOf(lines: readonly Line[], longest: number): { readonly text: string; readonly left: number } {
  const out: string[] = [];
  let length = 0;
  let left = 0;
  let depth = 0;
  let level = 0;
  for (const line of lines) {
    if (length + line.text.length > longest) {
      left += line.plain.length;
      continue;
    }
    const isBlank = line.text === '';
    // Without an empty line between them the outer would go on in the inner.
    if (line.depth !== depth && out.length > 0 && out.at(-1) !== '') out.push('');
    if (line.depth !== depth) level = 0;
    depth = line.depth;
    if (isBlank && (out.length === 0 || out.at(-1)?.replace(/[> ]/g, '') === '')) continue;
    const quote = '> '.repeat(line.depth);
    if (line.item === undefined) {
      // An item’s own words end where the list does.
      if (level > 0 && !isBlank) out.push(quote.trimEnd());
      level = 0;
      out.push(...line.text.split('\n').map(one => `${quote}${one}`.trimEnd()));
    } else {
      if (level === 0 && out.length > 0 && out.at(-1)?.replace(/[> ]/g, '') !== '') out.push(quote.trimEnd());
      level = Math.min(line.item.level, level + 1);
      out.push(`${quote}${'    '.repeat(level - 1)}${line.item.mark} ${line.text}`);
    }
    length += line.text.length + 1;
  }
  while (out.at(-1)?.replace(/[> ]/g, '') === '') out.pop();
  return { text: out.join('\n'), left };
}

/** A callout of Obsidian’s: folded where `isFolded`. Its heading is ours and no text of a mail. */
export function callout(kind: string, heading: string, lines: readonly string[], isFolded = false): string {
  const body = lines.flatMap(line => line.split('\n')).map(line => (line === '' ? '>' : `> ${line}`));
  return [`> [!${kind}]${isFolded ? '-' : ''} ${heading}`, ...body].join('\n');
}
