import { randomBytes } from 'node:crypto';
import { readdirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { createFile, ensureFolder, overwriteFile, readIfThere } from './durable.ts';
import type { StateFolder } from './state-folder.ts';
import { NodeName, Role } from './sync-settings.ts';

const Instant = z.iso.datetime();

/** `sync/status.json`: how syncing stands, as the process that syncs last knew. */
const SyncStatus = z.strictObject({
  remote: z.string(),
  /** When the remote was last reached, when a commit was last sent, and when something was last taken in. */
  reached: Instant.optional(),
  sent: Instant.optional(),
  taken: Instant.optional(),
  /** The commit on which vault and remote agree. */
  commit: z.string().optional(),
  /** Since when it does not work, and why, with what to do. */
  trouble: z.strictObject({ since: Instant, why: z.string() }).optional(),
  /** Files that changed here and are not sent yet. */
  waiting: z.int(),
  /** What stays on this computer, and why. */
  held: z.array(z.strictObject({ path: z.string(), why: z.string(), since: Instant })),
  /** The other nodes, with what each said of itself last. */
  nodes: z.array(z.strictObject({ node: NodeName, role: Role, health: z.string(), silent: z.boolean() })).default([]),
  /** Rounds that this process has done, and when it last finished one. */
  rounds: z.int(),
  at: Instant,
});
export type SyncStatus = z.infer<typeof SyncStatus>;

type Where = Pick<StateFolder, 'root' | 'tmp'>;
const fileOf = ({ root }: Where): string => path.join(root, 'sync', 'status.json');

/** How syncing stands; undefined where it never ran, or cannot be read. */
export function readSyncStatus(where: Where): SyncStatus | undefined {
  const text = readIfThere(fileOf(where));
  if (text === undefined) return undefined;
  try {
    const parsed = SyncStatus.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Only the process that syncs calls this. */
export function writeSyncStatus(where: Where, status: SyncStatus): void {
  overwriteFile(where.tmp, fileOf(where), `${JSON.stringify(status)}\n`);
}

/** Where whoever wants a round at once puts an empty file down. */
export const wakeFolder = ({ root }: Pick<StateFolder, 'root'>): string => path.join(root, 'sync', 'wake');

/** Asks the process that syncs for a round now. */
export function askForRound(where: Where): void {
  ensureFolder(wakeFolder(where));
  createFile(where.tmp, path.join(wakeFolder(where), randomBytes(8).toString('hex')), '');
}

/** Whether somebody asked. Being asked twice before a round begins is being asked once. */
export function takeWakes(where: Pick<StateFolder, 'root'>): boolean {
  const names = readdirSync(wakeFolder(where));
  for (const name of names) unlinkSync(path.join(wakeFolder(where), name));
  return names.length > 0;
}
