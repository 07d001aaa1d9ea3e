import { type Element, xml2js } from 'xml-js';
import { fail, ok, type Result } from '../../core/outcome.ts';

/** An element without the prefix of its namespace: servers choose prefixes, and the names that are looked for are told apart by themselves. */
export type Node = {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Node[];
};

/** Deeper than any answer of WebDAV. */
const DEEPEST = 40;

/** Signs that begin or end an element: more of them hold up the process, and are no answer to what is asked here. */
const MOST_SIGNS = 400_000;

/** Whether a text has so many elements that it is not read. */
export function isTooMuch(text: string): boolean {
  let signs = 0;
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) signs += 1;
  return signs > MOST_SIGNS;
}

/** Reads XML. Entities that a document declares itself are not read. */
export function readXml(text: string): Result<Node> {
  if (isTooMuch(text)) return fail('invalid', 'It has too many elements.');
  try {
    const [root] = (xml2js(text, { compact: false }).elements ?? []).filter(isElement);
    const read = root === undefined ? undefined : nodeOf(root, 0);
    return read === undefined ? fail('invalid', 'It holds no XML.') : ok(read);
  } catch {
    return fail('invalid', 'It is no XML.');
  }
}

const isElement = ({ type }: Element): boolean => type === 'element';

function nodeOf({ name = '', attributes = {}, elements = [] }: Element, depth: number): Node | undefined {
  if (depth > DEEPEST) return undefined;
  const text = elements.map(one => one.text ?? one.cdata ?? '').join('');
  const children = elements.filter(isElement).flatMap(one => nodeOf(one, depth + 1) ?? []);
  const given = Object.entries(attributes).map(([key, value]) => [key.toLowerCase(), String(value ?? '')]);
  return { name: name.replace(/^.*:/, '').toLowerCase(), attributes: Object.fromEntries(given), text, children };
}

/** Every element of a name below a node, at any depth. */
export const all = (node: Node, name: string): readonly Node[] =>
  node.children.flatMap(child => [...(child.name === name ? [child] : []), ...all(child, name)]);

/** The first element of a name below a node. */
export const first = (node: Node | undefined, name: string): Node | undefined =>
  node === undefined ? undefined : all(node, name)[0];

/** The text of the first element of a name, without space around it. */
export const textOf = (node: Node | undefined, name: string): string => first(node, name)?.text.trim() ?? '';

/** Text as it stands in XML. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`);
