import { parseApproval, showValue } from './approval-note.ts';
import { canonicalJson, type Json } from './digest.ts';
import { fail, ok, type Result } from './outcome.ts';

/**
 * An approval note with another value in one of its boxes, as if a person had typed it there; all else stays as it is.
 * Fails where there is no such box, or where the note would not read back as exactly that.
 */
export function withValue(text: string, name: string, value: Json): Result<string> {
  const before = parseApproval(text);
  if (!before.ok) return before;
  const lines = text.split('\n');
  const box = boxOf(lines, name);
  if (box === undefined) return fail('invalid', `The approval shows no value “${name}”.`);
  const changed = [...lines.slice(0, box.from), ...showValue(value).split('\n'), ...lines.slice(box.to)].join('\n');
  const after = parseApproval(changed);
  const wanted = canonicalJson({ ...before.value.envelope.arguments, [name]: value });
  const isExact =
    after.ok &&
    after.value.skeleton === before.value.skeleton &&
    canonicalJson(after.value.envelope.arguments) === wanted;
  return isExact ? ok(changed) : fail('invalid', `“${name}” cannot be shown in the approval like that.`);
}

/** The lines of the box below a name, its fences included. What looks like a name inside a box is none. */
function boxOf(lines: readonly string[], wanted: string): { from: number; to: number } | undefined {
  let name: string | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trimEnd();
    const ticks = /^(`{3,})(?:text|json)$/.exec(line)?.[1];
    if (ticks === undefined) {
      name = /^\*\*([a-z][a-z0-9_]*)\*\* · /.exec(line)?.[1] ?? name;
      continue;
    }
    let close = at + 1;
    while (close < lines.length && lines[close]?.trimEnd() !== ticks) close += 1;
    if (name === wanted) return { from: at, to: close + 1 };
    name = undefined;
    at = close;
  }
  return undefined;
}
