import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createFile, ensureFolder } from './durable.ts';
import type { StateFolder } from './state-folder.ts';

/** What tells this state folder from every other, also from one under the same name: made once. */
export function instanceOf({ root, tmp }: Pick<StateFolder, 'root' | 'tmp'>): string {
  const file = path.join(root, 'sync', 'instance');
  ensureFolder(path.dirname(file));
  createFile(tmp, file, `${randomBytes(8).toString('hex')}\n`);
  return readFileSync(file, 'utf8').trim();
}
