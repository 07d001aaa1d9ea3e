import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
import { hashFile } from '../../core/hash-file.ts';
import { codeOf } from '../../core/outcome.ts';

/** The mark of a file that calls itself a canary; undefined for every other. */
export const markIn = (name: string): string | undefined => /^\.steward-canary-([0-9a-f]{32})$/.exec(name)?.[1];

const textOf = (mark: string): string =>
  `Steward put this here to see whether dropped files reach it, and takes it away again. You may delete it.\n${mark}\n`;

/** Puts a canary into a folder: hidden from Obsidian, from what syncs and from file managers by the dot of its name. */
export function placeCanary(folder: string, mark: string): void {
  const file = path.join(folder, `.steward-canary-${mark}`);
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, textOf(mark));
  } catch (error) {
    // On a full disk there is room for a name, and none for what it should hold.
    unlinkSync(file);
    throw error;
  } finally {
    closeSync(handle);
  }
}

/** Whether a file holds what Steward put there, to the byte: what somebody else wrote is not taken away. */
export async function isWhole(file: string, mark: string): Promise<boolean> {
  const hashed = await hashFile(file);
  return hashed.ok && hashed.value.sha256 === sha256(textOf(mark));
}

/** Takes a canary away; false where that cannot be now, as on a disk that turned read-only meanwhile. */
export function takeAway(file: string): boolean {
  try {
    unlinkSync(file);
    return true;
  } catch (error) {
    return codeOf(error) === 'ENOENT';
  }
}
