import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Brought } from '../../core/brought.ts';
import { sha256 } from '../../core/digest.ts';
import { lstatOf } from '../../core/durable.ts';
import { secretIn } from '../../core/guarded.ts';
import { hashFile } from '../../core/hash-file.ts';
import { type Swept, sooner } from '../../core/loop.ts';
import { isPassing, isSyncConflict, noteStem, splitExtension, taskId } from '../../core/names.ts';
import { isCloud } from '../../core/node-role.ts';
import { sentence } from '../../core/outcome.ts';
import { type Seen, SeenJournal, type SeenRecord } from '../../core/seen.ts';
import { Settle } from '../../core/settle.ts';
import { FOLDERS } from '../../core/states.ts';
import { watchFolders } from '../../core/watch.ts';
import type { RunningWatcher, Watcher, WatcherContext } from '../../core/watcher.ts';
import { dropNote } from './drop-note.ts';

const SOURCE = 'filesystem';

/** A file that lies in a drop folder now. */
type Drop = { readonly path: string; readonly absolute: string; readonly instance: string };

/** What has to be known of every content that ever arrived. */
type Arrival = Pick<Seen, 'task' | 'note' | 'title'> & { readonly path: string };

/**
 * Watches `Inbox/` and further drop folders. A drop becomes a task once its size and time have been stable; the file
 * stays where it is, untouched, until an approved action moves it.
 */
class Filesystem implements RunningWatcher {
  readonly #context: WatcherContext;
  readonly #journal: SeenJournal;
  readonly #settle = new Settle();
  readonly #brought: Brought;
  /** Arrivals that are the work of the node on which they were dropped. */
  readonly #others = new Set<string>();
  /** What is on record, by the arrival it stands for. */
  readonly #known = new Map<string, SeenRecord>();
  /** How often some content has arrived, so that it can be a new task once the first is finished. */
  readonly #arrivals = new Map<string, { readonly count: number; readonly last: Arrival }>();
  readonly #unwritten = new Map<string, Seen>();
  /** Drops that are an open task’s file under another name, by their arrival: they wait until that task has ended. */
  readonly #renamed = new Map<string, Arrival>();
  readonly #close: () => Promise<void>;

  constructor(context: WatcherContext, close: () => Promise<void>) {
    this.#context = context;
    this.#close = close;
    const { state, now } = context;
    this.#brought = new Brought(state);
    this.#journal = new SeenJournal(state.seen, SOURCE, state.tmp, now, record => this.#remember(record));
  }

