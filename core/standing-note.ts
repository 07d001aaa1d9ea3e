import { z } from 'zod';
import { NoteName } from './envelope.ts';
import { readProperties, writeNote } from './front-matter.ts';
import { codeSpan, fence } from './inert.ts';
import { FOLDERS } from './states.ts';
import { parseJsonStrictly } from './strict-json.ts';

const Line = z.string().max(300);
const Told = z.strictObject({ note: NoteName, title: Line });

/** How things stand on another node, as that node tells it: plain words, never markdown. */
export const NodeStanding = z.strictObject({
  format: z.literal(1),
  node: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** Why nothing is done there; empty while something may be. */
  stopped: Line,
  /** What it asks the person, and what it does unless the person says no: notes by name, with what they are about. */
  asks: z.array(Told).max(20),
  held: z.array(Told).max(20),
  work: z.array(Line).max(20),
  more: z.int().min(0),
  troubles: z.array(Line).max(20),
});
export type NodeStanding = z.infer<typeof NodeStanding>;

/** The one note in `Updates/<node>/` that says how that node stands; the dashboard where the person is takes it in. */
export const standingPath = (node: string): string => `${FOLDERS.updates}/${node}/${node}-standing.md`;

export function renderStanding(standing: NodeStanding): string {
  const { node } = standing;
  const text = `What ${codeSpan(node)} is at. [[Dashboard]] shows it.`;
  const body = [`# ${codeSpan(node)}`, '', text, '', fence(JSON.stringify(standing, null, 1), 'json'), ''];
  return writeNote({ type: 'standing', format: 1, node }, body.join('\n'));
}

/** Reads it back; undefined where it is none, or of another node than the one in whose folder it lies. */
export function parseStanding(note: string, node: string): NodeStanding | undefined {
  const split = readProperties(note);
  const [, text] = (split.ok ? /^`{3,}json\n([\s\S]*)\n`{3,}$/m.exec(split.value.body) : null) ?? [];
  const parsed = text === undefined ? undefined : parseJsonStrictly(text);
  const standing = parsed?.ok === true ? NodeStanding.safeParse(parsed.value) : undefined;
  return standing?.success === true && standing.data.node === node ? standing.data : undefined;
}
