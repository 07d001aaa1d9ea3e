import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { lstatOf, overwriteFile } from './durable.ts';
import type { StateFolder } from './state-folder.ts';

/** `notices.json`: what the executor, or the process that syncs, wants the person to see until it is mended, by cause, in sentences. */
const Notices = z.record(z.string(), z.string());
type Notices = z.infer<typeof Notices>;
type Where = Pick<StateFolder, 'notices' | 'tmp'>;

/** What is to be seen now. A file that cannot be read tells nothing: the next look of the executor writes it anew. */
export function readNotices({ notices }: Where): Notices {
  try {
    return lstatOf(notices) === undefined ? {} : Notices.parse(JSON.parse(readFileSync(notices, 'utf8')));
  } catch {
    return {};
  }
}

/** The same of the process that syncs, in a file of its own: each file has one writer. */
export const syncNotices = ({ root, tmp }: Pick<StateFolder, 'root' | 'tmp'>): Where => ({
  notices: path.join(root, 'sync', 'notices.json'),
  tmp,
});

/** The same of the channels of a watcher. */
export const watcherNotices = ({ root, tmp }: Pick<StateFolder, 'root' | 'tmp'>, watcher: string): Where => ({
  notices: path.join(root, 'channels', `${watcher}-notices.json`),
  tmp,
});

/** Takes away all that was told. */
export function forgetNotices(where: Where): void {
  if (Object.keys(readNotices(where)).length > 0) overwriteFile(where.tmp, where.notices, '{}\n');
}

/** What all watchers want seen. */
export function channelNotices(state: Pick<StateFolder, 'root' | 'tmp'>): readonly string[] {
  const folder = path.join(state.root, 'channels');
  if (!lstatOf(folder)?.isDirectory()) return [];
  const watchers = readdirSync(folder).flatMap(name => /^(.+)-notices\.json$/.exec(name)?.[1] ?? []);
  return watchers.sort().flatMap(watcher => Object.values(readNotices(watcherNotices(state, watcher))));
}

/** Sets, or where `text` is undefined takes away, what is told for one cause. Only the executor calls this, for `syncNotices` only the process that syncs, for `watcherNotices` only the watchers. */
export function notice(where: Where, cause: string, text: string | undefined): void {
  const { [cause]: known, ...others } = readNotices(where);
  if (known === text) return;
  const told = text === undefined ? others : { ...others, [cause]: text };
  overwriteFile(where.tmp, where.notices, `${JSON.stringify(told)}\n`);
}
