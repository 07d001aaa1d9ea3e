import { isPassing } from '../../core/names.ts';
import { plainPath } from '../../core/vault-paths.ts';
import { asideOf } from './aside.ts';
import { isStop, steers } from './places.ts';
import { sameName } from './same-name.ts';
import type { Change, Entry, Rules, Step } from './steps.ts';

/**
 * What may come in and what may go out, whatever else is planned: pure, by path, kind and size alone. What it says does
 * not depend on the base, so that what is not let in today is not let in tomorrow.
 */

/** Whether two entries are one file. Whether it may be run as a program is nothing to a vault. */
export function isSame(one: Entry | undefined, two: Entry | undefined): boolean {
  if (one === undefined || two === undefined) return one === two;
  return one.blob === two.blob && isFile(one) === isFile(two);
}

const isFile = (entry: Entry): boolean => entry.mode === '100644' || entry.mode === '100755';

/** What other programs of the person keep in the repository: it may stay there, and is nothing to this vault. */
function isForOthers(path: string): boolean {
  const low = sameName(path);
  if (low === '.gitignore' || low.startsWith('.trash/')) return true;
  return low.startsWith('.obsidian/') && !low.startsWith('.obsidian/plugins/');
}

/** Whether a name is one that programs look for (`.git…`, `.claude`, plugins, hooks): none begins with a dot here. */
const isHidden = (path: string): boolean =>
  path.split('/').some(part => part.startsWith('.') || sameName(part).startsWith('.'));

const isFittingPath = (path: string): boolean => {
  const plain = plainPath(path);
  return plain.ok && plain.value === path && Buffer.byteLength(path) <= 3000;
};

/** A step for a path at which something may not come in or go out; undefined where nothing speaks against it. */
export function guard(change: Change, rules: Rules): Step | undefined {
  return guardPath(change) ?? guardKind(change, rules) ?? guardControl(change, rules);
}

function guardPath({ path, mine, theirs }: Change): Step | undefined {
  if (isForOthers(path)) return { do: 'leave', path, entry: theirs };
  const isPlain = isFittingPath(path);
  if (isPlain && !isHidden(path)) return undefined;
  if (theirs === undefined) {
    const why = isHidden(path) ? '' : 'Its name does not fit on every device. Rename it, and it is synced.';
    return { do: 'hold', path, mine, why };
  }
  // A name that only does not fit here keeps its content; one that programs look for is told of and nothing more.
  if (!isHidden(path) && isFile(theirs) && !path.split('/').includes('..') && path !== '') {
    const why = 'Its name does not fit on every device.';
    return { do: 'set_aside', path, entry: theirs, as: asideOf(path, theirs, 'Quarantine'), why };
  }
  return { do: 'refuse', path, entry: theirs, why: 'Names that begin with a dot are not let into the vault.' };
}

function guardKind({ path, mine, theirs }: Change, rules: Rules): Step | undefined {
  const isLarge = (entry: Entry | undefined): boolean =>
    entry !== undefined && (rules.size(entry.blob) ?? 0) > rules.largest;
  const mayGo = mine !== undefined && isFile(mine) && !isLarge(mine);
  if (theirs !== undefined && !isFile(theirs)) {
    const kind = theirs.mode === '160000' ? 'a repository in the repository' : 'a link to another place';
    return { do: 'refuse', path, entry: theirs, mine: mayGo ? mine : undefined, why: `It is ${kind}.` };
  }
  if (isLarge(theirs)) {
    return {
      do: 'leave',
      path,
      entry: theirs,
      why: 'It is larger than `sync: largest` allows, and stays where it is.',
    };
  }
  if (mine === undefined || mayGo) {
    const name = path.split('/').at(-1) ?? '';
    const isOnItsWay = mine !== undefined && isPassing(name) && !name.startsWith('Untitled');
    return isOnItsWay ? { do: 'hold', path, mine, why: '' } : undefined;
  }
  const why = isFile(mine)
    ? 'It is larger than `sync: largest` allows, and stays on this machine.'
    : 'It is a link to another place, and only files are synced.';
  return { do: 'hold', path, mine, why };
}

/** What steers Steward comes only from where the person is, and goes out only from there. */
function guardControl({ path, base, mine, theirs }: Change, rules: Rules): Step | undefined {
  if (!steers(path) || isSame(mine, theirs)) return undefined;
  const came = !isSame(base, theirs);
  // Whoever says stop is believed; going on is for the person.
  if (theirs !== undefined && isStop(path) && mine === undefined && base === undefined) return undefined;
  const bringer = came ? rules.bringer(path, theirs) : 'local';
  const isTrusted = bringer === 'person' || bringer === 'local';
  if (!isTrusted && theirs === undefined) return { do: 'keep', path, entry: mine };
  if (!isTrusted && theirs !== undefined) {
    const who = bringer === 'cloud' ? 'the cloud node' : 'a device that does not sign, such as a phone';
    const why = `It came from ${who}, and it steers what Steward may do: so it does not count here.`;
    return { do: 'set_aside', path, entry: theirs, mine, as: asideOf(path, theirs), why };
  }
  const isSentByCloud = rules.role === 'cloud' && !came;
  const maySend = isStop(path) && mine !== undefined;
  return isSentByCloud && !maySend ? { do: 'hold', path, mine, why: '' } : undefined;
}
