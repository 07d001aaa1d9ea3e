import matter from 'gray-matter';
import { parseDocument, stringify, visit } from 'yaml';
import { fail, messageOf, ok, type Result } from './outcome.ts';

/** Longest front matter that is read, in characters: ours take under 1,000. */
const LONGEST = 64 * 1024;

/** How a value is written: on one line, since a block of text loses line ends at its edges. */
const ON_ONE_LINE = { lineWidth: 0, schema: 'core', blockQuote: false } as const;

export type Properties = Readonly<Record<string, unknown>>;
export type Split = { readonly properties: Properties; readonly body: string; readonly present: boolean };

const refuse = (): never => {
  throw new Error('only YAML front matter is read');
};

/**
 * Reads a note's properties strictly: YAML 1.2 only, no duplicate keys, no aliases, no tags, a mapping at the top.
 *
 * gray-matter evaluates `---js` front matter by default, so only a bare `---` line reaches it, every engine but YAML
 * refuses, and YAML is read by the `yaml` package. Options are given on every call, which also turns its cache off.
 */
export function readProperties(text: string): Result<Split> {
  const unmarked = text.startsWith('\ufeff') ? text.slice(1) : text;
  const first = /^(---[^\n]*)\r?\n/.exec(unmarked)?.[1] ?? (unmarked.startsWith('---') ? unmarked : '');
  if (!first.startsWith('---')) return ok({ properties: {}, body: unmarked, present: false });
  if (first.trimEnd() !== '---') {
    if (/^-{4,}\s*$/.test(first)) return ok({ properties: {}, body: unmarked, present: false });
    return fail('invalid', `The note starts with “${first.slice(0, 40)}”, which is not plain front matter.`);
  }
  const end = /\r?\n---[ \t]*(?:\r?\n|$)/.exec(unmarked.slice(3));
  if (end === null) {
    return fail('invalid', 'The properties at the top of the note are not closed by a line of three dashes.');
  }
  const closing = unmarked.slice(3).indexOf('\n---');
  if (closing !== end.index + (end[0].startsWith('\r') ? 1 : 0)) {
    return fail('invalid', 'A line in the properties at the top of the note starts with three dashes.');
  }
  if (end.index > LONGEST) return fail('invalid', 'The properties at the top of the note are far too long.');
  try {
    const parsed = matter(unmarked, {
      language: 'yaml',
      delimiters: '---',
      engines: {
        yaml: { parse: source => strictYaml(source.replace(/\r(?=\n|$)/g, '')), stringify: refuse },
        json: refuse,
        javascript: refuse,
        js: refuse,
        coffee: refuse,
        coffeescript: refuse,
        cson: refuse,
        toml: refuse,
      },
    });
    return ok({ properties: parsed.data, body: parsed.content, present: true });
  } catch (error) {
    const why = /call stack/i.test(messageOf(error))
      ? 'they are nested too deep.'
      : messageOf(error).split('\n')[0]?.replace(/:$/, '.');
    return fail('invalid', `The properties at the top of the note cannot be read: ${why}`);
  }
}

/** One YAML mapping, read strictly. Throws with the first mistake and its line. */
export function strictYaml(source: string): Record<string, unknown> {
  const document = parseDocument(source, { uniqueKeys: true, merge: false, version: '1.2', schema: 'core' });
  const mistake = document.errors[0] ?? document.warnings[0];
  if (mistake !== undefined) throw new Error(mistake.message);
  visit(document, {
    Alias: () => {
      throw new Error('aliases are not allowed');
    },
    Node: (_, node) => {
      if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) throw new Error('tags are not allowed');
    },
  });
  const value: unknown = document.toJS({ maxAliasCount: 0 });
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error('properties must be names with values');
  return { ...value };
}

/** Names and values that are the same in YAML: words, marks and times, and none that YAML could read as something else. */
const PLAIN_KEY = /^(?!(?:true|false|null)$)[a-z]{3,}$/;
const PLAIN_VALUE =
  /^(?!(?:true|false|null|yes|no|on|off)$)(?:[a-z][a-z0-9-]*[a-z0-9]|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)$/;

function propertyLine(key: string, value: unknown): string {
  if (value === null || value === '') return `${key}:\n`;
  // What nearly every property is: a document made for each of them would be a sixth of what a mail’s note takes.
  const isPlain = typeof value === 'string' ? PLAIN_VALUE.test(value) : Number.isSafeInteger(value) && value !== 0;
  return isPlain && PLAIN_KEY.test(key) ? `${key}: ${value}\n` : stringify({ [key]: value }, ON_ONE_LINE);
}

/** A note from properties and body. Strings that YAML could read as something else are quoted. */
export function writeNote(properties: Properties, body: string): string {
  const lines = Object.entries(properties).map(([key, value]) => propertyLine(key, value));
  return `---\n${lines.join('')}---\n${body}`;
}

/** The same text with one property changed; comments, order and the other values keep their bytes. */
export function setProperty(text: string, key: string, value: string | number): Result<string> {
  const split = readProperties(text);
  if (!split.ok) return split;
  if (!split.value.present) return ok(writeNote({ [key]: value }, text));
  const lines = text.split('\n');
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === '---');
  const at = lines.findIndex((line, index) => index > 0 && index < end && line.startsWith(`${key}:`));
  const written = stringify({ [key]: value }, ON_ONE_LINE).replace(/\n$/, '');
  if (at === -1) return ok([...lines.slice(0, end), written, ...lines.slice(end)].join('\n'));
  let after = at + 1;
  while (after < end && /^\s+\S/.test(lines[after] ?? '')) after += 1;
  return ok([...lines.slice(0, at), written, ...lines.slice(after)].join('\n'));
}
