import { Parser } from 'htmlparser2';
import { quoted } from '../../../core/inert.ts';
import { seenLine } from '../../../core/mail/line.ts';
import type { Links } from './links.ts';
import { inertLines, type Line, type Run } from './runs.ts';

/** Characters of a page that are walked through, of text that is kept, and how deep its elements are followed. */
const MOST = { page: 3_000_000, text: 150_000, lines: 20_000, depth: 500, quotes: 4, levels: 5 };

const BREAKS = new Set(
  'p div h1 h2 h3 h4 h5 h6 ul ol li table tbody thead tr blockquote address article aside body center dd details dl dt fieldset figcaption figure footer form header hr main nav section summary caption pre'.split(
    ' ',
  ),
);
/** Around these stands an empty line. */
const SPACED = new Set('p h1 h2 h3 h4 h5 h6 table blockquote hr pre ul ol'.split(' '));
const STRONG = new Set('b strong h1 h2 h3 h4 h5 h6 th'.split(' '));
/** What stands in these is no text of the page. */
const APART = new Set(
  'script style head title noscript template svg math iframe object embed applet select textarea audio video canvas map noembed noframes xmp plaintext'.split(
    ' ',
  ),
);
const HIDDEN =
  /(?:^|;)\s{0,9}color\s{0,9}:\s{0,9}transparent|display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|mso-hide\s{0,9}:\s{0,9}all|(?:font-size|max-height|opacity)\s{0,9}:\s{0,9}0(?:\.0+)?(?:px|pt|em|%)?\s{0,9}(?:;|!|$)/i;

export type Page = {
  readonly lines: readonly Line[];
  /** Characters that mail programs do not show either. */
  readonly hidden: number;
  /** Pictures that would be fetched from elsewhere. */
  readonly pictures: number;
  readonly isCut: boolean;
};

/** What an open element changes until it closes. */
type Open = {
  readonly name: string;
  readonly strong: boolean;
  readonly to: string | undefined;
  readonly hidden: boolean;
  readonly apart: boolean;
};

/**
 * A web page of a mail as lines of text in which nothing is live (WHATWG HTML, as far as mail programs show it). It is
 * walked through once: no tree is built, so that neither depth nor size can take more than its length.
 */
export function pageLines(html: string, links: Links): Page {
  const walk = new Walk(links);
  let rest = html.slice(0, MOST.page);
  while (rest !== '' && !walk.isFull) rest = walk.over(rest);
  walk.end();
  return {
    lines: walk.lines,
    hidden: walk.hidden,
    pictures: walk.pictures,
    isCut: walk.isFull || html.length > MOST.page,
  };
}

class Walk {
  readonly lines: Line[] = [];
  hidden = 0;
  pictures = 0;
  isFull = false;
  readonly #links: Links;
  #open: Open[] = [];
  #runs: Run[] = [];
  #length = 0;
  #quotes = 0;
  #lists: { counts: boolean; at: number }[] = [];
  #item: Line['item'];
  #wantsSpace = false;
  /** A cell of a table has ended, and what follows stands beside it. */
  #beside = false;
  #raw: string[] | undefined;

  constructor(links: Links) {
    this.#links = links;
  }

  /** Walks over a page, and gives what is left where its elements lie too deep to be followed in one go. */
  over(html: string): string {
    // What was hidden by an element whose end will not be known is shown: rather too much than lost.
    this.#open = [];
    let isDeep = false;
    const look = (): void => {
      if (this.#open.length <= MOST.depth && !this.isFull) return;
      isDeep = true;
      parser.pause();
    };
    const parser = new Parser({
      onopentag: (name, attributes) => {
        this.#begin(name, attributes);
        look();
      },
      ontext: text => {
        this.#text(text);
        look();
      },
      onclosetag: name => this.#close(name),
    });
    parser.write(html);
    if (isDeep) return this.isFull ? '' : html.slice(parser.endIndex + 1);
    parser.end();
    return '';
  }

  end(): void {
    this.#flushRaw();
    this.#lineEnd();
  }

  #begin(name: string, attributes: Readonly<Record<string, string>>): void {
    const within = this.#open.at(-1);
    const style = (attributes.style ?? '').slice(0, 2000);
    const apart = (within?.apart ?? false) || APART.has(name);
    const hidden = (within?.hidden ?? false) || 'hidden' in attributes || HIDDEN.test(style);
    const strong = (within?.strong ?? false) || STRONG.has(name);
    const to = name === 'a' ? attributes.href?.trim() : within?.to;
    this.#open.push({ name, strong, to, hidden, apart });
    if (apart || hidden) return;
    if (name === 'br') this.#lineEnd(true);
    else if (name === 'img') this.#picture(attributes);
    else if (name === 'td' || name === 'th') this.#beside = this.#runs.length > 0;
    else if (BREAKS.has(name)) this.#break(name, true);
    if (name === 'blockquote') this.#quotes += 1;
    else if (name === 'ul' || name === 'ol') this.#lists.push({ counts: name === 'ol', at: 0 });
    else if (name === 'li') this.#startItem();
    else if (name === 'pre') this.#raw = [];
  }

