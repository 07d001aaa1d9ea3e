import { attribute, tokensOf } from './xml.ts';

/** What the parts of a document mean for its text. Names are those of its XML, without their prefix. */
type Form = {
  /** Text counts only within these; everywhere where there are none. */
  readonly within: readonly string[];
  readonly breaks: readonly string[];
  readonly tabs: readonly string[];
  /** What is in the file and not in the document: deleted, hidden, instructions for fields. */
  readonly without: readonly string[];
};

/** Office Open XML: paragraphs of Word and PowerPoint (ECMA-376). */
export const OFFICE: Form = {
  within: ['t'],
  breaks: ['p', 'br', 'cr'],
  tabs: ['tab', 'tc'],
  without: ['delText', 'instrText', 'del', 'Fallback'],
};

/** OpenDocument 1.3: text, tables and slides. */
export const OPEN: Form = {
  within: ['p', 'h'],
  breaks: ['p', 'h', 'line-break', 'table-row', 'page'],
  tabs: ['tab', 'table-cell'],
  without: ['tracked-changes', 'annotation', 'scripts', 'font-face-decls', 'automatic-styles'],
};

/** A web page, as far as it is well-formed enough to be walked through. */
const PAGE: Form = {
  within: [],
  breaks: ['p', 'br', 'div', 'li', 'tr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'title', 'table', 'ul', 'ol'],
  tabs: ['td', 'th'],
  without: ['head', 'noscript', 'template', 'svg', 'iframe', 'object'],
};

/** Signs that mark how deep a quotation lies, at most. */
const DEEPEST_QUOTE = 5;

/** The words of a document, a line a paragraph, cells apart. At most `longest` characters. */
export function wordsIn(xml: string, form: Form, longest: number): string {
  const parts: string[] = [];
  let length = 0;
  let inside = form.within.length === 0 ? 1 : 0;
  let hidden = 0;
  let quotes = 0;
  const add = (text: string): void => {
    parts.push(text);
    length += text.length;
  };
  const isLineStart = (): boolean => parts.at(-1)?.startsWith('\n') ?? true;
  // What a mail quotes is marked as mail programs mark it.
  const lineBreak = (): void => add(`\n${'> '.repeat(Math.min(quotes, DEEPEST_QUOTE))}`);
  for (const token of tokensOf(xml)) {
    if (length >= longest) break;
    if (token.kind === 'text') {
      if (inside === 0 || hidden > 0) continue;
      const text = form === PAGE ? token.text.replace(/\s+/g, ' ') : token.text;
      if (form !== PAGE || text !== ' ' || !isLineStart()) add(text);
      continue;
    }
    const { name } = token;
    const isOpen = token.kind === 'open';
    const isEmpty = isOpen && token.isEmpty;
    if (!isEmpty && form.without.includes(name)) hidden = Math.max(0, hidden + (isOpen ? 1 : -1));
    if (!isEmpty && form.within.includes(name)) inside = Math.max(0, inside + (isOpen ? 1 : -1));
    if (hidden > 0) continue;
    if (form === PAGE && name === 'blockquote' && !isEmpty) {
      quotes = Math.max(0, quotes + (isOpen ? 1 : -1));
      lineBreak();
      continue;
    }
    if (form === OPEN && isOpen && name === 's')
      add(' '.repeat(Math.min(100, Number(attribute(token.attributes, 'c')) || 1)));
    // A block of a page begins on a line of its own, whatever stands before it.
    if (form === PAGE && isOpen && name !== 'br' && form.breaks.includes(name) && !isLineStart()) lineBreak();
    if (!isOpen || isEmpty || (form === PAGE && name === 'br')) {
      if (form.breaks.includes(name)) lineBreak();
      else if (form.tabs.includes(name)) add('\t');
    }
  }
  return tidy(parts.join('')).slice(0, longest);
}

/** A paragraph that ends a cell does not end the row. */
const tidy = (text: string): string =>
  text
    .replaceAll('\n\t', '\t')
    .split('\n')
    .map(line => line.trimEnd())
    .filter((line, at, lines) => !/^>[> ]*$/.test(line) || !/^(>[> ]*)?$/.test(lines[at - 1] ?? ''))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();

/** Scripts and styles are no XML inside: they are taken out whole, before the page is walked through. */
export function pageWords(html: string, longest: number): string {
  let rest = html;
  for (const name of ['script', 'style']) rest = without(rest, name);
  return wordsIn(rest, PAGE, longest);
}

function without(html: string, name: string): string {
  const low = html.toLowerCase();
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const open = low.indexOf(`<${name}`, at);
    if (open === -1) break;
    parts.push(html.slice(at, open));
    const close = low.indexOf(`</${name}`, open);
    const end = close === -1 ? -1 : low.indexOf('>', close);
    if (end === -1) return parts.join('');
    at = end + 1;
  }
  return `${parts.join('')}${html.slice(at)}`;
}
