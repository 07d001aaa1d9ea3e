import { z } from 'zod';
import type { ToolOffer } from '../../core/brain.ts';

/** What a model looks up by itself, and what it remembers. None of it leaves this computer. */
export const VaultSearch = z.strictObject({ query: z.string().min(1).max(500) });
export const VaultRead = z.strictObject({
  path: z.string().min(1).max(1000),
  /** The character that the page begins with. */
  from: z.int().min(0).default(0),
});
export const ReadAttachment = z.strictObject({
  page: z.int().min(1).default(1),
  /** Which of several, by its path. */
  path: z.string().min(1).max(1000).optional(),
});
export const ReadSkill = z.strictObject({
  name: z.string().min(1).max(255),
  file: z.string().min(1).max(1000).optional(),
});
export const FindPerson = z.strictObject({ query: z.string().min(2).max(200) });
export const Remember = z.strictObject({
  kind: z.enum(['preference', 'project', 'fact', 'lesson']),
  title: z.string().trim().min(3).max(120),
  text: z.string().trim().min(1).max(4000),
});

const TOOLS: readonly { readonly name: string; readonly description: string; readonly schema: z.ZodType }[] = [
  {
    name: 'vault_search',
    description:
      'Finds notes in the person’s vault by words: what is remembered, documents, what was done before. Gives the paths and the line that fits.',
    schema: VaultSearch,
  },
  {
    name: 'vault_read',
    description: 'Reads a note that a search has found, or a note of this task, in pages of 20,000 characters.',
    schema: VaultRead,
  },
  {
    name: 'read_attachment',
    description:
      'Reads the file that this task is about, or the attachment at `path`, as text, in pages of 20,000 characters: PDF, Word, Excel, PowerPoint, OpenDocument, mail, web page, text.',
    schema: ReadAttachment,
  },
  {
    name: 'read_skill',
    description: 'Reads a skill whole, or another text file of its folder.',
    schema: ReadSkill,
  },
  {
    name: 'find_person',
    description:
      'Finds people by name or address in the person’s own notes, and the notes in which their address stands.',
    schema: FindPerson,
  },
  {
    name: 'remember',
    description:
      'Writes one note that you will be shown again when a task needs it: what the person prefers, what a project is about, a fact, a lesson. Only what lasts beyond this task.',
    schema: Remember,
  },
];

export const LOOK_TOOLS: readonly ToolOffer[] = TOOLS.map(({ name, description, schema }) => ({
  name,
  description,
  schema: z.toJSONSchema(schema, { io: 'input' }),
}));
