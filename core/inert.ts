/**
 * Text from outside, made harmless inside a note: nothing in it can fetch, run, embed, link or query when the note
 * is opened in Obsidian, and nothing in it can pass for our own words.
 */

/** Characters that are invisible, look like a plain space but are not, or change the direction of what is shown. */
const HIDDEN = /(?!\n)[\p{C}\p{Zl}\p{Zp}\p{DI}]|(?! )\p{Zs}/u;
const EACH_HIDDEN = new RegExp(HIDDEN.source, 'gu');

/** Whether every character of the text can be seen for what it is. */
export function isPlain(text: string): boolean {
  return !HIDDEN.test(text);
}

/** JSON in which hidden characters stand as escapes, so that the eye sees what a program would get. */
export function visibleJson(value: unknown, indent?: number): string {
  const visible = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, indent).replace(EACH_HIDDEN, found => found.split('').map(visible).join(''));
}

/** A code span: one line, hidden characters replaced, long text cut in the middle. */
export function codeSpan(text: string, limit = 120): string {
  let shown = text.replace(/\s+/g, ' ').trim();
  if (shown.length > limit) shown = `${shown.slice(0, limit - 21)} … ${shown.slice(-18)}`;
  // After the cut, which may leave half a character: written to disk that would be another one.
  shown = shown.replace(EACH_HIDDEN, '\ufffd');
  if (shown === '') return '(empty)';
  // Dataview would run a code span that starts with `=` or `$=`.
  if (/^\$?=/.test(shown)) shown = `· ${shown}`;
  const ticks = '`'.repeat(longestRun(shown) + 1);
  return ticks.length === 1 ? `\`${shown}\`` : `${ticks} ${shown} ${ticks}`;
}

/** One line of prose: nothing in it is markup, a link, an embed, a tag, a comment or a Dataview field. */
export function proseLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(EACH_HIDDEN, '\ufffd')
    .replace(/[\\`*_{}[\]<>#|!$%^~=]/g, '\\$&')
    .replaceAll('::', ':\\:');
}

/** A fenced block of plain text, with a fence longer than any run of backticks inside. */
export function fence(text: string, language: 'text' | 'json' = 'text'): string {
  const ticks = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${ticks}${language}\n${text}\n${ticks}`;
}

/** Text quoted for reading: the same as `fence`, with hidden characters replaced. */
export function quoted(text: string): string {
  return fence(text.replace(/\r\n?/g, '\n').replace(EACH_HIDDEN, '\ufffd'));
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}
