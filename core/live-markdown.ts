import type { Json } from './digest.ts';

/**
 * What a program that opens a note does by itself: Obsidian, or one of its common plugins. Looked for in the text as it
 * is, also where it stands in code, so that no other reading of markdown gets past it: too much is found rather than too
 * little. What only does something once it is clicked is not meant.
 */
const LIVE: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'an image or something embedded', pattern: /!\[/ },
  // A bare address in angle brackets, as a Message-ID is, is no tag: without spaces, quotes and slashes it has no name
  // that a page knows, and no attributes.
  { what: 'HTML', pattern: /<(?!\w[\w.!#$%&*+=?^{|}~-]{0,249}@[\w.-]{1,250}>)[a-z!?/]/i },
  { what: 'a template', pattern: /<%/ },
  {
    what: 'a block that a program runs',
    pattern:
      /^(?:[ \t>]|[-+*][ \t]|\d+[.)][ \t])*(?:`{3,}(?!`)|~{3,}(?!~))[ \t]*(?!(?:text|txt|json|csv|yaml)?[ \t]*\r?$)\S/im,
  },
  { what: 'a code span that a program runs', pattern: /`\s*(?:\$?=|[A-Z_]+\[)/i },
  { what: 'a formula that can fetch', pattern: /\\(?:style|href|class|cssId|require|includegraphics)\b/i },
  {
    what: 'a property that a program acts on',
    pattern: /^\ufeff?---[ \t]*\r?\n(?:(?!---)[^\n]*\n)*?[^\n]*(?:\/\/|plugin|cssclass|banner|cover)/i,
  },
];

/** What is live in the texts of a value, in words, each once. Pure. */
export function liveIn(value: Json): readonly string[] {
  const texts = textsOf(value);
  return LIVE.flatMap(({ what, pattern }) => (texts.some(text => pattern.test(text)) ? [what] : []));
}

function textsOf(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
