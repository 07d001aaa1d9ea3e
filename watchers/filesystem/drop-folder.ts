import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { lstatOf } from '../../core/durable.ts';
import { codeOf, type Failure, fail, ok, type Result } from '../../core/outcome.ts';
import { reasonOf, systemFailure } from '../../core/system-error.ts';
import { watchFolders } from '../../core/watch.ts';
import type { Proof, WayIn } from '../../core/watcher.ts';
import { markIn, placeCanary } from './canary.ts';
import type { Walked } from './walk.ts';

/** Whether the folder was a disk of its own when it was looked at last: kept across restarts. */
export type Mounted = { readonly get: () => boolean; readonly set: (isMounted: boolean) => void };

type Given = {
  readonly absolute: string;
  /** How it is called: `Inbox`, or its path. */
  readonly shown: string;
  readonly mounted: Mounted;
  readonly look: () => void;
  /** The system cannot tell of what changes there. */
  readonly unheard: (why: string) => void;
};

/** One drop folder: what the system tells of it, and how it stands. */
export class DropFolder implements WayIn {
  readonly absolute: string;
  readonly shown: string;
  readonly name: string;
  readonly #given: Given;
  /** Marks of canaries that the system told of. */
  readonly #heard = new Set<string>();
  /** Watching begins and ends one after the other. */
  #watching: Promise<() => Promise<void>>;
  #isWatched = false;
  /** What is watched: another folder under its name is not. */
  #inode: string | undefined;

  constructor(given: Given) {
    this.#given = given;
    this.absolute = given.absolute;
    this.shown = given.shown;
    this.name = given.shown;
    this.#inode = this.#identity();
    this.#watching = this.#watch();
  }

  /** Resolves once what changes there is told of. */
  async begin(): Promise<void> {
    await this.#watching;
  }

  async close(): Promise<void> {
    const end = await this.#watching;
    await end();
  }

  /** Whether what changes there is told of by now. */
  get isWatched(): boolean {
    return this.#isWatched;
  }

  /** Watches it from the beginning: what was watched is gone, or tells nothing. */
  watchAnew(): void {
    this.#isWatched = false;
    const before = this.#watching;
    this.#watching = before.then(async end => {
      await end();
      return this.#watch();
    });
  }

  wasTold(mark: string): boolean {
    return this.#heard.has(mark);
  }

  async prove(mark: string): Promise<Result<Proof>> {
    this.#heard.clear();
    try {
      placeCanary(this.absolute, mark);
      return ok('placed');
    } catch (error) {
      return systemFailure(`A test could not be put into ${this.shown}: ${reasonOf(error)}.`, error);
    }
  }

  /** What keeps it from being looked into at all. */
  unseen(): Failure | undefined {
    const identity = this.#identity();
    const isAnother = identity !== this.#inode;
    this.#inode = identity;
    if (isAnother && identity !== undefined) this.watchAnew();
    try {
      const stats = lstatOf(this.absolute);
      if (stats === undefined)
        return gone(
          'it is not there.',
          'Make it again, or plug in the disk on which it lies; it is looked at from then on.',
        );
      if (!stats.isDirectory())
        return gone('a link or a file has its name.', 'Name the folder itself in drop_folders of config.yaml.');
      accessSync(this.absolute, constants.R_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      return gone(`it cannot be looked into: ${reasonOf(error)}.`, 'Let the account under which Steward runs read it.');
    }
  }

  /** What is wrong with it though it can be looked into. */
  fault({ isEmpty, isWhole }: Walked): Failure | undefined {
    const isMounted = this.#isMounted();
    if (isEmpty && isWhole && !isMounted && this.#given.mounted.get())
      return gone(
        'the disk that was there is not; what stands in its place is an empty folder.',
        'Plug it in or mount it again. If this is to be an ordinary folder from now on, put a file into it.',
      );
    this.#given.mounted.set(isMounted);
    try {
      accessSync(this.absolute, constants.W_OK);
      return undefined;
    } catch (error) {
      return gone(
        `nothing can be written there: ${reasonOf(error)}. What is dropped is taken, and cannot be moved from there.`,
        'Let the account under which Steward runs write there; as a service, start it again then.',
      );
    }
  }

  async #watch(): Promise<() => Promise<void>> {
    const end = await watchFolders([this.absolute], {
      deep: true,
      look: file => {
        const mark = markIn(path.basename(file));
        if (mark !== undefined) this.#heard.add(mark);
        this.#given.look();
      },
      failed: error => this.#given.unheard(unheardBecause(error)),
    });
    this.#isWatched = true;
    return end;
  }

  #identity(): string | undefined {
    try {
      const stats = lstatOf(this.absolute);
      return stats === undefined ? undefined : `${stats.dev} ${stats.ino} ${stats.birthtimeMs}`;
    } catch {
      return undefined;
    }
  }

  #isMounted(): boolean {
    const above = path.dirname(this.absolute);
    return above !== this.absolute && lstatOf(this.absolute)?.dev !== lstatOf(above)?.dev;
  }
}

const LATE = 'so that new files are noticed there some seconds late; none is lost.';
/** What is told where a canary was found that nobody told of. */
export const UNTOLD = `this computer does not tell Steward of new files, ${LATE} On a disk of the network that is how it is; elsewhere start Steward again.`;

/** Why the system does not tell of a folder: its codes mean other things elsewhere (inotify(7)). */
export function unheardBecause(error: unknown): string {
  return ['ENOSPC', 'EMFILE'].includes(codeOf(error) ?? '')
    ? `too many files are watched on this computer, ${LATE} Raise fs.inotify.max_user_watches and fs.inotify.max_user_instances (sysctl), then start Steward again.`
    : `it cannot be watched (${reasonOf(error)}), ${LATE}`;
}

const gone = (message: string, mend: string): Failure => fail('permanent', message, mend).failure;