  #close(name: string): void {
    const open = this.#open.pop();
    if (open === undefined || open.apart || open.hidden) return;
    if (name === 'pre') this.#flushRaw();
    if (BREAKS.has(name)) this.#break(name, false);
    if (name === 'blockquote') this.#quotes = Math.max(0, this.#quotes - 1);
    else if (name === 'ul' || name === 'ol') this.#lists.pop();
  }

  #break(name: string, isOpening: boolean): void {
    this.#lineEnd();
    if (name === 'li' || name === 'ul' || name === 'ol') this.#item = undefined;
    // Lists within lists stand close together.
    const isInner = (name === 'ul' || name === 'ol') && this.#lists.length > (isOpening ? 0 : 1);
    if (SPACED.has(name) && !isInner && !(name === 'p' && this.#lists.length > 0)) this.#wantsSpace = true;
  }

  #startItem(): void {
    const list = this.#lists.at(-1);
    if (list !== undefined) list.at += 1;
    const mark = list?.counts === true ? `${Math.min(list.at, 9999)}.` : '-';
    this.#item = { mark, level: Math.min(Math.max(1, this.#lists.length), MOST.levels) };
  }

  #text(text: string): void {
    const within = this.#open.at(-1);
    if (within?.apart === true) return;
    if (within?.hidden === true) {
      this.hidden += text.trim().length;
      return;
    }
    if (this.#raw !== undefined) {
      this.#raw.push(text);
      this.#length += text.length;
    } else this.#add(text);
    this.isFull ||= this.#length > MOST.text || this.lines.length > MOST.lines;
  }

  #add(text: string): void {
    if (this.#runs.length === 0 && text.trim() === '') return;
    if (this.#beside && text.trim() !== '') {
      this.#runs.push({ text: ' · ' });
      this.#beside = false;
    }
    const { strong = false, to } = this.#open.at(-1) ?? {};
    this.#length += text.length;
    this.#runs.push({ text, strong, ...(to === undefined ? {} : { to }) });
  }

  /** A picture is what its words say. What is one dot large, or has no words, only tells the sender that it was seen. */
  #picture({ src = '', alt = '', width = '', height = '' }: Readonly<Record<string, string>>): void {
    if (/^(?:https?:)?\/\//i.test(src.trim())) this.pictures += 1;
    const words = seenLine(alt).slice(0, 150);
    if (/^[0-3](?:px)?$/.test(width.trim()) || /^[0-3](?:px)?$/.test(height.trim()) || !/\p{L}{2}/u.test(words)) return;
    // A link of nothing but a picture is known by its words.
    this.#add(this.#open.at(-1)?.to === undefined ? `[picture: ${words}]` : words);
  }

  #lineEnd(isByHand = false): void {
    this.#beside = false;
    const runs = this.#runs;
    this.#runs = [];
    const made = inertLines(runs, this.#links);
    if (made.length === 0) {
      if (isByHand) this.#wantsSpace ||= this.lines.length > 0 && runs.length === 0;
      return;
    }
    const item = this.#item;
    for (const [index, one] of made.entries())
      this.#push({ depth: this.#depth, ...one, ...(item === undefined || index > 0 ? {} : { item }) });
    this.#item = undefined;
  }

  #push(line: Line): void {
    if (this.#wantsSpace && this.lines.length > 0) this.lines.push({ depth: line.depth, plain: '', text: '' });
    this.#wantsSpace = false;
    this.lines.push(line);
  }

  /** Text whose blanks count. */
  #flushRaw(): void {
    const raw = this.#raw?.join('').replace(/^\n+|\s+$/g, '');
    this.#raw = undefined;
    if (raw === undefined || raw === '') return;
    this.#push({ depth: this.#depth, plain: raw, text: quoted(raw) });
    this.#wantsSpace = true;
  }

  get #depth(): number {
    return Math.min(this.#quotes, MOST.quotes);
  }
}
