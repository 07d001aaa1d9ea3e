import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { ensureFolder, overwriteFile } from '../../core/durable.ts';
import { fail, messageOf, ok, type Result } from '../../core/outcome.ts';
import type { StateFolder } from '../../core/state-folder.ts';
import { PROCESSES } from './plan.ts';

const Credential = z.strictObject({ name: z.string(), file: z.string(), holder: z.enum(PROCESSES) });

/** `service/installed.json`: what `steward service install` made, so that it can be looked at, renewed and removed. */
const Installed = z.strictObject({
  format: z.literal(1),
  manager: z.discriminatedUnion('with', [
    z.strictObject({
      with: z.literal('systemd'),
      /** The user whose service it is where the machine’s systemd runs it. */
      user: z.string().optional(),
      /** Absolute path and SHA-256 of each unit. */
      units: z.record(z.string(), z.string()),
      credentials: z.array(Credential),
    }),
    z.strictObject({ with: z.literal('pm2'), home: z.string(), program: z.string() }),
  ]),
  /** The places and versions that it was made for. */
  vault: z.string(),
  repository: z.string(),
  node: z.string(),
  version: z.string(),
});
export type Installed = z.infer<typeof Installed>;
export type InstalledManager = Installed['manager'];

/** Everything that is the service’s own: record, logs, caches, pm2’s home. It goes with the service. */
export const serviceFolder = (state: StateFolder): string => path.join(state.root, 'service');
const fileOf = (state: StateFolder): string => path.join(serviceFolder(state), 'installed.json');

/** What is on record; undefined where no service was installed. */
export function readInstalled(state: StateFolder): Result<Installed | undefined> {
  const file = fileOf(state);
  if (!existsSync(file)) return ok(undefined);
  try {
    return ok(Installed.parse(JSON.parse(readFileSync(file, 'utf8'))));
  } catch (error) {
    const mend = 'Delete it, then run: steward service install';
    return fail('permanent', `${file} cannot be read: ${messageOf(error).split('\n')[0]}.`, mend);
  }
}

export function writeInstalled(state: StateFolder, installed: Installed): void {
  ensureFolder(serviceFolder(state));
  overwriteFile(state.tmp, fileOf(state), `${JSON.stringify(installed, null, 1)}\n`);
  // What root installs for a person is theirs to read.
  const owner = statSync(state.root);
  if (process.getuid?.() !== 0) return;
  for (const made of [serviceFolder(state), fileOf(state)]) chownSync(made, owner.uid, owner.gid);
}
