import { readdirSync } from 'node:fs';
import path from 'node:path';
import { lstatOf } from '../../core/durable.ts';
import type { Log } from '../../core/log.ts';
import { isPassing, isSyncConflict } from '../../core/names.ts';
import { FOLDERS } from '../../core/states.ts';
import { reasonOf } from '../../core/system-error.ts';
import { markIn } from './canary.ts';

/** A file that lies in a drop folder now; `instance` tells it from what lay there under its name before. */
export type Drop = { readonly path: string; readonly absolute: string; readonly instance: string };

/** What lies in a drop folder. */
export type Walked = {
  readonly drops: readonly Drop[];
  /** Canaries of Steward’s own. */
  readonly canaries: readonly { readonly mark: string; readonly absolute: string }[];
  /** Whether every folder below could be listed. */
  readonly isWhole: boolean;
  /** Whether anything at all lies there, but for what is hidden or unfinished. */
  readonly isEmpty: boolean;
};

/**
 * Lists a drop folder and all below it. What is left alone is told of. `isOwn`: whether a mark is that of a canary that
 * Steward put there; what only calls itself one is a hidden file like any other.
 */
export function walk(
  { absolute, shown }: { readonly absolute: string; readonly shown: string },
  log: Log,
  isOwn: (mark: string) => boolean,
): Walked {
  const drops: Drop[] = [];
  const canaries: { mark: string; absolute: string }[] = [];
  let isWhole = true;
  let isEmpty = true;
  const look = (folder: string, told: string): void => {
    for (const raw of listed(folder, told)) {
      const name = raw.name.toString('utf8');
      const drop = `${told}/${name}`;
      const file = path.join(folder, name);
      const mark = folder === absolute ? markIn(name) : undefined;
      if (told === FOLDERS.inbox && name === 'README.md') continue;
      if (mark !== undefined && isOwn(mark)) canaries.push({ mark, absolute: file });
      else if (isPassing(name)) {
        if (isLeftOver(name, file))
          log.trouble(drop, `${drop} is hidden or unfinished by its name. It is left alone; rename it if it is meant.`);
        continue;
      } else if (!Buffer.from(name).equals(raw.name)) {
        log.trouble(drop, `${drop}: the name is not valid UTF-8. Rename the file; it is left alone.`);
      } else if (isSyncConflict(name)) {
        log.trouble(drop, `${drop} is a copy that a sync tool made. It is left alone.`);
      } else if (raw.isDirectory()) look(file, drop);
      else if (raw.isFile()) {
        const stats = lstatOf(file);
        if (stats !== undefined) drops.push({ path: drop, absolute: file, instance: instanceOf(drop, stats) });
      } else log.trouble(drop, `${drop} is not a plain file (a link or a device). It is left alone.`);
      if (mark === undefined) isEmpty = false;
    }
  };
  /** One folder that may not be read holds up no other. */
  const listed = (folder: string, told: string) => {
    try {
      const found = readdirSync(folder, { withFileTypes: true, encoding: 'buffer' });
      log.clear(`folder ${told}`);
      return found;
    } catch (error) {
      isWhole = false;
      if (folder !== absolute)
        log.trouble(`folder ${told}`, `${told} cannot be looked into: ${reasonOf(error)}. What lies there waits.`);
      return [];
    }
  };
  look(absolute, shown);
  return { drops, canaries, isWhole, isEmpty };
}

export const instanceOf = (shown: string, stats: { ino: number; size: number; mtimeMs: number }): string =>
  `${shown}\n${stats.ino} ${stats.size} ${stats.mtimeMs}`;

/** Milliseconds after which an unfinished transfer is told of: it does not look as if it went on. */
const LEFT_OVER = 60_000;
/** What systems and tools put everywhere: not worth a word. */
const EVERYWHERE = /^\.(DS_Store|localized|gitkeep|directory|obsidian|stfolder|stversions|stignore|Trash.*|trash)$/;

function isLeftOver(name: string, file: string): boolean {
  const stats = EVERYWHERE.test(name) ? undefined : lstatOf(file);
  return stats !== undefined && Date.now() - stats.mtimeMs > LEFT_OVER;
}
