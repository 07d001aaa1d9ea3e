import { FILES, FOLDERS } from '../../core/states.ts';
import type { KnownFiles } from './known.ts';
import { isSynced, type Mine, type MyFiles, type Quiet } from './mine.ts';
import type { Change, Entry } from './steps.ts';
import type { Trees } from './trees.ts';

/** What differs between the three trees, as far as it can be told now. */
export type Looked = {
  readonly changes: readonly Change[];
  /** What theirs holds at every path that was looked at, whether or not it is in `changes`. */
  readonly theirs: ReadonlyMap<string, Entry | undefined>;
  /** What vault and remote last agreed on there. */
  readonly bases: ReadonlyMap<string, Entry | undefined>;
  /** Paths that are left for later, each with why, where the person should know. */
  readonly later: ReadonlyMap<string, string>;
  /** Paths on which all three agree. */
  readonly same: readonly string[];
  /** Sizes of my files by their blobs. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Milliseconds until something that is being written may be quiet. */
  readonly settlesIn: number | undefined;
};

/** Milliseconds for which something that went may still come back, as when an editor saves. */
const BACK = 1000;
/** Milliseconds after which a file that is never quiet is taken between two saves. */
const LONGEST = 5 * 60_000;
const BETWEEN = 1000;

/** Places that only Steward writes, each file whole. */
const WHOLE: readonly string[] = [
  ...[FOLDERS.needsAction, FOLDERS.inProgress, FOLDERS.plans, FOLDERS.pending, FOLDERS.approved, FOLDERS.rejected],
  ...[FOLDERS.outbox, FOLDERS.questions, FOLDERS.done, FOLDERS.failed, FOLDERS.quarantine, FOLDERS.updates],
  ...[FOLDERS.briefings, FOLDERS.logs],
];

/** How long a file must be quiet. `note` and `tick`: milliseconds, from the settings. */
function quietOf(path: string, { note, tick }: { readonly note: number; readonly tick: number }): Quiet {
  const top = path.split('/')[0] ?? '';
  // Written anew at each turn of the work: told now and then, not with each line.
  if (top === FILES.dashboard || top === FOLDERS.logs) return { written: tick, placed: tick };
  return { written: note, placed: WHOLE.includes(top) ? 0 : Math.min(tick, note) };
}

type Asked = {
  readonly base: string;
  readonly theirs: string;
  readonly files: MyFiles;
  readonly known: KnownFiles;
  readonly trees: Trees;
  readonly settle: { readonly note: number; readonly tick: number };
  readonly now: number;
};

/** Compares base, mine and theirs at every path that is open or that the remote changed. */
export async function lookAtChanges({ base, theirs, files, known, trees, settle, now }: Asked): Promise<Looked> {
  const differing = await trees.differ(base, theirs);
  const paths = new Set([...differing.keys(), ...known.open.keys()]);
  const changes: Change[] = [];
  const later = new Map<string, string>();
  const same: string[] = [];
  const sizes = new Map<string, number>();
  const [others, bases] = [new Map<string, Entry | undefined>(), new Map<string, Entry | undefined>()];
  const gone: { change: Change; since: number }[] = [];
  const arrived = new Set<string>();
  let settlesIn: number | undefined;
  const wait = (ms: number): void => {
    settlesIn = Math.min(settlesIn ?? Number.POSITIVE_INFINITY, Math.max(ms, 5));
  };
  for (const path of paths) {
    const differs = differing.get(path);
    const open = known.open.get(path);
    const common = differs === undefined ? await trees.find(base, path) : differs.one;
    const other = differs === undefined ? common : differs.other;
    const agreed = open?.stands === 'own' ? open.base : common;
    others.set(path, other);
    bases.set(path, agreed);
    const found: Mine = isSynced(path) ? await files.at(path, quietOf(path, settle), now) : { kind: 'none' };
    if (found.kind === 'moving') {
      later.set(path, '');
      wait(20);
      continue;
    }
    if (found.kind === 'unfit') {
      later.set(path, `It stays on this computer: ${found.why}.`);
      continue;
    }
    const since = open?.since ?? now;
    if (found.kind === 'file' && found.waits > 0) {
      const isEndless = now - since > LONGEST;
      if (!isEndless || found.waits > BETWEEN) {
        later.set(path, '');
        wait(isEndless ? BETWEEN : found.waits);
        continue;
      }
    }
    const mine = found.kind === 'file' ? entryFor(found.known.blob, agreed, other) : undefined;
    if (found.kind === 'file') sizes.set(found.known.blob, found.known.size);
    if (isEqual(agreed, mine) && isEqual(mine, other)) {
      same.push(path);
      continue;
    }
    if (mine !== undefined && agreed === undefined) arrived.add(path.split('/').at(-1) ?? '');
    const change: Change = { path, base: agreed, mine, theirs: other };
    if (mine === undefined && agreed !== undefined && isEqual(agreed, other)) gone.push({ change, since });
    else changes.push(change);
  }
  for (const { change, since } of gone) {
    const isMoved = arrived.has(change.path.split('/').at(-1) ?? '');
    const left = BACK - (now - since);
    if (isMoved || left <= 0 || !isSynced(change.path)) changes.push(change);
    else {
      later.set(change.path, '');
      wait(left);
    }
  }
  return { changes, theirs: others, bases, later, same, sizes, settlesIn };
}

/** Whether a file may be run is nothing to a vault: it keeps what it was. */
function entryFor(blob: string, ...others: readonly (Entry | undefined)[]): Entry {
  const known = others.find(other => other?.blob === blob && (other.mode === '100644' || other.mode === '100755'));
  return { blob, mode: known?.mode ?? '100644' };
}

export const isEqual = (one: Entry | undefined, two: Entry | undefined): boolean =>
  one?.blob === two?.blob && one?.mode === two?.mode;
