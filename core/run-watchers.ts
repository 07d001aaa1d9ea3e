import path from 'node:path';
import { discover, modulesIn } from './discover.ts';
import { Loop, type Swept, sooner } from './loop.ts';
import { watchesHere } from './node-role.ts';
import { forgetNotices, watcherNotices } from './notices.ts';
import { secretsFor } from './secret-names.ts';
import { reasonOf } from './system-error.ts';
import { isWatcher, type RunningWatcher, type WatcherContext } from './watcher.ts';

const CODE = path.resolve(import.meta.dirname, '..', 'watchers');
const EVERY = 5000;

/** The names of all watchers there are. */
export const watcherNames = (): readonly string[] => [...modulesIn(CODE).keys()];

/** Starts every watcher that stands in `watchers/` and is configured, and works on this node, behind one loop. One that fails holds up no other. */
export async function runWatchers(context: Omit<WatcherContext, 'look'>): Promise<Loop> {
  const { log } = context;
  const found = await discover(CODE, value => (isWatcher(value) ? value : undefined));
  const running = new Map<string, RunningWatcher>();
  const loop = new Loop(
    async () => {
      let all: Swept = { moved: false, settlesIn: undefined };
      for (const [name, watcher] of running) {
        try {
          const one = await watcher.sweep();
          all = { moved: all.moved || one.moved, settlesIn: sooner(all.settlesIn, one.settlesIn) };
          log.clear(`watcher ${name}`);
        } catch (error) {
          log.trouble(`watcher ${name}`, `The watcher “${name}” met a problem and tries again: ${reasonOf(error)}`);
        }
      }
      return all;
    },
    EVERY,
    why => log.trouble('watchers', why),
  );
  for (const [name, watcher] of found) {
    const started = watchesHere(name, context.config)
      ? await watcher.start({
          ...context,
          secrets: secretsFor(name, context.secrets),
          look: () => loop.look(),
        })
      : undefined;
    if (started !== undefined) running.set(name, started);
    // Of what is not watched here any more, nothing is wrong.
    else forgetNotices(watcherNotices(context.state, name));
  }
  return loop;
}
