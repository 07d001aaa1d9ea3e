import { z } from 'zod';
import { callout, elementMarks, HOLD_LINE, type Passing } from './approval-callout.ts';
import { canonicalJson, type Json } from './digest.ts';
import { Arguments, actionName, Envelope, Identifier, originMark } from './envelope.ts';
import { readProperties, writeNote } from './front-matter.ts';
import { codeSpan, fence, isPlain, noteProperty, visibleJson } from './inert.ts';
import { localTime } from './names.ts';
import { fail, ok, type Result } from './outcome.ts';
import { parseJsonStrictly } from './strict-json.ts';

export type Decision = 'approved' | 'rejected';
export type ParsedApproval = {
  readonly id: string;
  /** The envelope as the note shows it: the recorded one, or with arguments that a person changed. */
  readonly envelope: Envelope;
  /** What the property and the boxes say; undefined while nothing is said. */
  readonly decision: Decision | undefined;
  readonly way: 'ticked' | 'property';
  readonly reason: string;
  /** What the property `signature` holds, unchecked; undefined where it is empty. */
  readonly signature: string | undefined;
  /** The note with arguments, decision and the person's own notes blanked: equal unless something else changed. */
  readonly skeleton: string;
};

const HEAD = z.looseObject({
  type: z.literal('approval'),
  format: z.literal(1),
  id: Identifier,
  task: z.string(),
  plan: z.string(),
  action: z.string(),
  zone: z.string(),
  expires: z.string(),
  decision: z.union([z.string(), z.boolean(), z.null()]).optional(),
  reason: z.union([z.string(), z.number(), z.null()]).optional(),
  signature: z.unknown().optional(),
});
/** `expires` is shown in local time, which a journey changes; what counts stands in the fine print. */
const FIXED = ['type', 'format', 'id', 'task', 'plan', 'action', 'zone'] as const;
const OWN_NOTES = '## Your notes';
/** Folded away in Obsidian: the rest of the envelope. */
const FINE_PRINT = '> [!info]- Fine print';
const APPROVE = /^- \[([ xX])\] Approve$/;
const REJECT = /^- \[([ xX])\] Reject$/;

/** Renders an envelope as the note a person decides on: every argument in full, foreign text only in fences. What is `passing` is no part of it. */
export function renderApproval(given: Envelope, passing: Passing = {}): string {
  // The ledger keeps no order of names: what was just prepared and what was read back must look the same.
  const envelope = Envelope.parse(JSON.parse(canonicalJson(given)));
  const { arguments: values, ...rest } = envelope;
  // What a person fills in comes first: on a phone the properties take the whole first screen.
  const properties = {
    decision: '',
    reason: '',
    action: actionName(envelope),
    expires: localTime(new Date(envelope.expires)),
    task: noteProperty(envelope.task_note),
    plan: `[[${envelope.plan_note}]]`,
    type: 'approval',
    format: 1,
    id: envelope.id,
    zone: envelope.zone,
  };
  const inOrder = Object.entries(values).sort(([, one], [, other]) => Number(isLong(one)) - Number(isLong(other)));
  const sections = inOrder.map(([name, value]) => {
    const marks = elementMarks(name, envelope).map(line => `${line}\n`);
    return `**${name}** · ${originMark(envelope.origins[name])}\n${showValue(value)}\n${marks.join('')}`;
  });
  const files = envelope.attachments.map(
    file => `- ${codeSpan(file.path, 400)} · ${file.size.toLocaleString('en')} bytes · sha256 \`${file.sha256}\``,
  );
  return writeNote(
    properties,
    [
      `# ${codeSpan(envelope.title, 200)}`,
      '',
      ...callout(envelope, passing),
      '## What will be done',
      '',
      `${codeSpan(actionName(envelope))}, once, with exactly these values:`,
      '',
      ...sections,
      ...(files.length === 0 ? [] : ['## Files, as they were when this was prepared', '', ...files, '']),
      FINE_PRINT,
      ...finePrint(rest).map(line => `> ${line}`),
      '',
      OWN_NOTES,
      '',
    ].join('\n'),
  );
}

