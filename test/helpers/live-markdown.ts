import MarkdownIt from 'markdown-it';
import { readProperties } from '../../core/front-matter.ts';

const parser = new MarkdownIt({ html: true, linkify: true });

/** What Obsidian or a plugin of its makes of text that is neither code nor escaped. */
const LIVE: Readonly<Record<string, RegExp>> = {
  'an embed': /!\[\[/,
  'an image': /!\[/,
  'a link': /\]\(|\]\[|^\s*\[[^\]]*\]:/m,
  'an address': /\w:\/\/|\bwww\.|\w@\w|\b(?:javascript|data|mailto|obsidian|file):/i,
  'a footnote': /\[\^|\^\[/,
  'a comment': /%%/,
  HTML: /<[a-z!?/%]/i,
  'an entity': /&(?:#|\w+;)/,
  'a tag': /(?:^|\s)#[^\s#]/m,
  math: /\$/,
  'marked text': /==/,
  'a field': /::/,
  'a block name': /\s\^[\w-]+$/m,
  'something hidden': /(?![\n\ufffd])[\p{C}\p{Zl}\p{Zp}\p{DI}\u2800]|(?! )\p{Zs}/u,
};
/** Nothing is so deep in code that this would not be found by a program. */
const EVERYWHERE: Readonly<Record<string, RegExp>> = {
  'a template': /<%/,
  'something hidden': /(?!\n)[\p{C}\p{Zl}\p{Zp}\p{DI}\u2800]|(?! )\p{Zs}/u,
};
const OWN_COMMENT = /^%% steward: (?:what stands between these two lines is written by Steward|end [0-9a-f]{12}) %%$/gm;

/** The words of a line of markdown that are neither in a code span nor behind a backslash (CommonMark 6.1, 2.4). */
function outsideCode(text: string): string {
  let live = '';
  for (let at = 0; at < text.length; ) {
    if (text[at] === '\\' && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? '')) {
      live += '\ufffd';
      at += 2;
      continue;
    }
    const run = /^`+/.exec(text.slice(at))?.[0];
    if (run === undefined) {
      live += text[at];
      at += 1;
      continue;
    }
    const close = [...text.slice(at + run.length).matchAll(/`+/g)].find(([ticks]) => ticks.length === run.length);
    // Without a match the backticks are only characters.
    live += close === undefined ? run : '\ufffd';
    at += close === undefined ? run.length : run.length + close.index + run.length;
  }
  return live;
}

export type Shape = {
  /** What is live in a note and not Steward’s own, in words. */
  readonly live: readonly string[];
  /** The blocks that a note consists of, in order: foreign text may change none of them. */
  readonly blocks: readonly string[];
};

/** Looks at a note as a markdown parser and Obsidian do. `isOwn`: the notes that Steward itself links to. */
export function shapeOf(note: string, isOwn: (name: string) => boolean): Shape {
  const split = readProperties(note);
  if (!split.ok) return { live: [`properties that cannot be read: ${split.failure.message}`], blocks: [] };
  const live: string[] = Object.entries(EVERYWHERE).flatMap(([what, pattern]) => (pattern.test(note) ? [what] : []));
  const body = split.value.body
    .replace(OWN_COMMENT, '')
    .replace(/(?<!!)\[\[([^[\]|]+)(?:\|[A-Z][a-z]+)?\]\]/g, (whole, to: string) => (isOwn(to) ? 'LINK' : whole));
  const blocks: string[] = [];
  for (const token of parser.parse(body, {})) {
    if (token.type === 'fence') {
      if (!['text', 'json'].includes(token.info)) live.push(`a fence of ${token.info}`);
      blocks.push('fence');
    } else if (token.type === 'inline') {
      for (const child of token.children ?? []) {
        if (/^(?:link_open|image|html_inline|s_open)$/.test(child.type)) live.push(`${child.type}: ${token.content}`);
      }
      const words = outsideCode(token.content.replace(/^\[[ x]\] /, '').replace(/^\[!\w+\]-? /, ''));
      for (const [what, pattern] of Object.entries(LIVE)) if (pattern.test(words)) live.push(`${what}: ${words}`);
      if (/\[\[/.test(words)) live.push(`a wiki link: ${words}`);
      const box = /^\[[ xX]\] /.exec(token.content)?.[0] ?? '';
      const callout = /^\[!\w+\]-?/.exec(token.content)?.[0] ?? '';
      blocks.push(`inline ${box}${callout}`.trim());
    } else {
      if (/^(?:html_block|code_block|table_open)$/.test(token.type)) live.push(token.type);
      blocks.push(`${token.type} ${token.tag}`);
    }
  }
  for (const [name, value] of Object.entries(split.value.properties)) {
    if (typeof value === 'string' && /\[\[/.test(value.replace(/^\[\[([^[\]|#^]+)\]\]$/, '')))
      live.push(`a link in the property ${name}: ${value}`);
  }
  return { live, blocks };
}
