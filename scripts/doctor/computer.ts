import { spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { lstatOf } from '../../core/durable.ts';
import { PINNED_NODE } from '../../core/version.ts';
import { broken, type Finding, fine, warn } from './finding.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '..', '..');
/** No Steward is older than this; a clock that says so is wrong. */
const OLDEST = Date.parse('2026-01-01T00:00:00Z');
const LOCALTIME = '/etc/localtime';
const INOTIFY = '/proc/sys/fs/inotify';
const LEAST_WATCHES = 8192;
const LEAST_INSTANCES = 64;

/** What is the same for every vault on this computer. */
export function checkComputer(now: Date): readonly Finding[] {
  return [node(), clock(now), ...zone(), ...notices()];
}

function node(): Finding {
  const pinned = path.join(REPOSITORY, 'node_modules', 'node', 'bin', 'node');
  const mend = `In ${REPOSITORY} run: npm rebuild node`;
  const said = spawnSync(pinned, ['--version'], { encoding: 'utf8', timeout: 10_000 });
  const version = said.status === 0 ? said.stdout.trim().replace(/^v/, '') : undefined;
  const running = process.versions.node;
  if (version === undefined) {
    const why = said.error === undefined ? `it ended with ${said.status ?? said.signal}` : said.error.message;
    const text = `Steward’s own Node (${PINNED_NODE}) does not run: ${why}; this is Node ${running}.`;
    return running === PINNED_NODE ? warn('node', text, mend) : broken('node', text, mend);
  }
  if (version !== PINNED_NODE)
    return broken('node', `Steward’s own Node is ${version}, and it is made for ${PINNED_NODE}.`, mend);
  return fine('node', version === running ? `${version}, as pinned` : `${version}, as pinned; this is ${running}`);
}

function clock(now: Date): Finding {
  if (now.getTime() >= OLDEST) return fine('clock', now.toISOString());
  return broken('clock', `The clock says ${now.toISOString()}, which cannot be.`, 'Set the clock of this computer.');
}

/** The time zone of this shell beside the computer’s: times in notes follow the one in which Steward was started. */
function zone(): readonly Finding[] {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const link = lstatOf(LOCALTIME)?.isSymbolicLink() ? realpathSync(LOCALTIME) : '';
  const computer = link.split('/zoneinfo/')[1];
  if (computer === undefined || isSameZone(timeZone, computer)) return [fine('time zone', timeZone)];
  const text = `Times in notes are of ${timeZone} where Steward is started from here, and this computer is in ${computer}.`;
  return [warn('time zone', text, 'Unset TZ, or set it to the zone that you mean, before Steward starts.', 'nothing')];
}

/** Whether two names stand for the same clock at the turn of winter and of summer: UTC has many names. */
function isSameZone(one: string, other: string): boolean {
  const shown = (timeZone: string, month: number): string =>
    new Date(Date.UTC(2026, month, 1)).toLocaleString('en', { timeZone });
  try {
    return [0, 6].every(month => shown(one, month) === shown(other, month));
  } catch {
    return false;
  }
}

/** Whether the system can tell of changed files: without it they are noticed by the timer, seconds late. */
function notices(): readonly Finding[] {
  if (lstatOf(INOTIFY) === undefined) return [];
  const read = (name: string): number => Number(readFileSync(path.join(INOTIFY, name), 'utf8'));
  const [watches, instances] = [read('max_user_watches'), read('max_user_instances')];
  const text = `${watches} watched folders and ${instances} watchers are allowed for each user`;
  if (watches >= LEAST_WATCHES && instances >= LEAST_INSTANCES) return [fine('inotify', text)];
  return [
    warn(
      'inotify',
      `Only ${text}: with other programs, changes may be noticed seconds late.`,
      'As root: sysctl -w fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512',
    ),
  ];
}
