import { randomBytes } from 'node:crypto';
import { linkSync, unlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { ensureFolder, syncFolder } from './durable.ts';
import { codeOf } from './outcome.ts';

/** A file that is to stand somewhere, whole or not at all. */
export type NewFile = { readonly target: string; readonly data: string | Uint8Array };

/** How many files are written before they are synced, and open at once. */
const AT_ONCE = 64;

/**
 * Creates several files by the file protocol (`durable.ts`): each is whole or not there, and all of them are on disk when
 * this resolves. All are written first and synced then, side by side, and each folder once: the first sync takes most of the others along.
 */
export async function createFiles(
  passingFolder: string,
  files: readonly NewFile[],
): Promise<readonly ('created' | 'exists')[]> {
  const passing = files.map(() => path.join(passingFolder, randomBytes(12).toString('hex')));
  const written = new Set<string>();
  const queue = files.map(({ data }, index) => ({ data, name: passing[index] ?? '' }));
  try {
    while (queue.length > 0) await writeSome(queue.splice(0, AT_ONCE), name => written.add(name));
    return link(files, passing, written);
  } finally {
    for (const name of written) unlinkSync(name);
  }
}

async function writeSome(
  files: readonly { readonly name: string; readonly data: string | Uint8Array }[],
  made: (name: string) => void,
): Promise<void> {
  const handles: FileHandle[] = [];
  try {
    await all(
      files.map(async ({ name, data }) => {
        const handle = await open(name, 'wx', 0o600);
        made(name);
        handles.push(handle);
        await handle.writeFile(data);
      }),
    );
    await all(handles.map(handle => handle.sync()));
  } finally {
    await Promise.allSettled(handles.map(handle => handle.close()));
  }
}

/** Waits for each of them, and only then fails with the first that failed. */
async function all(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find(one => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function link(
  files: readonly NewFile[],
  passing: readonly string[],
  written: Set<string>,
): readonly ('created' | 'exists')[] {
  const folders = new Set<string>();
  const made = files.map(({ target }, index): 'created' | 'exists' => {
    const name = passing[index] ?? '';
    const folder = path.dirname(target);
    ensureFolder(folder);
    // Also where the name is taken: whoever made it may have died before this.
    folders.add(folder);
    try {
      linkSync(name, target);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return 'exists';
      throw error;
    }
    unlinkSync(name);
    written.delete(name);
    return 'created';
  });
  for (const folder of folders) syncFolder(folder);
  return made;
}
