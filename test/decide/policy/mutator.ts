import { writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseSync } from 'oxc-parser';
import { REPOSITORY, readRepository } from '../../helpers/tree.ts';

/** One small change of a source file. */
export type Mutant = { readonly line: number; readonly what: string; readonly source: string };

type Node = Readonly<Record<string, unknown>> & { readonly type: string; readonly start: number; readonly end: number };

const COMPARED: Readonly<Record<string, readonly string[]>> = {
  '===': ['!=='],
  '!==': ['==='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
};
/** `??` gives its left side or its right one; `||` instead would be the same for objects. */
const LOGICAL: Readonly<Record<string, readonly string[]>> = { '&&': ['||'], '||': ['&&'], '??': [] };
const METHODS: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
};
/** Calls that may be left out, so that what they are called on stands alone. */
const DROPPED: readonly string[] = ['filter', 'sort'];

/** Every single mutation of a source file: one place changed, everything else as it is. */
export function mutantsOf(file: string): readonly Mutant[] {
  const source = readRepository(file);
  const found: Mutant[] = [];
  const put = (node: Node, text: string, from = node.start, to = node.end): void => {
    const before = source.slice(from, to).replace(/\s+/g, ' ').slice(0, 60);
    found.push({
      line: source.slice(0, from).split('\n').length,
      what: `${before}  →  ${text === '' ? 'nothing' : text.replace(/\s+/g, ' ').slice(0, 60)}`,
      source: source.slice(0, from) + text + source.slice(to),
    });
  };
  const textOf = (node: Node): string => source.slice(node.start, node.end);
  const visit = (node: Node): void => {
    if (node.type.startsWith('TS') && !node.type.endsWith('Expression')) return;
    mutate(node, put, textOf);
    for (const child of childrenOf(node)) visit(child);
  };
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed`);
  for (const statement of program.body) if (isNode(statement)) visit(statement);
  return found;
}

type Put = (node: Node, text: string, from?: number, to?: number) => void;

function mutate(node: Node, put: Put, textOf: (node: Node) => string): void {
  const part = (name: string): Node | undefined => (isNode(node[name]) ? node[name] : undefined);
  const [left, right, test] = [part('left'), part('right'), part('test')];
  const [consequent, alternate] = [part('consequent'), part('alternate')];
  const operator = typeof node.operator === 'string' ? node.operator : '';
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression': {
      if (left === undefined || right === undefined) return;
      for (const other of (node.type === 'BinaryExpression' ? COMPARED : LOGICAL)[operator] ?? [])
        put(node, `(${textOf(left)}) ${other} (${textOf(right)})`);
      if (node.type === 'LogicalExpression') for (const side of [left, right]) put(node, `(${textOf(side)})`);
      return;
    }
    case 'UnaryExpression': {
      const argument = part('argument');
      if (argument !== undefined && (operator === '!' || operator === '-')) put(node, `(${textOf(argument)})`);
      return;
    }
    case 'Literal':
      if (typeof node.value === 'boolean') put(node, String(!node.value));
      if (typeof node.value === 'number') for (const by of [1, -1]) put(node, `(${node.value + by})`);
      return;
    case 'ConditionalExpression':
      if (test !== undefined) put(node, `!(${textOf(test)})`, test.start, test.end);
      for (const branch of [consequent, alternate]) if (branch !== undefined) put(node, `(${textOf(branch)})`);
      return;
    case 'IfStatement':
      if (test !== undefined) put(node, `!(${textOf(test)})`, test.start, test.end);
      put(node, ';');
      return;
    case 'SwitchCase':
      put(node, '');
      return;
    case 'ArrayExpression':
      for (const element of nodesIn(node.elements)) {
        const [after] = /^\s*,?/.exec(textOf(node).slice(element.end - node.start)) ?? [''];
        put(node, '', element.start, element.end + after.length);
      }
      return;
    case 'MemberExpression': {
      const property = part('property');
      const name = property === undefined ? '' : textOf(property);
      const other = METHODS[name];
      if (property !== undefined && other !== undefined) put(node, other, property.start, property.end);
      return;
    }
    case 'CallExpression': {
      const callee = part('callee');
      const on = callee !== undefined && isNode(callee.object) ? callee.object : undefined;
      const method = callee !== undefined && isNode(callee.property) ? textOf(callee.property) : '';
      if (on !== undefined && DROPPED.includes(method)) put(node, `(${textOf(on)})`);
      return;
    }
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value;
const nodesIn = (value: unknown): readonly Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
const childrenOf = (node: Node): readonly Node[] =>
  Object.values(node).flatMap(value => (isNode(value) ? [value] : nodesIn(value)));

let written = 0;

/** The module that a changed source makes, loaded beside the real one; what it imports is the real thing. */
export async function loadMutant(file: string, source: string, folder: string): Promise<unknown> {
  const place = path.join(REPOSITORY, path.dirname(file));
  const code = stripTypeScriptTypes(source, { mode: 'strip' }).replace(
    /(from\s+')(\.[^']+)(')/g,
    (_, before, name, after) => `${before}${pathToFileURL(path.join(place, name)).href}${after}`,
  );
  written += 1;
  const target = path.join(folder, `mutant-${written}.mjs`);
  writeFileSync(target, code);
  return import(pathToFileURL(target).href);
}

/** Every policy that lacks one thing of a policy, or holds one number, zone or truth that differs. */
export function mutantsOfPolicy<P>(policy: P): readonly { readonly what: string; readonly policy: P }[] {
  const found: { what: string; policy: P }[] = [];
  const change = (at: readonly (string | number)[], edit: (holder: Holder, key: string | number) => string): void => {
    const copy = structuredClone(policy);
    let holder: unknown = copy;
    for (const key of at.slice(0, -1)) holder = isHolder(holder) ? holder[key] : undefined;
    const last = at.at(-1);
    if (!isHolder(holder) || last === undefined) throw new Error(`nothing stands at ${at.join('.')}`);
    found.push({ what: `${at.join('.')}: ${edit(holder, last)}`, policy: copy });
  };
  const visit = (value: unknown, at: readonly (string | number)[]): void => {
    if (at.length > 1 && at.at(-1) !== 'name' && at.at(-1) !== 'zone') change(at, remove);
    if (typeof value === 'number') for (const by of [1, -1]) change(at, set(value + by));
    if (typeof value === 'boolean') change(at, set(!value));
    if (at.at(-1) === 'zone') for (const zone of ['green', 'yellow', 'red']) if (zone !== value) change(at, set(zone));
    const name = String(at.at(-1));
    if (name.includes('|'))
      for (const one of name.split('|')) change(at, rename(name.split('|').filter(other => other !== one)));
    if (isHolder(value)) for (const [key, inner] of entriesOf(value)) visit(inner, [...at, key]);
  };
  visit(policy, []);
  return found;
}

type Holder = Record<string | number, unknown>;
const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null;
const entriesOf = (value: Holder): readonly (readonly [string | number, unknown])[] =>
  Array.isArray(value) ? [...value.entries()] : Object.entries(value);

function remove(holder: Holder, key: string | number): string {
  const told = JSON.stringify(holder[key]);
  if (Array.isArray(holder) && typeof key === 'number') holder.splice(key, 1);
  else delete holder[key];
  return `${told} is gone`;
}
const set =
  (value: unknown) =>
  (holder: Holder, key: string | number): string => {
    holder[key] = value;
    return `is ${String(value)}`;
  };
const rename =
  (names: readonly string[]) =>
  (holder: Holder, key: string | number): string => {
    holder[names.join('|')] = holder[key];
    delete holder[key];
    return `is ${names.join('|')}`;
  };