/** What takes many lines stands behind what takes one. */
const isLong = (value: Json): boolean => typeof value === 'string' && value.includes('\n');

/**
 * Reads an approval note back: `parse(render(e)).envelope` equals `e`. Values are read only from the fenced boxes
 * under their names, decisions only from the property and the two boxes above the first heading of level two.
 */
export function parseApproval(text: string): Result<ParsedApproval> {
  const split = readProperties(text.replace(/\r\n/g, '\n'));
  if (!split.ok) return split;
  const head = HEAD.safeParse(split.value.properties);
  if (!head.success) {
    return fail('invalid', `This is not an approval that Steward wrote: ${faultOf(head.error)}.`);
  }
  const scanned = scan(split.value.body.split('\n'));
  if (!scanned.ok) return scanned;
  const { values, rest, ticks, skeleton } = scanned.value;
  const envelope = Envelope.safeParse({ ...rest, arguments: values });
  if (!envelope.success) {
    return fail('invalid', `The approval does not hold together: ${faultOf(envelope.error)}.`);
  }
  if (envelope.data.id !== head.data.id) return fail('invalid', 'The approval names two different ids.');
  const written = wordOf(head.data.decision);
  if (!written.ok) return written;
  const said = decisionOf(written.value, ticks);
  if (!said.ok) return said;
  const fixed = FIXED.map(key => `${key}=${String(head.data[key])}`).join('\n');
  return ok({
    id: head.data.id,
    envelope: envelope.data,
    decision: said.value,
    way: ticks.approve || ticks.reject ? 'ticked' : 'property',
    reason: String(head.data.reason ?? '').trim(),
    signature: head.data.signature === '' ? undefined : textOf(head.data.signature),
    skeleton: `${fixed}\n${skeleton}`,
  });
}

/** The first thing that is wrong, with the name of what it is about. */
function faultOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const where = issue?.path.join('.') ?? '';
  return where === '' ? 'they are missing' : `“${where}” is missing or was changed`;
}

type Ticks = { approve: boolean; reject: boolean };
type Scanned = { values: Arguments; rest: Record<string, unknown>; ticks: Ticks; skeleton: string };

