import { z } from 'zod';
import { keptOr } from '../../../core/bounded.ts';
import type { Skill } from '../../../core/brain.ts';
import { Json } from '../../../core/digest.ts';
import { strictYaml } from '../../../core/front-matter.ts';
import { messageOf } from '../../../core/outcome.ts';
import { MAIL_KINDS } from './mail.ts';
import { READER_NAMES } from './readers.ts';

const Words = z.union([z.string(), z.array(z.string())]).transform(given => (Array.isArray(given) ? given : [given]));

/** A rule as it stands in a skill’s `## Rule` box: when it fits, and what it then proposes. */
export const Rule = z.strictObject({
  priority: z.number().default(50),
  when: z.strictObject({
    /** Where the task came from: `person`, or a watcher’s name. */
    source: Words.optional(),
    /** File types, without the dot. */
    extension: Words.optional(),
    /** Folders right in `Inbox/` that a file was dropped into. */
    folder: Words.optional(),
    /** Addresses, or domains as `@example.com`, that the message came from. */
    sender: Words.optional(),
    /** Any of these words, in the file’s name or text, or in the note. */
    words: Words.optional(),
    /** The note asks to mail somebody. */
    asks_to_mail: z.boolean().optional(),
    /** Kinds of mail, any of which it is. */
    mail: z
      .union([z.enum(MAIL_KINDS), z.array(z.enum(MAIL_KINDS))])
      .transform(given => (Array.isArray(given) ? given : [given]))
      .optional(),
    /** How well the sender of a mail was known when it came: `self`, `known`, `new`. */
    standing: Words.optional(),
    /** Types of files, without the dot, one of which is attached. */
    attached: Words.optional(),
    /** It can be read as this kind of thing, whose values then stand ready. */
    reads: z.enum(READER_NAMES).optional(),
  }),
  // biome-ignore lint/suspicious/noThenProperty: a rule reads “when … then …” to the person who edits it
  then: z.strictObject({
    summary: z.string().default(''),
    steps: z.array(z.string()).default([]),
    actions: z
      .array(
        z.strictObject({
          /** `server.tool`; of several, the first that is configured. */
          do: Words,
          /** A list: the action is proposed once for each of its elements, and not at all where it is empty. */
          each: z.string().optional(),
          say: z.string(),
          with: z.record(z.string(), Json),
        }),
      )
      .min(1),
  }),
});
export type Rule = z.infer<typeof Rule> & { readonly skill: string; readonly path: string };

export type Rules = { readonly rules: readonly Rule[]; readonly broken: readonly string[] };

/**
 * The rules of the skills, the strongest first; of two with one priority, the one whose skill’s name comes first in the
 * alphabet. A skill without a rule is for other brains. What cannot be read is told with its line, and is no rule.
 */
export function rulesOf(skills: readonly Skill[]): Rules {
  const rules: Rule[] = [];
  const broken: string[] = [];
  for (const skill of skills) {
    const box = /^## Rule[ \t]*\r?\n(?:(?!```)[^\n]*\n)*```ya?ml[ \t]*\r?\n([\s\S]*?)\r?\n```/m.exec(skill.text);
    if (box === null) continue;
    const read = ruleIn(box[1] ?? '');
    if (typeof read === 'string') broken.push(`${skill.path}: ${read}`);
    else rules.push({ ...read, skill: skill.name, path: skill.path });
  }
  rules.sort((a, b) => b.priority - a.priority || (a.skill < b.skill ? -1 : 1));
  return { rules, broken };
}

/** What boxes say, by their text: a task is thought about more often than a rule is changed. */
const known = new Map<string, z.infer<typeof Rule> | string>();
const MOST_KNOWN = 1000;

/** The rule that a box holds, or what is wrong with it. */
const ruleIn = (source: string): z.infer<typeof Rule> | string =>
  keptOr(known, source, MOST_KNOWN, () => readRule(source));

function readRule(source: string): z.infer<typeof Rule> | string {
  try {
    const parsed = Rule.safeParse(strictYaml(source));
    return parsed.success ? parsed.data : parsed.error.issues.map(issue => problemAt(issue, source)).join('; ');
  } catch (error) {
    // The parser counts the lines of the box.
    return (messageOf(error).split('\n')[0] ?? '').replace(/ at line (\d+), column \d+:?$/, ', line $1 of its box');
  }
}

/** A mistake with the line of the box in which it stands. */
function problemAt({ path, message }: z.core.$ZodIssue, source: string): string {
  const key = path.findLast(part => typeof part === 'string');
  const unknown = /Unrecognized keys?: "([^"]+)"/.exec(message)?.[1];
  const sought = unknown ?? (typeof key === 'string' ? key : undefined);
  const line =
    sought === undefined
      ? -1
      : source.split('\n').findIndex(one => new RegExp(`(^|[\\s{,-])${escaped(sought)}\\s*:`).test(one));
  const where = path.length === 0 ? '' : `${path.join('.')}: `;
  return `${where}${message}${line === -1 ? '' : `, line ${line + 1} of its box`}`;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
