import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { lstatOf, syncFolder } from '../../core/durable.ts';
import { codeOf, messageOf } from '../../core/outcome.ts';
import { reasonOf } from '../../core/system-error.ts';
import { broken, type Finding, fine, type Patient, some, warn } from './finding.ts';

const LEAST_FILES = 10_000;
/** Milliseconds after which a passing file is what a crash left behind: the next start takes it away. */
const PASSED = 3_600_000;
const LEAST_FREE = 500 * 1024 * 1024;
/** Milliseconds by which the time of a file that is written now may differ from the clock. */
const APART = 5000;
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9P'],
  [0x65735546, 'FUSE'],
]);

/** Room, and whether the file system keeps what the file protocol relies on. */
export function checkDisk({ root, state, now }: Patient): readonly Finding[] {
  const passing = path.join(root, '.steward', 'tmp');
  return [
    ...room('the vault', root),
    ...room('the state', state.root),
    ...promises(passing),
    ...(lstatOf(state.tmp) === undefined ? [] : promises(state.tmp).filter(({ state: found }) => found !== 'ok')),
    ...[passing, state.tmp].flatMap(folder => leftBehind(folder, now)),
  ];
}

function room(what: string, folder: string): readonly Finding[] {
  if (lstatOf(folder) === undefined) return [];
  const { bavail, bsize, type, files, ffree } = statfsSync(folder);
  const megabytes = Math.floor((bavail * bsize) / 1024 / 1024);
  const findings: Finding[] = [];
  if (bavail * bsize < LEAST_FREE) {
    findings.push(warn('disk', `Only ${megabytes} MB are free for ${what} (${folder}).`, 'Free some space.'));
  } else findings.push(fine('disk', `${megabytes.toLocaleString('en')} MB free for ${what}`));
  // A file system without a table of inodes, such as btrfs, tells of none at all.
  if (files > 0 && ffree < LEAST_FILES) {
    const text = `Only ${ffree.toLocaleString('en')} more files can be made for ${what} (${folder}): its inodes are used up.`;
    findings.push(warn('disk', text, 'Delete many small files on that disk: df -i shows where.'));
  }
  const network = NETWORK.get(type);
  if (network !== undefined) {
    const text = `${folder} is on ${network}: locks and notices of changes may not work there.`;
    findings.push(warn('disk', text, `Keep ${what} on a disk of this computer.`));
  }
  return findings;
}

/** Tries what the file protocol does, with files of its own that are gone afterwards. */
function promises(folder: string): readonly Finding[] {
  const stem = `doctor-${randomBytes(6).toString('hex')}`;
  const at = (name: string): string => path.join(folder, name);
  const [one, two, long] = [at(stem), at(`${stem}-two`), at(`${stem}-${'x'.repeat(254 - stem.length)}`)];
  const move = 'Move the vault to a disk of this computer with a usual file system (ext4, btrfs, APFS, NTFS).';
  const tried = attempt(() => {
    write(one);
    return existsSync(one) ? undefined : 'the file is not there';
  });
  if (tried !== undefined) {
    const mend = 'Check its owner, and whether the disk is full or was put in read-only: mount | grep ro,';
    return [broken('file system', `Nothing can be written in ${folder}: ${tried}.`, mend, 'work')];
  }
  try {
    const tests: readonly [name: string, mend: string, test: () => string | undefined][] = [
      ['a file is created only once', move, () => (refuses(() => write(one)) ? undefined : 'a second one was made')],
      ['hard links', move, () => linked(one, two)],
      ['a link never replaces', move, () => (refuses(() => linkSync(one, two)) ? undefined : 'it did')],
      ['fsync of folders', move, () => void syncFolder(folder)],
      ['rename', move, () => void renameSync(two, at(`${stem}-three`))],
      [
        'names of 255 bytes',
        'Move the vault out of encrypted or network folders that shorten names.',
        () => void write(long),
      ],
    ];
    const faults = tests.flatMap(([name, mend, test]) => {
      const fault = attempt(test);
      return fault === undefined ? [] : [broken('file system', `Not kept: ${name}: ${fault}.`, mend)];
    });
    if (faults.length > 0) return faults;
    const apart = Math.abs((lstatOf(at(stem))?.mtimeMs ?? Date.now()) - Date.now());
    if (apart > APART) {
      const text = `The disk’s clock and this computer’s are ${Math.round(apart / 1000)} s apart (${folder}).`;
      return [warn('clock', text, 'Set both clocks, or keep the vault on a disk of this computer.', 'work')];
    }
    const isBlind = lstatOf(at(stem.toUpperCase())) !== undefined;
    const letters = isBlind ? 'does not tell A from a' : 'tells A from a';
    return [fine('file system', `hard links, fsync, exclusive create and long names work; it ${letters}`)];
  } finally {
    for (const name of readdirSync(folder)) if (name.startsWith(stem)) unlinkSync(at(name));
  }
}

function leftBehind(folder: string, now: Date): readonly Finding[] {
  if (!lstatOf(folder)?.isDirectory()) return [];
  const old = readdirSync(folder).filter(
    name => now.getTime() - (lstatOf(path.join(folder, name))?.mtimeMs ?? 0) > PASSED,
  );
  if (old.length === 0) return [];
  const text = `${old.length} passing files of a crash lie in ${folder}: ${some(old)}.`;
  return [warn('passing', text, 'The next  steward start  takes them away.', 'nothing')];
}

function write(file: string): void {
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, 'steward doctor\n');
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function linked(from: string, to: string): string | undefined {
  linkSync(from, to);
  const [one, two] = [lstatOf(from), lstatOf(to)];
  return one?.ino === two?.ino && two?.nlink === 2 ? undefined : 'the second name is another file';
}

function refuses(act: () => void): boolean {
  try {
    act();
    return false;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return true;
  }
}

/** What went wrong, in words; undefined where nothing did. */
function attempt(act: () => string | undefined): string | undefined {
  try {
    return act();
  } catch (error) {
    return codeOf(error) === undefined ? messageOf(error) : reasonOf(error);
  }
}
