import path from 'node:path';
import { z } from 'zod';
import {
  type Approved,
  defineServer,
  defineTool,
  notSent,
  type Outcome,
  type Prepared,
  type ServerContext,
  type Tool,
} from '../../core/action-server.ts';
import { sha256 } from '../../core/digest.ts';
import { lstatOf } from '../../core/durable.ts';
import type { Attachment, Envelope } from '../../core/envelope.ts';
import { hashFile } from '../../core/hash-file.ts';
import { type Failure, fail, ok, type Result, sentence } from '../../core/outcome.ts';
import { takeAcross } from '../../core/take-across.ts';
import type { Vault } from '../../core/vault.ts';
import { mayWrite } from '../../core/vault-paths.ts';
import { appendTool } from './append.ts';

const PathIn = z.string().min(1).max(1024);
const From = PathIn.describe('The file, relative to the vault; or absolute inside a drop folder.');
const To = PathIn.describe(
  'Where it shall stand, relative to the vault, with its new name. Nothing is ever overwritten.',
);

const Move = z.strictObject({ from: From, to: To });
const Rename = z.strictObject({
  path: From,
  name: z.string().min(1).max(255).describe('The new name, without a folder.'),
});
const Write = z.strictObject({
  path: To.regex(/\.md$/, 'a note ends in .md'),
  text: z.string().max(1_000_000).describe('The whole text of the new note.'),
});

type Place = { readonly shown: string; readonly absolute: string; readonly outside: boolean };

