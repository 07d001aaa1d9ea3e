import path from 'node:path';
import { Cursors } from '../../core/cursors.ts';
import { FOLDERS } from '../../core/states.ts';
import type { Watcher, WatcherContext } from '../../core/watcher.ts';
import { WaysIn } from '../../core/ways-in.ts';
import { DropFolder, type Mounted } from './drop-folder.ts';
import { Drops, SOURCE } from './drops.ts';

/** What is remembered of drop folders; where that is damaged, nothing. */
function cursorsOf({ state }: WatcherContext): Cursors | undefined {
  try {
    return new Cursors(state, SOURCE);
  } catch {
    return undefined;
  }
}

function mountedIn(cursors: Cursors | undefined, shown: string): Mounted {
  let known = cursors?.get(shown) === true;
  return {
    get: () => known,
    set: isMounted => {
      if (known === isMounted) return;
      try {
        cursors?.set(shown, isMounted);
        known = isMounted;
      } catch {
        // On a full disk, which is told of elsewhere: the next look tries again.
      }
    },
  };
}

const filesystem: Watcher = {
  name: SOURCE,
  title: 'Files dropped into Inbox and further folders',
  start: async context => {
    const { vault, config, look } = context;
    vault.makeFolder(FOLDERS.needsAction);
    const cursors = cursorsOf(context);
    const ways = new WaysIn(context, SOURCE);
    const inbox = { absolute: path.join(vault.root, FOLDERS.inbox), shown: FOLDERS.inbox };
    const folders = [inbox, ...config.drop_folders.map(folder => ({ absolute: folder, shown: folder }))].map(
      place =>
        new DropFolder({
          ...{ ...place, look, mounted: mountedIn(cursors, place.shown) },
          unheard: why => ways.lost(place.shown, why),
        }),
    );
    for (const { name } of folders) ways.begins(name);
    await Promise.all(folders.map(folder => folder.begin()));
    return new Drops(context, folders, ways);
  },
};
export default filesystem;
