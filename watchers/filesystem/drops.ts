import path from 'node:path';
import { Brought } from '../../core/brought.ts';
import { sha256 } from '../../core/digest.ts';
import { lstatOf } from '../../core/durable.ts';
import { secretIn } from '../../core/guarded.ts';
import { hashFile } from '../../core/hash-file.ts';
import { type Swept, sooner } from '../../core/loop.ts';
import { noteStem, splitExtension, taskId } from '../../core/names.ts';
import { isCloud } from '../../core/node-role.ts';
import { sentence } from '../../core/outcome.ts';
import { type Seen, SeenJournal, type SeenRecord } from '../../core/seen.ts';
import { Settle } from '../../core/settle.ts';
import { FOLDERS } from '../../core/states.ts';
import type { RunningWatcher, WatcherContext } from '../../core/watcher.ts';
import type { WaysIn } from '../../core/ways-in.ts';
import { isWhole, takeAway } from './canary.ts';
import { type DropFolder, UNTOLD } from './drop-folder.ts';
import { dropNote } from './drop-note.ts';
import { type Drop, instanceOf, type Walked, walk } from './walk.ts';

export const SOURCE = 'filesystem';

/** What has to be known of every content that ever arrived. */
type Arrival = Pick<Seen, 'task' | 'note' | 'title'> & { readonly path: string };

/**
 * Watches `Inbox/` and further drop folders. A drop becomes a task once its size and time have been stable; the file
 * stays where it is, untouched, until an approved action moves it.
 */
export class Drops implements RunningWatcher {
  readonly #context: WatcherContext;
  readonly #journal: SeenJournal;
  readonly #settle = new Settle();
  readonly #brought: Brought;
  /** Arrivals that are the work of the node on which they were dropped. */
  readonly #others = new Set<string>();
  /** What is on record, by the arrival it stands for. */
  readonly #records = new Map<string, SeenRecord>();
  /** How often some content has arrived, so that it can be a new task once the first is finished. */
  readonly #arrivals = new Map<string, { readonly count: number; readonly last: Arrival }>();
  readonly #unwritten = new Map<string, Seen>();
  /** Drops that are an open task’s file under another name, by their arrival: they wait until that task has ended. */
  readonly #renamed = new Map<string, Arrival>();
  readonly ways: readonly DropFolder[];
  readonly #known: WaysIn;
  /** When a canary was found where it was put, by its mark. */
  readonly #met = new Map<string, number>();
  readonly #ending = new AbortController();

  constructor(context: WatcherContext, folders: readonly DropFolder[], ways: WaysIn) {
    this.#context = context;
    this.ways = folders;
    this.#known = ways;
    const { state, now } = context;
    this.#brought = new Brought(state);
    this.#journal = new SeenJournal(state.seen, SOURCE, state.tmp, now, record => this.#remember(record));
  }

  async sweep(): Promise<Swept> {
    let moved = false;
    let settlesIn: number | undefined;
    for (const seen of [...this.#unwritten.values()]) moved = this.#write(seen) || moved;
    const drops: Drop[] = [];
    /** Folders of which it is not known what became of what lay there: one that cannot be read, or a disk that is gone. */
    const unsure: string[] = [];
    const met: string[] = [];
    for (const folder of this.ways) {
      const { canaries, ...walked } = await this.#look(folder);
      drops.push(...walked.drops);
      if (!walked.isWhole || (walked.isEmpty && folder.shown !== FOLDERS.inbox)) unsure.push(`${folder.shown}/`);
      for (const canary of canaries) {
        met.push(canary.absolute);
        const wait = await this.#meet(folder, canary);
        if (wait > 0) settlesIn = sooner(settlesIn, wait);
      }
    }
    this.#known.look();
    for (const drop of drops) {
      const first = this.#renamed.get(drop.instance);
      if (
        this.#records.has(drop.instance) ||
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
    this.#forget(new Set(drops.map(({ instance }) => instance)), unsure);
    this.#settle.keepOnly(new Set([...drops.map(({ absolute }) => absolute), ...met]));
    return { moved, settlesIn };
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.ways.map(folder => folder.close()));
    this.#journal.close();
  }

  #remember(record: SeenRecord): void {
    switch (record.kind) {
      case 'seen': {
        const content = record.file?.sha256 ?? '';
        this.#records.set(record.instance, record);
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
        this.#records.set(record.instance, record);
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

  /** Looks into a folder, keeps how it stands, and tries whether all of the way from there is open. */
  async #look(folder: DropFolder): Promise<Walked> {
    const { log } = this.#context;
    const unseen = folder.unseen();
    const walked =
      unseen === undefined ? walk(folder, log, mark => this.#known.isCanary(folder.name, mark)) : NOTHING_SEEN;
    const failure = unseen ?? folder.fault(walked);
    if (failure === undefined) {
      log.clear(folder.name);
      this.#known.works(folder.name);
      if (folder.isWatched) await this.#known.prove(folder, this.#ending.signal);
    } else {
      log.trouble(folder.name, `${folder.name}: ${sentence(failure)}`);
      this.#known.failed(folder.name, failure);
    }
    return walked;
  }

  /**
   * Takes a canary away that went the way of every drop: told of by the system, quiet, and read whole. Returns for how
   * many milliseconds it is still on its way.
   */
  async #meet(folder: DropFolder, { mark, absolute }: Walked['canaries'][number]): Promise<number> {
    const { log, config, monotonic = () => performance.now() } = this.#context;
    const stats = lstatOf(absolute);
    if (stats === undefined) return 0;
    const isAwaited = this.#known.isAwaited(folder.name, mark);
    const quiet = this.#settle.wait(absolute, stats, config.settle.drop * 1000, 'by-watching');
    if (isAwaited && quiet > 0) return quiet;
    if (!(await isWhole(absolute, mark))) {
      log.trouble(absolute, `${absolute} calls itself a test of Steward’s and is none any more. It is left alone.`);
      return 0;
    }
    const found = this.#met.get(mark) ?? monotonic();
    this.#met.set(mark, found);
    const wait = isAwaited && !folder.wasTold(mark) ? found + TELLING - monotonic() : 0;
    if (wait > 0) return wait;
    // The next look tries again; meanwhile it is told why nothing can be written there.
    if (!takeAway(absolute)) return 0;
    this.#met.delete(mark);
    if (!isAwaited) return 0;
    if (folder.wasTold(mark)) this.#known.came(folder.name, mark);
    else {
      this.#known.lost(folder.name, UNTOLD);
      folder.watchAnew();
    }
    return 0;
  }

  /** Arrivals that are gone need not be remembered; the record of them stays in the journal. */
  #forget(instances: ReadonlySet<string>, unsure: readonly string[]): void {
    for (const known of [this.#records, this.#renamed, this.#others])
      for (const instance of known.keys())
        if (!instances.has(instance) && !unsure.some(folder => instance.startsWith(folder))) known.delete(instance);
  }
}

/** Milliseconds that the system has to tell of a new file. */
const TELLING = 10_000;
const NOTHING_SEEN: Walked = { drops: [], canaries: [], isWhole: false, isEmpty: true };
