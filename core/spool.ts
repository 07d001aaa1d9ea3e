import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AllowedKey } from './allowed-signers.ts';
import { createFile, lstatOf } from './durable.ts';
import { Arguments, Identifier, NoteName, Origin } from './envelope.ts';
import { Exposure } from './exposure.ts';
import { guardedDeep } from './guarded.ts';
import { Way } from './ledger-record.ts';

/**
 * Messages between processes: one file each in a folder of the state folder, written whole, removed once the reader
 * has put on record what it did with it. The same message under the same name twice is one message.
 */
export const Message = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('propose'),
    id: Identifier,
    task: Identifier,
    task_note: z.string(),
    plan_note: NoteName,
    note: NoteName,
    server: z.string(),
    tool: z.string(),
    arguments: Arguments,
    origins: z.record(z.string(), Origin),
    brain: z.string(),
    exposure: Exposure,
    source: z.string(),
    role: z.string().optional(),
  }),
  /** A reading tool that a brain called; the answer comes as `read_result`. */
  z.strictObject({
    kind: z.literal('read'),
    call: z.string(),
    task: Identifier,
    server: z.string(),
    tool: z.string(),
    arguments: Arguments,
  }),
  z.strictObject({
    kind: z.literal('read_result'),
    call: z.string(),
    task: Identifier,
    ok: z.boolean(),
    text: z.string(),
  }),
  z.strictObject({ kind: z.literal('withdraw'), task: Identifier, why: z.string() }),
  z.strictObject({
    kind: z.literal('close'),
    task: Identifier,
    title: z.string(),
    verdict: z.enum(['done', 'rejected', 'failed']),
    why: z.string(),
    /** The notes that belong to the task, by the path they have now. */
    notes: z.array(z.string()),
  }),
  /** A task that another node ends and files: `text` is what that node needs to go on, as JSON. */
  z.strictObject({
    kind: z.literal('hand_over'),
    task: Identifier,
    task_note: z.string(),
    title: z.string(),
    note: NoteName,
    to: z.string(),
    text: z.string(),
  }),
  /** That node has filed it: what was written for it can go. */
  z.strictObject({ kind: z.literal('handed_back'), task: Identifier, note: NoteName }),
  z.strictObject({
    kind: z.literal('decide'),
    id: Identifier,
    decision: z.enum(['approved', 'rejected']),
    reason: z.string(),
    by: z.string(),
    way: Way,
    /** SSHSIG over the decision, armoured (`ssh-keygen -Y sign`). */
    signature: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('answer'), question: Identifier, text: z.string(), by: z.string() }),
  /** The person wants an action taken back that was done; the way back is the ledger’s to say. */
  z.strictObject({ kind: z.literal('undo'), task: Identifier, of: Identifier, by: z.string() }),
  z.strictObject({ kind: z.literal('stop'), why: z.string(), by: z.string() }),
  z.strictObject({ kind: z.literal('resume'), by: z.string() }),
  /** One action server: nothing is begun there until it is unpaused. */
  z.strictObject({ kind: z.literal('pause'), channel: z.string(), why: z.string(), by: z.string() }),
  z.strictObject({ kind: z.literal('unpause'), channel: z.string(), by: z.string() }),
  /** One task: nothing is thought or begun for it until it is unpaused. For the planner. */
  z.strictObject({ kind: z.literal('pause_task'), task: Identifier, why: z.string(), by: z.string() }),
  z.strictObject({ kind: z.literal('unpause_task'), task: Identifier, by: z.string() }),
  /** Whose signed decisions count: given on this machine only. `key` is a name or a fingerprint. */
  z.strictObject({ kind: z.literal('allow_key'), key: AllowedKey, by: z.string() }),
  z.strictObject({ kind: z.literal('revoke_key'), key: z.string(), by: z.string() }),
]);
export type Message = z.infer<typeof Message>;
export type Spooled = { readonly name: string; readonly message: Message };

/** Names, places and signatures count only as they are. */
const APART: ReadonlySet<string> = new Set(['note', 'notes', 'task_note', 'plan_note', 'signature', 'key']);

export class Spool {
  readonly folder: string;
  readonly #tmp: string;

  constructor(folder: string, tmp: string) {
    this.folder = folder;
    this.#tmp = tmp;
  }

  /** Puts a message down, on disk when this returns. A message of that name that still waits is left as it is. */
  put(name: string, message: Message): void {
    this.#create(name, message, true);
  }

  /**
   * The same for who puts it down again, at each look, until what it leads to is on record: a power cut may take it, and
   * then it comes once more.
   */
  putAgain(name: string, message: Message): void {
    if (lstatOf(path.join(this.folder, `${name}.json`)) === undefined) this.#create(name, message, false);
  }

  #create(name: string, message: Message, isNamed: boolean): void {
    const clean = guardedDeep(message, 'a message between processes', APART);
    createFile(this.#tmp, path.join(this.folder, `${name}.json`), `${JSON.stringify(clean)}\n`, isNamed);
  }

  /** Puts a message down in place of those of these names that still wait: the last word counts. */
  putInsteadOf(names: readonly string[], name: string, message: Message): void {
    for (const earlier of names) this.remove(`${earlier}.json`);
    this.put(name, message);
  }

  /** The messages that wait, oldest first. What is not a message of ours is reported and left. */
  waiting(report: (name: string, why: string) => void): Spooled[] {
    const found: (Spooled & { at: number })[] = [];
    for (const name of readdirSync(this.folder)) {
      const file = path.join(this.folder, name);
      const stats = lstatOf(file);
      if (!name.endsWith('.json') || !stats?.isFile()) continue;
      try {
        found.push({ name, message: Message.parse(JSON.parse(readFileSync(file, 'utf8'))), at: stats.mtimeMs });
      } catch (error) {
        report(name, error instanceof Error ? error.message : String(error));
      }
    }
    return found.sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
  }

  remove(name: string): void {
    const file = path.join(this.folder, name);
    if (lstatOf(file) !== undefined) unlinkSync(file);
  }
}
