import { fail, ok, type Result } from '../../../core/outcome.ts';

/** The box with the rules: its text, and the line of the note that its first line is. */
export type Box = { readonly text: string; readonly line: number };

const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/** Finds the one fenced `yaml` box under the one heading `## Rules`; whatever else the note holds is the person’s. */
export function findBox(note: string): Result<Box> {
  const lines = note.split('\n').map(line => line.replace(/\r$/, ''));
  const boxes: Box[] = [];
  const headings: number[] = [];
  let inside = false;
  let open: { readonly fence: string; readonly from: number; readonly wanted: boolean } | undefined;
  for (const [at, line] of lines.entries()) {
    const [, fence = '', language = ''] = FENCE.exec(line) ?? [];
    if (open !== undefined) {
      const closes = fence.startsWith(open.fence) && language.trim() === '';
      if (closes && open.wanted) boxes.push({ text: lines.slice(open.from, at).join('\n'), line: open.from + 1 });
      if (closes) open = undefined;
    } else if (fence !== '') {
      open = { fence, from: at + 1, wanted: inside && /^ya?ml$/i.test(language.trim()) };
    } else if (/^ {0,3}#{1,2}[ \t]/.test(line)) {
      inside = /^ {0,3}##[ \t]+rules[ \t#]*$/i.test(line);
      if (inside) headings.push(at + 1);
    }
  }
  if (open !== undefined) return unclear(`the box that begins in line ${open.from} is never closed`);
  if (headings.length !== 1)
    return unclear(headings.length === 0 ? 'there is no heading “## Rules”' : `“## Rules” stands in ${told(headings)}`);
  const [box, second] = boxes;
  if (box === undefined) return unclear('there is no yaml box under “## Rules”');
  if (second !== undefined)
    return unclear(`there is more than one yaml box under “## Rules”, in ${told(boxes.map(({ line }) => line - 1))}`);
  return ok(box);
}

const told = (lines: readonly number[]): string => `lines ${lines.join(' and ')}`;
const unclear = (what: string): ReturnType<typeof fail> =>
  fail(
    'invalid',
    `Policies.md cannot be understood: ${what}.`,
    'All rules stand in one box that begins with ```yaml, under the heading “## Rules”.',
  );
