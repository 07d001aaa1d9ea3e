import { z } from 'zod';
import type { Skill } from '../../../core/brain.ts';
import { Json } from '../../../core/digest.ts';
import { strictYaml } from '../../../core/front-matter.ts';
import { messageOf } from '../../../core/outcome.ts';

const Words = z.union([z.string(), z.array(z.string())]).transform(given => (Array.isArray(given) ? given : [given]));

/** A rule as it stands in a skill’s `## Rule` box: when it fits, and what it then proposes. */
export const Rule = z.strictObject({
  priority: z.number().default(50),
  when: z.strictObject({
    /** Where the task came from: `person`, or a watcher’s name. */
    source: Words.optional(),
    /** File types, without the dot. */
    extension: Words.optional(),
    /** Addresses, or domains as `@example.com`, that the message came from. */
    sender: Words.optional(),
    /** Any of these words, in the file’s name or text, or in the note. */
    words: Words.optional(),
    /** The note asks to mail somebody. */
    asks_to_mail: z.boolean().optional(),
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
          say: z.string(),
          with: z.record(z.string(), Json),
        }),
      )
      .min(1),
  }),
});
export type Rule = z.infer<typeof Rule> & { readonly skill: string; readonly path: string };

export type Rules = { readonly rules: readonly Rule[]; readonly broken: readonly string[] };

/** The rules of the skills, the strongest first. A skill without a rule is for other brains. */
export function rulesOf(skills: readonly Skill[]): Rules {
  const rules: Rule[] = [];
  const broken: string[] = [];
  for (const skill of skills) {
    const box = /^## Rule[ \t]*\r?\n(?:(?!```)[^\n]*\n)*```ya?ml[ \t]*\r?\n([\s\S]*?)\r?\n```/m.exec(skill.text)?.[1];
    if (box === undefined) continue;
    try {
      const parsed = Rule.safeParse(strictYaml(box));
      if (parsed.success) rules.push({ ...parsed.data, skill: skill.name, path: skill.path });
      else
        broken.push(
          `${skill.path}: ${parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
        );
    } catch (error) {
      broken.push(`${skill.path}: ${messageOf(error).split('\n')[0]}`);
    }
  }
  rules.sort((a, b) => b.priority - a.priority || (a.skill < b.skill ? -1 : 1));
  return { rules, broken };
}