function scan(lines: readonly string[]): Result<Scanned> {
  const values = new Map<string, Json>();
  const ticks: Ticks = { approve: false, reject: false };
  const skeleton: string[] = [];
  let rest: Record<string, unknown> | undefined;
  let name: string | undefined;
  let section = 0;
  for (let at = 0; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').trimEnd();
    if (line === OWN_NOTES) break;
    if (line.startsWith('## ')) section += 1;
    if (line === FINE_PRINT) {
      const print = readFinePrint(lines, at);
      if (!print.ok) return print;
      if (rest !== undefined) return fail('invalid', 'The fine print stands twice in the approval.');
      rest = print.value.rest;
      at = print.value.end - 1;
      skeleton.push(JSON.stringify(rest), ...print.value.around);
      continue;
    }
    const named = /^\*\*([a-z][a-z0-9_]*)\*\* · /.exec(line)?.[1];
    const open = /^(`{3,})(text|json)$/.exec(line);
    if (open === null) {
      if (named !== undefined) name = named;
      if (section === 0 && APPROVE.test(line)) ticks.approve ||= !line.startsWith('- [ ]');
      if (section === 0 && REJECT.test(line)) ticks.reject ||= !line.startsWith('- [ ]');
      const hold = section === 0 && HOLD_LINE.test(line);
      const blank = hold ? '<hold>' : section === 0 ? line.replace(/^- \[[xX]\] /, '- [ ] ') : line;
      if (blank !== '') skeleton.push(blank);
      continue;
    }
    let close = at + 1;
    while (close < lines.length && lines[close]?.trimEnd() !== open[1]) close += 1;
    if (close === lines.length) return fail('invalid', 'A box with a value is not closed.');
    const inside = lines.slice(at + 1, close).join('\n');
    at = close;
    if (name === undefined) return fail('invalid', 'A box in the approval belongs to no value.');
    if (values.has(name)) return fail('invalid', `The value “${name}” stands twice in the approval.`);
    const value: Result<Json> = open[2] === 'text' ? ok(inside) : parseJson(inside);
    if (!value.ok) return value;
    values.set(name, value.value);
    skeleton.push(`<${name}>`);
    name = undefined;
  }
  if (rest === undefined) return fail('invalid', 'The fine print of the approval is missing.');
  const parsed = Arguments.safeParse(Object.fromEntries(values));
  if (!parsed.success) return fail('invalid', 'The values of the approval cannot be read.');
  return ok({ values: parsed.data, rest, ticks, skeleton: skeleton.join('\n') });
}

/** A signature that is no text (a number, a list) is one that cannot be read, not a note that cannot be. */
const textOf = (given: unknown): string | undefined =>
  given === undefined || given === null ? undefined : typeof given === 'string' ? given : 'no text';

const YES: readonly string[] = ['approved', 'approve', 'yes', 'true'];
const NO: readonly string[] = ['rejected', 'reject', 'no', 'false'];

/** What the property says, whatever the case: a phone’s keyboard begins a word with a capital. */
function wordOf(property: string | boolean | null | undefined): Result<Decision | ''> {
  const word = String(property ?? '')
    .trim()
    .toLowerCase();
  if (word === '') return ok('');
  if (YES.includes(word)) return ok('approved');
  if (NO.includes(word)) return ok('rejected');
  const said = `The property “decision” says “${word.slice(0, 40)}”, which is neither yes nor no.`;
  return fail('invalid', said, 'Write approved or rejected.');
}

function decisionOf(written: Decision | '', ticks: Ticks): Result<Decision | undefined> {
  const approve = ticks.approve || written === 'approved';
  const reject = ticks.reject || written === 'rejected';
  if (approve && reject) return fail('invalid', 'The approval says yes and no at once.', 'Leave only one of them.');
  return ok(approve ? 'approved' : reject ? 'rejected' : undefined);
}

function finePrint(rest: Omit<Envelope, 'arguments'>): string[] {
  const told = 'What Steward checks against its ledger. A change in here is not accepted.';
  return [told, ...fence(visibleJson(rest, 1), 'json').split('\n')];
}

type FinePrint = { rest: Record<string, unknown>; around: readonly string[]; end: number };

/** Reads the fine print that begins at a line, what else the callout says, and where it ends. */
function readFinePrint(lines: readonly string[], at: number): Result<FinePrint> {
  let end = at + 1;
  while ((lines[end] ?? '').startsWith('>')) end += 1;
  const inside = lines.slice(at + 1, end).map(line => line.replace(/^> ?/, '').trimEnd());
  const from = inside.findIndex(line => /^`{3,}json$/.test(line));
  const to = inside.lastIndexOf((inside[from] ?? '').replace('json', ''));
  const parsed = from === -1 || to <= from ? undefined : parseJson(inside.slice(from + 1, to).join('\n'));
  const rest = parsed?.ok ? parsed.value : undefined;
  if (typeof rest !== 'object' || rest === null || Array.isArray(rest)) {
    return fail('invalid', 'The fine print of the approval cannot be read.');
  }
  return ok({ rest, around: [...inside.slice(0, from), ...inside.slice(to + 1)], end });
}

/** A value as its box shows it: what can be seen for what it is as text, everything else as JSON. */
export function showValue(value: Json): string {
  return typeof value === 'string' && isPlain(value) ? fence(value) : fence(visibleJson(value, 1), 'json');
}

function parseJson(text: string): Result<Json> {
  const parsed = parseJsonStrictly(text);
  return parsed.ok ? parsed : fail('invalid', `A box with a value cannot be read: ${parsed.failure.message}`);
}
