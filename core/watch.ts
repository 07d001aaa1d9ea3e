import { watch } from 'chokidar';

/**
 * Calls `look` soon after anything changes in one of the folders. An event only says “look there again”: what is
 * found there is what counts, and a sweep on a timer finds what no event told. `promptly`: as the system tells of it,
 * without first finding out what it was.
 */
export async function watchFolders(
  folders: readonly string[],
  options: {
    readonly deep: boolean;
    readonly promptly?: boolean;
    readonly look: (path: string) => void;
    readonly failed: (error: unknown) => void;
  },
): Promise<() => Promise<void>> {
  const watcher = watch([...folders], {
    ignoreInitial: true,
    followSymlinks: false,
    ignorePermissionErrors: true,
    ...(options.deep ? {} : { depth: 0 }),
  });
  if (options.promptly === true) watcher.on('raw', (_event, path) => options.look(path ?? ''));
  watcher.on('all', (event, path) => {
    // Of a file the system has told already.
    if (options.promptly !== true || event === 'addDir' || event === 'unlinkDir') options.look(path);
  });
  watcher.on('error', options.failed);
  await new Promise<void>(ready => watcher.once('ready', () => ready()));
  return () => watcher.close();
}
