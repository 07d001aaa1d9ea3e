import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { lstatOf } from '../../core/durable.ts';
import { isLocked, type LockName, lockFile } from '../../core/state-folder.ts';
import { type Finding, fine, type Patient, some, warn } from './finding.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..', '..');
const CODE = ['core', 'watchers', 'orchestrator', 'mcp-servers', 'package-lock.json'] as const;
const ALWAYS: readonly LockName[] = ['watchers', 'planner', 'executor'];
/** Ticks of a processor’s clock in a second, as Linux tells of them to programs. */
const TICKS = 100;
/** Milliseconds by which a start that is worked out from ticks may be off. */
const INEXACT = 2000;

/** Which of Steward’s processes run here, and whether their code has changed since they began. */
export function checkRunning({ state, config }: Patient): readonly Finding[] {
  const parts: readonly LockName[] = config.sync === undefined ? ALWAYS : [...ALWAYS, 'syncer'];
  const up = parts.filter(part => isLocked(state, part));
  if (up.length === 0) return [fine('running', 'no; what you decide is taken at the next  steward start')];
  if (up.length < parts.length) {
    const down = parts.filter(part => !up.includes(part));
    return [warn('running', `Only in part: ${down.join(' and ')} not.`, 'Stop what runs, then: steward start')];
  }
  const began = parts.map(part => startOf(lockFile(state, part))).filter(at => at !== undefined);
  const newest = CODE.flatMap(part => filesIn(path.join(REPOSITORY, part))).map(file => ({
    ...{ file, at: lstatOf(file)?.mtimeMs ?? 0 },
  }));
  const oldest = Math.min(...began);
  const changed = newest.filter(({ at }) => at > oldest + INEXACT).sort((a, b) => b.at - a.at);
  if (changed.length === 0) return [fine('running', 'yes')];
  const names = some(changed.map(({ file }) => path.relative(REPOSITORY, file)));
  const text = `It runs since ${new Date(oldest).toISOString()}, and its code has changed since: ${names}.`;
  return [warn('running', text, 'Stop Steward and start it again.')];
}

/** Every file of the code; packages are told of by the lock file of npm. */
function filesIn(place: string): readonly string[] {
  const stats = lstatOf(place);
  if (stats?.isFile()) return [place];
  if (!stats?.isDirectory()) return [];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => path.join(entry.parentPath, entry.name));
}

/**
 * When the process began that holds a lock, in milliseconds since the epoch, by what Linux tells in `/proc/locks`
 * (proc_locks(5)) and `/proc/<pid>/stat`; undefined elsewhere.
 */
function startOf(file: string): number | undefined {
  const inode = lstatOf(file)?.ino;
  try {
    const holder = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .find(line => / WRITE /.test(line) && line.includes(`:${inode} `));
    const pid = Number(/ WRITE +(\d+) /.exec(holder ?? '')?.[1]);
    if (!(pid > 0)) return undefined;
    const ticks = Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[19],
    );
    const boot = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
    return (boot + ticks / TICKS) * 1000;
  } catch {
    return undefined;
  }
}
