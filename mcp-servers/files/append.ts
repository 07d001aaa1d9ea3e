import { z } from 'zod';
import { type Approved, defineTool, notSent, type Outcome, type Tool } from '../../core/action-server.ts';
import { sha256 } from '../../core/digest.ts';
import { fail, ok, type Result, sentence } from '../../core/outcome.ts';
import type { Note, Vault } from '../../core/vault.ts';
import { mayWrite } from '../../core/vault-paths.ts';
import { type Added, type Addition, linesOf, withAdded } from './list-note.ts';

/** Times that a save by somebody else is waited out before the action is left for later. */
const TRIES = 3;

const Append = z.strictObject({
  path: z
    .string()
    .min(1)
    .max(1024)
    .regex(/\.md$/, 'a note ends in .md')
    .describe('The list to add to, relative to the vault. It is begun where it is not there yet.'),
  text: z
    .string()
    .min(1)
    .max(240_000)
    .describe('The lines to add, or the rows of a table. One that stands there already is left out.'),
  head: z
    .string()
    .max(4000)
    .default('')
    .describe('What the note begins with where it is new: a heading, the head of a table.'),
  total: z
    .string()
    .max(60)
    .optional()
    .describe('The column of the table whose amounts are added up in the property “total”.'),
});
type Append = z.infer<typeof Append>;

/**
 * Adds lines to a list: a note with the property `type: list`. What stands in it stays, whoever wrote it, and no other
 * note is touched. Doing it twice adds nothing twice.
 */
export function appendTool(vault: Vault): Tool {
  /** The note as it stands, and what it would become. */
  function look({ path, text, head, total }: Append): Result<{ note: Note | undefined; next: Added }> {
    const absolute = vault.resolve(path);
    if (!absolute.ok) return absolute;
    if (!mayWrite('server', path)) return fail('denied', `“${path}” is not for an action to write.`);
    const read = vault.exists(path) ? vault.read(path) : undefined;
    if (read !== undefined && !read.ok) return read;
    const addition: Addition = { head, lines: linesOf(text), total };
    if (addition.lines.length === 0) return fail('invalid', 'There is no line to add.');
    const next = withAdded(read?.value.text, addition);
    if (next.ok) return ok({ note: read?.value, next: next.value });
    const { kind, message, mend } = next.failure;
    return fail(kind, `“${path}”: ${message}`, mend);
  }

  function perform(args: Append): Outcome {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const looked = look(args);
      if (!looked.ok) return notSent(looked.failure);
      const { note, next } = looked.value;
      if (next.added === 0) return confirmed(args.path, next);
      const written =
        note === undefined ? vault.create(args.path, next.text) : vault.replace(args.path, note.sha256, next.text);
      if (!written.ok) return notSent(written.failure);
      if (written.value === 'created' || written.value === 'replaced') return confirmed(args.path, next);
    }
    return { outcome: 'not_sent', retry: true, proof: `“${args.path}” is being written by somebody else.` };
  }

  return defineTool({
    name: 'append',
    title: 'Add lines to a list',
    description:
      'Adds lines, or rows of a table, to a note with the property “type: list”, or begins one. Nothing in it is changed, and a line that stands there already is not added again.',
    input: Append,
    annotations: { destructiveHint: false, idempotentHint: true, openWorldHint: false },
    reach: { does: 'change', egress: false, routing: ['path'] },
    prepare: async args => {
      const looked = look(args);
      if (!looked.ok) return looked;
      const count = linesOf(args.text).length;
      if (looked.value.next.added === 0)
        return fail('permanent', `Nothing new: all ${count} lines stand in “${args.path}” already.`);
      return ok({
        describe: () => ({
          title: `Add ${count} ${count === 1 ? 'line' : 'lines'} to ${args.path}`.slice(0, 300),
          account: '',
          attachments: [],
        }),
        perform: async (_: Approved) => perform(args),
      });
    },
    reconcile: async args => {
      const looked = look(args);
      if (!looked.ok) return { outcome: 'unknown', why: sentence(looked.failure) };
      const { note, next } = looked.value;
      if (note !== undefined && next.added === 0) return confirmed(args.path, next);
      // The note is replaced whole or not at all, and adding again adds nothing twice.
      return { outcome: 'not_sent', retry: true, proof: `“${args.path}” lacks ${next.added} of the lines.` };
    },
  });
}

const confirmed = (path: string, { text, added, known }: Added): Outcome => ({
  outcome: 'confirmed',
  receipt: { path, added, known_before: known, sha256: sha256(text), size: Buffer.byteLength(text) },
});
