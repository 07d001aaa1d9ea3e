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
import { broken, type Finding, fine, type Patient, warn } from './finding.ts';

const LEAST_FREE = 500 * 1024 * 1024;
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x01021997, '9P'],
  [0x65735546, 'FUSE'],
]);

/** Room, and whether the file system keeps what the file protocol relies on. */
export function checkDisk({ root, state }: Patient): readonly Finding[] {
  const passing = path.join(root, '.steward', 'tmp');
  return [...room('the vault', root), ...room('the state', state.root), ...promises(passing)];
}

function room(what: string, folder: string): readonly Finding[] {
  if (lstatOf(folder) === undefined) return [];
  const { bavail, bsize, type } = statfsSync(folder);
  const megabytes = Math.floor((bavail * bsize) / 1024 / 1024);
  const findings: Finding[] = [];
  if (bavail * bsize < LEAST_FREE) {
    findings.push(warn('disk', `Only ${megabytes} MB are free for ${what} (${folder}).`, 'Free some space.'));
  } else findings.push(fine('disk', `${megabytes.toLocaleString('en')} MB free for ${what}`));
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
    return [broken('file system', `Nothing can be written in ${folder}: ${tried}.`, 'Check its owner and the disk.')];
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
    const isBlind = lstatOf(at(stem.toUpperCase())) !== undefined;
    const letters = isBlind ? 'does not tell A from a' : 'tells A from a';
    return [fine('file system', `hard links, fsync, exclusive create and long names work; it ${letters}`)];
  } finally {
    for (const name of readdirSync(folder)) if (name.startsWith(stem)) unlinkSync(at(name));
  }
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
