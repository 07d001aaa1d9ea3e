import type { Request } from '../../../core/brain.ts';
import type { Json } from '../../../core/digest.ts';
import { numbered } from '../../../core/names.ts';

/** Places that are tried beside a taken one. */
const MOST = 20;
const NUMBER = / \((\d+)\)(?=\.[^./]*$|$)/;

/** What other open tasks have proposed as a target. */
const targetsUnderway = ({ underway }: Request): ReadonlySet<unknown> =>
  new Set(underway.map(({ input }) => (typeof input.to === 'string' ? input.to : input.path)));

/** The first of `a/b.pdf`, `a/b (2).pdf` … from a count on that no other open task has proposed. */
function free(to: string, from: number, request: Request): string {
  const taken = targetsUnderway(request);
  const at = to.lastIndexOf('/') + 1;
  for (let count = from; ; count += 1) {
    const place = to.slice(0, at) + numbered(to.slice(at), count);
    if (!taken.has(place)) return place;
  }
}

/** The argument that says where something new shall stand. */
export function targetOf(input: Json | undefined): { readonly key: 'to' | 'path'; readonly place: string } | undefined {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined;
  if (typeof input.to === 'string') return { key: 'to', place: input.to };
  return typeof input.path === 'string' && 'text' in input ? { key: 'path', place: input.path } : undefined;
}

/** The same arguments with a target of their own: two files of one name that wait together get two places. */
export function spared(input: Json, request: Request): Json {
  const target = targetOf(input);
  if (target === undefined || typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return { ...input, [target.key]: free(target.place, 1, request) };
}

/** The next place beside one that turned out to be taken; undefined once enough were tried. */
export function placeBeside(to: string, request: Request): string | undefined {
  const count = Number(NUMBER.exec(to)?.[1] ?? 1) + 1;
  return count > MOST ? undefined : free(to.replace(NUMBER, ''), count, request);
}

/** Whether a result says that something stands at the target already. */
export const isOccupied = (text: string): boolean => /^refused: .*is there already/.test(text);

/** Whether a result says that everything stands in the note already, so that there was nothing to do. */
export const isKnownAlready = (text: string): boolean => /^refused: Nothing new:/.test(text);
