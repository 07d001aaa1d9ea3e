/**
 * Text from outside, made harmless inside a note: nothing in it can fetch, run, embed, link or query when the note
 * is opened in Obsidian, and nothing in it can pass for our own words.
 */

/** Characters that are invisible, look like a plain space but are not, or change the direction of what is shown. */
const HIDDEN = /(?!\n)[\p{C}\p{Zl}\p{Zp}\p{DI}\u2800]|(?! )\p{Zs}/u;
const EACH_HIDDEN = new RegExp(HIDDEN.source, 'gu');
/** Templater runs what stands between `<%` and `%>` anywhere in a new note, in code too. */
const TEMPLATE = '<%';

/** Whether the text may stand in a box as it is: every character can be seen for what it is, and nothing in it is run. */
export function isPlain(text: string): boolean {
  return !HIDDEN.test(text) && !text.includes(TEMPLATE);
}

/** JSON in which hidden characters stand as escapes, so that the eye sees what a program would get. */
export function visibleJson(value: unknown, indent?: number): string {
  return visible(JSON.stringify(value, null, indent));
}

/** The same JSON with hidden characters, and what would be run, as escapes. */
function visible(json: string): string {
  const code = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(EACH_HIDDEN, found => found.split('').map(code).join('')).replaceAll(TEMPLATE, `${code('<')}%`);
}

/** Most text holds nothing of the kind: looking for it all the same would take more than all else that is done with it. */
const UNUSUAL = /[^ -~\n]/;

/** Hidden characters shown as such, and a template that cannot run. */
export const shown = (text: string): string =>
  (UNUSUAL.test(text) ? text.replace(EACH_HIDDEN, '\ufffd') : text).replaceAll(TEMPLATE, '< %');

/** One line for a terminal: nothing in it moves the cursor, changes colours, or hides. */
export const terminalLine = (text: string): string => text.replace(EACH_HIDDEN, '\ufffd');

/** A code span: one line, hidden characters replaced, long text cut in the middle. */
export function codeSpan(text: string, limit = 120): string {
  let line = text.replace(/\s+/g, ' ').trim();
  if (line.length > limit) line = `${line.slice(0, limit - 21)} … ${line.slice(-18)}`;
  // After the cut, which may leave half a character: written to disk that would be another one.
  line = shown(line);
  if (line === '') return '(empty)';
  // Dataview would run a code span that starts with `=` or `$=`, and Meta Bind one that starts with a word of its own.
  if (/^(\$?=|[A-Z_]+\[)/i.test(line)) line = `· ${line}`;
  const ticks = '`'.repeat(longestRun(line) + 1);
  return ticks.length === 1 ? `\`${line}\`` : `${ticks} ${line} ${ticks}`;
}

/** A link to a note by its name; a name that could be read as more than a name is only shown. */
export function noteLink(name: string): string {
  return isNoteName(name) ? `[[${name}]]` : codeSpan(name);
}

/** The same for a property, where nothing is code. */
export const noteProperty = (name: string): string => (isNoteName(name) ? `[[${name}]]` : propertyText(name));

/** Foreign text as a property: one line, and no link. */
export const propertyText = (text: string): string =>
  shown(text.replace(/\s+/g, ' ')).replace(/\[\[|\]\]/g, found => (found === '[[' ? '[ [' : '] ]'));

const isNoteName = (name: string): boolean =>
  isPlain(name) && !/[[\]|#^\\\n`<>]|%%|::|:\/\//.test(name) && name.trim() !== '';

/** What a program turns into a link by itself: an address with a scheme, of mail, or of a place on the web. */
const ADDRESS =
  /\/\/|[^\s]@[^\s]|(?<![\p{L}\p{N}])[a-z][a-z0-9+.-]{1,20}:[^\s:]|[\p{L}\p{N}]\.\p{L}{2,}|(?<![\p{L}\p{N}])www\./iu;

/** What a line or word must hold for any of it to be an address or markup; a dot that ends a word is neither. */
const TELLING = /[^A-Za-z0-9,;'"()? .-]|\.(?! |$)|w\./i;

/**
 * One line of prose: nothing in it is markup, a link, an embed, a tag, a comment or a Dataview field. An address stands
 * in a code span, so that it is read and not clicked.
 */
export function proseLine(text: string): string {
  const line = shown(text.replace(/\s+/g, ' ').trim());
  const words = TELLING.test(line) ? line.split(' ').map(proseWord).join(' ') : line;
  return words.replace(/^([-+])/, '\\$1').replace(/^(\d+)([.)])/, '$1\\$2');
}

function proseWord(word: string): string {
  if (!TELLING.test(word)) return word;
  return ADDRESS.test(word) ? addressSpan(word) : escaped(word);
}

const CLOSING = '.,;:!?)"”’»';

/** Sentences end behind an address too. */
function addressSpan(word: string): string {
  const before = /^[("“‘«]*/u.exec(word)?.[0] ?? '';
  let end = word.length;
  // By hand: a pattern for this would look through a long run of dots once for each of them.
  while (end > before.length && CLOSING.includes(word.charAt(end - 1))) end -= 1;
  const [address, after] = [word.slice(before.length, end), word.slice(end)];
  return address === '' ? escaped(word) : `${escaped(before)}${codeSpan(address, 400)}${escaped(after)}`;
}

const escaped = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]<>#|!$%^~=&]/g, '\\$&')
    .replace(/:(?=:)/g, '$&\\')
    // What a program could take for the beginning of an address, however it goes on.
    .replace(/\b(javascript|data|mailto|obsidian|file):/gi, '$1\\:');

/** A fenced block of plain text, with a fence longer than any run of backticks inside. */
export function fence(text: string, language: 'text' | 'json' = 'text'): string {
  const ticks = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${ticks}${language}\n${text}\n${ticks}`;
}

/** Text quoted for reading: the same as `fence`, with hidden characters replaced. */
export function quoted(text: string): string {
  return fence(shown(text.replace(/\r\n?/g, '\n')));
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}