  async sweep(): Promise<Swept> {
    let moved = false;
    let settlesIn: number | undefined;
    for (const seen of [...this.#unwritten.values()]) moved = this.#write(seen) || moved;
    const drops = [...this.#drops()];
    for (const drop of drops) {
      const first = this.#renamed.get(drop.instance);
      if (
        this.#known.has(drop.instance) ||
        this.#others.has(drop.instance) ||
        (first !== undefined && this.#isOpen(first))
      )
        continue;
      const stats = lstatOf(drop.absolute);
      if (stats === undefined) continue;
      const wait = this.#settle.wait(drop.absolute, stats, this.#context.config.settle.drop * 1000, 'by-watching');
      if (wait > 0) settlesIn = sooner(settlesIn, wait);
      else moved = (await this.#take(drop)) || moved;
    }
    this.#forget(new Set(drops.map(({ instance }) => instance)), new Set(drops.map(({ absolute }) => absolute)));
    return { moved, settlesIn };
  }

  async close(): Promise<void> {
    await this.#close();
    this.#journal.close();
  }

  #remember(record: SeenRecord): void {
    switch (record.kind) {
      case 'seen': {
        const content = record.file?.sha256 ?? '';
        this.#known.set(record.instance, record);
        const { task, note, title } = record;
        const last = { task, note, title, path: record.file?.path ?? '' };
        this.#arrivals.set(content, { count: (this.#arrivals.get(content)?.count ?? 0) + 1, last });
        this.#unwritten.set(record.task, record);
        return;
      }
      case 'written':
        this.#unwritten.delete(record.task);
        return;
      case 'duplicate':
        this.#known.set(record.instance, record);
        return;
    }
  }

  /** Puts an arrival on record, then writes its note. */
  async #take(drop: Drop): Promise<boolean> {
    const { log, config } = this.#context;
    const held = secretIn(drop.path);
    if (held !== undefined) {
      log.trouble('name', `A dropped file has ${held} in its name. Rename it; until then it is left alone.`);
      return false;
    }
    const hashed = await hashFile(drop.absolute);
    const stats = lstatOf(drop.absolute);
    if (!hashed.ok || stats === undefined || instanceOf(drop.path, stats) !== drop.instance) {
      if (!hashed.ok) log.trouble(drop.path, sentence(hashed.failure));
      return false;
    }
    if (this.#isOthers(drop.path, hashed.value.sha256)) {
      this.#others.add(drop.instance);
      return false;
    }
    const before = this.#arrivals.get(hashed.value.sha256);
    if (before !== undefined && this.#isOpen(before.last)) {
      const was = before.last.path;
      if (lstatOf(path.resolve(this.#context.vault.root, was)) === undefined) {
        this.#renamed.set(drop.instance, before.last);
        log.event(`renamed    ${was} is now ${drop.path}; it is taken once the task “${before.last.title}” has ended`);
        return false;
      }
      this.#put({ kind: 'duplicate', of: before.last.task, instance: drop.instance, path: drop.path });
      log.event(
        `duplicate  ${drop.path} has the content of “${before.last.title}”, which is still open; it is left alone`,
      );
      return false;
    }
    const name = path.basename(drop.path);
    const task = taskId('file', sha256(`${SOURCE}\n${config.node}\n${hashed.value.sha256}\n${before?.count ?? 0}`));
    const seen: Seen = {
      kind: 'seen',
      source: SOURCE,
      task,
      note: noteStem(splitExtension(name)[0], task),
      title: name,
      origin: { kind: 'dropped', path: drop.path },
      file: { path: drop.path, name, ...hashed.value, modified: stats.mtime.toISOString() },
      instance: drop.instance,
    };
    this.#put(seen);
    return this.#write(seen);
  }

  /**
   * A file that sync brought is taken on the node where it was dropped, or else two would do the same work. One that no
   * node signed for, as from a phone, is taken where the person is.
   */
  #isOthers(place: string, hash: string): boolean {
    if (!this.#brought.isHere(place, hash)) return false;
    return this.#brought.by(place, hash) !== undefined || isCloud(this.#context.config);
  }

  /** Writes the note of an arrival, unless that happened before a crash; only then is it marked as written. */
  #write(seen: Seen): boolean {
    const { vault, log, now } = this.#context;
    if (!this.#isOpen(seen) && !this.#isClosed(seen)) {
      const made = vault.create(`${FOLDERS.needsAction}/${seen.note}.md`, dropNote(seen, now()));
      if (!made.ok) {
        log.trouble(seen.task, sentence(made.failure));
        return false;
      }
      log.event(`arrived    ${seen.title}`);
    }
    this.#put({ kind: 'written', task: seen.task });
    return true;
  }

  #put(record: SeenRecord): void {
    this.#journal.record(record);
    this.#remember(record);
  }

  #isOpen({ task, note }: Pick<Arrival, 'task' | 'note'>): boolean {
    const { vault, state } = this.#context;
    return (
      lstatOf(path.join(state.tasks, `${task}.journal`)) !== undefined ||
      vault.exists(`${FOLDERS.needsAction}/${note}.md`)
    );
  }

  #isClosed({ task }: Seen): boolean {
    return lstatOf(path.join(this.#context.state.closedTasks, `${task}.journal`)) !== undefined;
  }

  *#drops(): Generator<Drop> {
    const { vault, config } = this.#context;
    yield* this.#walk(path.join(vault.root, FOLDERS.inbox), FOLDERS.inbox);
    for (const folder of config.drop_folders) yield* this.#walk(folder, folder);
  }

  *#walk(absolute: string, shown: string): Generator<Drop> {
    if (!lstatOf(absolute)?.isDirectory()) return;
    const { log } = this.#context;
    for (const raw of readdirSync(absolute, { withFileTypes: true, encoding: 'buffer' })) {
      const name = raw.name.toString('utf8');
      const drop = `${shown}/${name}`;
      if (shown === FOLDERS.inbox && name === 'README.md') continue;
      if (isPassing(name)) {
        if (isLeftOver(name, path.join(absolute, name)))
          log.trouble(drop, `${drop} is hidden or unfinished by its name. It is left alone; rename it if it is meant.`);
        continue;
      }
      if (!Buffer.from(name).equals(raw.name)) {
        log.trouble(drop, `${drop}: the name is not valid UTF-8. Rename the file; it is left alone.`);
      } else if (isSyncConflict(name)) {
        log.trouble(drop, `${drop} is a copy that a sync tool made. It is left alone.`);
      } else if (raw.isDirectory()) {
        yield* this.#walk(path.join(absolute, name), drop);
      } else if (raw.isFile()) {
        const stats = lstatOf(path.join(absolute, name));
        if (stats !== undefined)
          yield { path: drop, absolute: path.join(absolute, name), instance: instanceOf(drop, stats) };
      } else log.trouble(drop, `${drop} is not a plain file (a link or a device). It is left alone.`);
    }
  }

  /** Arrivals that are gone need not be remembered; the record of them stays in the journal. */
  #forget(instances: ReadonlySet<string>, paths: ReadonlySet<string>): void {
    for (const known of [this.#known, this.#renamed, this.#others])
      for (const instance of known.keys()) if (!instances.has(instance)) known.delete(instance);
    this.#settle.keepOnly(paths);
  }
}

const instanceOf = (shown: string, stats: { ino: number; size: number; mtimeMs: number }): string =>
  `${shown}\n${stats.ino} ${stats.size} ${stats.mtimeMs}`;

/** Milliseconds after which an unfinished transfer is told of: it does not look as if it went on. */
const LEFT_OVER = 60_000;
/** What systems and tools put everywhere: not worth a word. */
const EVERYWHERE = /^\.(DS_Store|localized|gitkeep|directory|obsidian|stfolder|stversions|stignore|Trash.*|trash)$/;

function isLeftOver(name: string, file: string): boolean {
  const stats = EVERYWHERE.test(name) ? undefined : lstatOf(file);
  return stats !== undefined && Date.now() - stats.mtimeMs > LEFT_OVER;
}

const filesystem: Watcher = {
  name: 'filesystem',
  title: 'Files dropped into Inbox and further folders',
  start: async context => {
    const { vault, config, log, look } = context;
    vault.makeFolder(FOLDERS.needsAction);
    for (const folder of config.drop_folders) {
      if (!lstatOf(folder)?.isDirectory())
        log.trouble(folder, `The drop folder ${folder} does not exist; it is not watched.`);
    }
    const close = await watchFolders([path.join(vault.root, FOLDERS.inbox), ...config.drop_folders], {
      deep: true,
      look,
      failed: error =>
        log.trouble('inbox', `A drop folder cannot be watched, so that drops are noticed late: ${String(error)}`),
    });
    return new Filesystem(context, close);
  },
};
export default filesystem;
