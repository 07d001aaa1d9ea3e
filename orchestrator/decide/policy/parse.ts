import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { fail, ok, type Result } from '../../../core/outcome.ts';
import { Policy } from '../../../core/policy.ts';
import { findBox } from './box.ts';

type Mistake = { readonly line: number; readonly text: string };
type Path = readonly (string | number)[];
const LISTS = ['rules', 'caps', 'never'] as const;

/**
 * Reads the rules out of `Policies.md`: strict YAML, no duplicate keys, aliases or tags, no unknown names. Every
 * mistake is named at once, with its line in the note.
 */
export function parsePolicy(text: string): Result<Policy> {
  const box = findBox(text);
  if (!box.ok) return box;
  const lines = new LineCounter();
  const document = parseDocument(box.value.text, {
    ...{ uniqueKeys: true, merge: false, version: '1.2', schema: 'core' },
    lineCounter: lines,
    prettyErrors: false,
  });
  const lineAt = (offset: number): number => box.value.line - 1 + lines.linePos(offset).line;
  const lineOf = (path: Path): number => lineAt(offsetOf(document, path));
  const broken = yamlMistakes(document).map(({ at, ...mistake }) => ({ line: lineAt(at), ...mistake }));
  if (broken.some(({ unreadable }) => unreadable)) return mistaken(broken);
  const value = plainValue(document);
  const parsed = Policy.safeParse(value ?? {});
  const misused = parsed.success ? [] : parsed.error.issues.flatMap(issue => inWords(issue, document, lineOf, []));
  const odd = oddities(value).map(({ path, text: what }) => ({ line: lineOf(path), text: what }));
  const mistakes = [...broken, ...misused, ...odd];
  return parsed.success && mistakes.length === 0 ? ok(parsed.data) : mistaken(mistakes);
}

/** An alias is never followed; it was told as a mistake already. */
function plainValue(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    return {};
  }
}

function mistaken(mistakes: readonly Mistake[]): Result<Policy> {
  const told = mistakes.toSorted((a, b) => a.line - b.line).map(({ line, text }) => `line ${line}: ${text}`);
  const each = [...new Set(told)];
  return fail(
    'invalid',
    `Policies.md has ${each.length === 1 ? 'a mistake' : `${each.length} mistakes`}: ${each.join('; ')}.`,
    'Mend it, then `steward policy check` says whether it is understood.',
  );
}

type YamlMistake = { readonly at: number; readonly text: string; readonly unreadable: boolean };

function yamlMistakes(document: Document.Parsed): readonly YamlMistake[] {
  const found = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    at: pos[0],
    text: YAML_WORDS[code] ?? message.split('\n')[0] ?? message,
    unreadable: code !== 'DUPLICATE_KEY' && code !== 'TAG_RESOLVE_FAILED',
  }));
  const add = (node: { readonly range?: readonly number[] | null | undefined }, text: string): void => {
    found.push({ at: node.range?.[0] ?? 0, text, unreadable: false });
  };
  visit(document, {
    Alias: (_, node) => add(node, `“*${node.source}” is a reference in YAML: put a text that begins with * in quotes`),
    Node: (_, node) => {
      if ('anchor' in node && node.anchor !== undefined)
        add(node, `“&${node.anchor}” is a reference in YAML: put a text that begins with & in quotes`);
      if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:'))
        add(node, `“${node.tag}” is a tag: put a text that begins with ! in quotes`);
    },
  });
  return found;
}

const YAML_WORDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this name stands here twice',
  TAB_AS_INDENT: 'a tab: indent with spaces',
  BAD_INDENT: 'this is not indented like what it belongs to',
  TAG_RESOLVE_FAILED: 'a text that begins with ! has to stand in quotes',
};

/** Where a value stands in the box; where it is missing, what it is missing from. */
function offsetOf(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)) {
      const [start] = node.range;
      if (typeof start === 'number') return start;
    }
  }
  return 0;
}

/** What is wrong, in words. Of a choice between one and several, what is wrong with the nearer one. */
function inWords(
  issue: z.core.$ZodIssue,
  document: Document.Parsed,
  lineOf: (path: Path) => number,
  above: Path,
): readonly Mistake[] {
  const path = [...above, ...issue.path.map(part => (typeof part === 'number' ? part : String(part)))];
  const said = (text: string): Mistake => ({ line: lineOf(path), text: `${nameOf(path)} ${text}` });
  if (path.length > 0 && !document.hasIn(path)) return [said('is missing')];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => ({ line: lineOf([...path, key]), text: `“${key}” is not known here` }));
    case 'invalid_union': {
      const nearest = issue.errors.toSorted((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
      return nearest.flatMap(one => inWords(one, document, lineOf, path));
    }
    case 'invalid_value':
      return [said(`must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map(String).join(', ')}`)];
    case 'invalid_type':
      return [said(`must be ${TYPES[issue.expected] ?? issue.expected}`)];
    case 'invalid_format':
      return [said(`must look like ${path.at(-1) === 'currency' ? 'EUR' : '08:00-18:00'}`)];
    case 'invalid_key':
      return [{ line: lineOf(path), text: `“${String(path.at(-1))}” names no argument: small letters, digits, _ * |` }];
    case 'too_small':
      return [
        said(
          issue.origin === 'number'
            ? `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
            : 'must not be empty',
        ),
      ];
    case 'too_big':
      return [said(issue.origin === 'number' ? `must be at most ${issue.maximum}` : 'is too long')];
    default:
      return [said(issue.message)];
  }
}

const depthOf = (issues: readonly z.core.$ZodIssue[]): number =>
  Math.max(0, ...issues.map(({ code, path }) => path.length + (code === 'invalid_type' ? 0 : 0.5)));

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'names with values',
  record: 'names with values',
};

const nameOf = (path: Path): string => {
  const name = path.findLast(part => typeof part === 'string');
  return name === undefined ? 'the box' : `“${name}”`;
};

type Entry = { readonly path: Path; readonly keys: readonly string[]; readonly name: string };

/** What is well-formed and still cannot be meant. */
function oddities(value: unknown): readonly { readonly path: Path; readonly text: string }[] {
  const twice = LISTS.flatMap(list => {
    const entries = entriesOf(value, list);
    return entries
      .filter(({ name }, at) => entries.findIndex(other => other.name === name) < at)
      .map(({ path, name }) => ({
        path: [...path, 'name'],
        text: `“${name}” is the name of another one under “${list}”`,
      }));
  });
  const limitless = entriesOf(value, 'caps')
    .filter(({ keys }) => !keys.some(key => /_(hour|day|hours)$/.test(key)))
    .map(({ path, name }) => ({ path, text: `the cap “${name}” sets no limit, such as per_day` }));
  const boundless = entriesOf(value, 'never')
    .filter(({ keys }) => keys.length < 2)
    .map(({ path, name }) => ({ path, text: `“${name}” does not say what is never done` }));
  return [...twice, ...limitless, ...boundless];
}

/** The named entries of a list, as far as they are such. */
function entriesOf(value: unknown, list: (typeof LISTS)[number]): readonly Entry[] {
  const entries = isObject(value) ? value[list] : undefined;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown, at) =>
    isObject(entry) && typeof entry.name === 'string'
      ? [{ path: [list, at], keys: Object.keys(entry), name: entry.name }]
      : [],
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