/** Moves, copies, renames and writes inside the vault (never on control paths), and takes from drop folders. */
function tools(context: ServerContext): readonly Tool[] {
  const { vault, dropFolders } = context;

  function source(given: string): Result<Place> {
    if (path.isAbsolute(given)) {
      const plain = path.normalize(given);
      const inside = dropFolders.some(folder => plain.startsWith(`${folder}${path.sep}`));
      if (!inside) return fail('denied', `“${given}” is in none of the folders that Steward may take from.`);
      return ok({ shown: plain, absolute: plain, outside: true });
    }
    const absolute = vault.resolve(given);
    if (!absolute.ok) return absolute;
    if (!mayWrite('server', given)) return fail('denied', `“${given}” is not for an action to touch.`);
    return ok({ shown: given, absolute: absolute.value, outside: false });
  }

  async function attached(given: string, keep: boolean): Promise<Result<{ place: Place; file: Attachment }>> {
    const place = source(given);
    if (!place.ok) return place;
    // Its other name may be anything that this user can read; a move takes one name, and a crash may have left two.
    if (keep && (lstatOf(place.value.absolute)?.nlink ?? 1) > 1)
      return fail('denied', `“${given}” has a second name elsewhere.`, 'Copy it into the vault instead of linking it.');
    const hashed = await hashFile(place.value.absolute);
    if (!hashed.ok) return hashed.failure.fault === 'system' ? hashed : lost(sentence(hashed.failure));
    return ok({ place: place.value, file: { path: place.value.shown, ...hashed.value } });
  }

  function target(given: string): Result<string> {
    const absolute = vault.resolve(given);
    if (!absolute.ok) return absolute;
    if (!mayWrite('server', given)) return fail('denied', `“${given}” is not for an action to write.`);
    if (lstatOf(absolute.value) !== undefined)
      return fail('permanent', `“${given}” is there already; nothing is overwritten.`);
    return absolute;
  }

  async function prepareMove(from: string, to: string, keep: boolean): Promise<Result<Prepared>> {
    const found = await attached(from, keep);
    if (!found.ok) return found;
    const free = target(to);
    if (!free.ok) return free;
    const { place, file } = found.value;
    return ok({
      describe: () => ({ title: `${keep ? 'Copy' : 'Move'} ${from} to ${to}`, account: '', attachments: [file] }),
      perform: () => (keep || place.outside ? across(place, to, file, keep) : moveInside(from, to, file)),
    });
  }

  async function moveInside(from: string, to: string, file: Attachment): Promise<Outcome> {
    const moved = vault.moveExactly(from, to);
    if (!moved.ok) return notSent(moved.failure);
    if (moved.value === 'missing') return notSent(lost(`“${from}” is not there any more.`).failure);
    if (moved.value === 'taken') return notDone(`“${to}” is there already; nothing is overwritten.`, false);
    return confirmed(to, file, { action: 'files.move', arguments: { from: to, to: from } });
  }

  async function across(place: Place, to: string, file: Attachment, keep: boolean): Promise<Outcome> {
    const taken = await takeAcross(vault, place.absolute, to, file.sha256, keep);
    if (!taken.ok) return notSent(taken.failure);
    return confirmed(to, file, undefined);
  }

  /** The file system is its own witness: where both ends can be seen, absence proves. */
  async function reconcileMove(from: string, to: string, envelope: Envelope, keep: boolean): Promise<Outcome> {
    const file = envelope.attachments[0];
    const start = source(from);
    if (file === undefined || !start.ok)
      return { outcome: 'unknown', why: 'The file this was about is not on record.' };
    const there = await hashOf(vault, to);
    const here = lstatOf(start.value.absolute) === undefined ? undefined : await hashFile(start.value.absolute);
    if (there === file.sha256) {
      if (!keep && here?.ok && here.value.sha256 === file.sha256) {
        const finished = start.value.outside
          ? await takeAcross(vault, start.value.absolute, to, file.sha256, false)
          : vault.moveExactly(from, to);
        if (!finished.ok) return { outcome: 'unknown', why: sentence(finished.failure) };
      }
      return confirmed(
        to,
        file,
        keep || start.value.outside ? undefined : { action: 'files.move', arguments: { from: to, to: from } },
      );
    }
    if (here?.ok) return notDone(`“${from}” still stands where it was, and “${to}” does not hold it.`, true);
    return { outcome: 'unknown', why: `“${from}” is gone, and “${to}” does not hold it.` };
  }

  return [
    appendTool(vault),
    defineTool({
      name: 'move',
      title: 'Move a file',
      description: 'Moves one file to a new place in the vault. Never overwrites. Can be undone.',
      input: Move,
      annotations: { destructiveHint: true, idempotentHint: false, openWorldHint: false },
      reach: { does: 'move', egress: false, routing: ['from', 'to'] },
      prepare: ({ from, to }) => prepareMove(from, to, false),
      reconcile: ({ from, to }, envelope) => reconcileMove(from, to, envelope, false),
    }),
    defineTool({
      name: 'copy',
      title: 'Copy a file',
      description: 'Copies one file to a new place in the vault. Never overwrites.',
      input: Move,
      annotations: { destructiveHint: false, idempotentHint: false, openWorldHint: false },
      reach: { does: 'create', egress: false, routing: ['from', 'to'] },
      prepare: ({ from, to }) => prepareMove(from, to, true),
      reconcile: ({ from, to }, envelope) => reconcileMove(from, to, envelope, true),
    }),
    defineTool({
      name: 'rename',
      title: 'Rename a file',
      description: 'Gives one file of the vault a new name in the same folder. Never overwrites. Can be undone.',
      input: Rename,
      annotations: { destructiveHint: true, idempotentHint: false, openWorldHint: false },
      reach: { does: 'move', egress: false, routing: ['path', 'name'] },
      prepare: args => {
        const to = renamed(args);
        return to.ok ? prepareMove(args.path, to.value, false) : Promise.resolve(to);
      },
      reconcile: async (args, envelope) => {
        const to = renamed(args);
        return to.ok
          ? reconcileMove(args.path, to.value, envelope, false)
          : { outcome: 'unknown', why: sentence(to.failure) };
      },
    }),
    defineTool({
      name: 'write',
      title: 'Write a new note',
      description: 'Writes one new note into the vault. Never overwrites and never changes a note that is there.',
      input: Write,
      annotations: { destructiveHint: false, idempotentHint: false, openWorldHint: false },
      reach: { does: 'create', egress: false, routing: ['path'] },
      prepare: async ({ path: to, text }) => {
        const free = target(to);
        if (!free.ok) return free;
        return ok({
          describe: () => ({ title: `Write the note ${to}`, account: '', attachments: [] }),
          perform: async (_: Approved) => {
            const made = vault.create(to, text);
            if (!made.ok) return notSent(made.failure);
            if (made.value === 'exists') return notDone(`“${to}” is there already; nothing is overwritten.`, false);
            return confirmed(to, { path: to, sha256: sha256(text), size: Buffer.byteLength(text) }, undefined);
          },
        });
      },
      reconcile: async ({ path: to, text }) => {
        const there = await hashOf(vault, to);
        if (there === sha256(text))
          return confirmed(to, { path: to, sha256: there, size: Buffer.byteLength(text) }, undefined);
        return notDone(
          there === undefined ? `“${to}” does not exist.` : `“${to}” holds something else.`,
          there === undefined,
        );
      },
    }),
  ];
}

function renamed(args: z.infer<typeof Rename>): Result<string> {
  if (args.name.includes('/')) return fail('invalid', 'A name holds no “/”.');
  if (path.isAbsolute(args.path)) return fail('denied', 'Only files in the vault are renamed.');
  return ok(path.posix.join(path.posix.dirname(args.path), args.name));
}

async function hashOf(vault: Vault, place: string): Promise<string | undefined> {
  const hashed = await vault.hash(place);
  return hashed.ok ? hashed.value.sha256 : undefined;
}

/** The file that it is about cannot be had: nobody’s fault but that file’s. */
const lost = (message: string): { ok: false; failure: Failure } => ({
  ok: false,
  failure: { kind: 'permanent', message, fault: 'data' },
});

const notDone = (proof: string, retry: boolean): Outcome => ({ outcome: 'not_sent', retry, proof });

function confirmed(
  at: string,
  file: Attachment,
  undo: { action: string; arguments: Record<string, string> } | undefined,
): Outcome {
  const receipt = { path: at, sha256: file.sha256, size: file.size };
  return undo === undefined ? { outcome: 'confirmed', receipt } : { outcome: 'confirmed', receipt, undo };
}

export default defineServer({
  name: 'files',
  title: 'Files of the vault',
  settings: z.null(),
  tools: (_, context) => tools(context),
});
