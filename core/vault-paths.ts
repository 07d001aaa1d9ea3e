import { fail, ok, type Result } from './outcome.ts';
import { FILES, FOLDERS } from './states.ts';

/**
 * Who writes. `server` is an action server, which only ever does what was approved; `sync` brings what stands on other
 * nodes, to the byte.
 */
export type Writer = 'person' | 'watcher' | 'planner' | 'executor' | 'server' | 'sync';

/**
 * A path of the vault as it is compared: case, unicode form, invisible characters, trailing dots, `./` and doubled
 * slashes do not count.
 */
function folded(path: string): string {
  return path
    .split('/')
    .map(part =>
      part
        .normalize('NFKC')
        .replace(/[\p{C}\p{DI}]/gu, '')
        .toLowerCase()
        .replace(/[. ]+$/, ''),
    )
    .filter(part => part !== '')
    .join('/');
}

/** Checks that a path is relative, plain and stays inside. Returns it without `./` and doubled slashes. */
export function plainPath(path: string): Result<string> {
  if (path.includes('\0')) return fail('denied', 'A path may not hold a NUL character.');
  if (path.startsWith('/') || /^[a-zA-Z]:/.test(path) || path.includes('\\')) {
    return fail('denied', 'A path in the vault is relative and uses “/”.');
  }
  const parts = path.split('/').filter(part => part !== '' && part !== '.');
  if (parts.length === 0) return fail('denied', 'A path in the vault names something.');
  if (parts.some(part => folded(part) === '' || part === '..'))
    return fail('denied', 'A path may not leave the vault.');
  if (parts.some(part => Buffer.byteLength(part) > 255)) return fail('invalid', 'A name is longer than 255 bytes.');
  return ok(parts.join('/'));
}

const low = (names: readonly string[]): readonly string[] => names.map(folded);

/** What steers Steward: only the person and the code that owns it may write here, whatever a policy says. */
const CONTROL = low([
  FOLDERS.approved,
  FOLDERS.rejected,
  FOLDERS.questions,
  FOLDERS.agents,
  FOLDERS.skills,
  // What stands there is taken for the person’s own words, and Steward’s own notes by what is on record of them.
  FOLDERS.memory,
  FILES.policies,
  FILES.handbook,
  FILES.goals,
  FILES.stop,
]);

/** Where Steward’s own notes pass through: an action never reaches in. */
const FLOW = low([
  FOLDERS.needsAction,
  FOLDERS.inProgress,
  FOLDERS.plans,
  FOLDERS.pending,
  FOLDERS.outbox,
  FOLDERS.done,
  FOLDERS.failed,
  FOLDERS.quarantine,
  FOLDERS.updates,
  FOLDERS.logs,
  FILES.dashboard,
]);

const OWNED: Readonly<Record<'watcher' | 'planner' | 'executor', readonly string[]>> = {
  watcher: low([FOLDERS.needsAction, `${FOLDERS.documents}/Attachments`]),
  planner: low([
    FOLDERS.needsAction,
    FOLDERS.inProgress,
    FOLDERS.plans,
    FOLDERS.questions,
    FOLDERS.quarantine,
    FOLDERS.briefings,
    FOLDERS.updates,
    ...['Preferences', 'Projects', 'Facts', 'Lessons'].map(name => `${FOLDERS.memory}/${name}`),
    FILES.dashboard,
  ]),
  executor: low([
    FOLDERS.needsAction,
    FOLDERS.inProgress,
    FOLDERS.plans,
    FOLDERS.pending,
    FOLDERS.approved,
    FOLDERS.rejected,
    FOLDERS.outbox,
    FOLDERS.questions,
    FOLDERS.done,
    FOLDERS.failed,
    FOLDERS.quarantine,
    FOLDERS.logs,
    FOLDERS.updates,
    FILES.stop,
  ]),
};

const isUnder = (path: string, tops: readonly string[]): boolean =>
  tops.some(top => path === top || path.startsWith(`${top}/`));

/** Whether the path steers Steward (control) or is the machine’s own (`.steward`, `.obsidian`, `.git*`, any dot name). */
function isControl(path: string): boolean {
  const low = folded(path);
  return isUnder(low, CONTROL) || low.split('/').some(part => part.startsWith('.'));
}

/** Whether a writer may create, change or remove something at a path. Anything not listed is refused. */
export function mayWrite(writer: Writer, path: string): boolean {
  const low = folded(path);
  switch (writer) {
    case 'person':
      return true;
    case 'sync':
      return !low.split('/').some(part => part.startsWith('.'));
    case 'server':
      return !isControl(path) && !isUnder(low, FLOW) && low !== folded(FOLDERS.inbox);
    default:
      return isUnder(low, OWNED[writer]) && !low.split('/').some(part => part.startsWith('.'));
  }
}
