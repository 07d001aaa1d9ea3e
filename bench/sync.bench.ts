import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureNodeKey, nodeKeyFile } from '../core/node-key.ts';
import { sentence } from '../core/outcome.ts';
import { createIdentity, openStateFolder } from '../core/state-folder.ts';
import { SyncSettings } from '../core/sync-settings.ts';
import { Sync } from '../orchestrator/sync/round.ts';
import { isShort, type Measured, median } from './measured.ts';

/** Rounds that are measured at each size. */
const ROUNDS = isShort ? 5 : 25;
const QUIET = { event: () => undefined, trouble: () => undefined, clear: () => undefined };

const git = (folder: string, ...args: string[]): void => {
  const who = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
  execFileSync('git', args, { cwd: folder, stdio: 'ignore', env: { PATH: process.env.PATH, HOME: folder, ...who } });
};

/** Notes as a person has them: a few kilobytes, a hundred in a folder. */
function fill(root: string, notes: number): void {
  for (let index = 0; index < notes; index += 1) {
    const folder = path.join(root, 'Projects', String(Math.floor(index / 100)));
    if (index % 100 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `note-${index}.md`), `# Note ${index}\n\n${`Line of note ${index}.\n`.repeat(20)}`);
  }
}

function bare(base: string, name: string): string {
  const folder = path.join(base, name);
  git(base, 'init', '--quiet', '--bare', '--initial-branch=main', folder);
  return folder;
}

/** A vault that is synced with a bare repository of its own, everything sent. */
async function synced(base: string, notes: number): Promise<{ root: string; sync: Sync }> {
  const root = path.join(base, 'ours');
  mkdirSync(root);
  fill(root, notes);
  const state = openStateFolder(path.join(base, 'state'), root, createIdentity(root));
  if (!state.ok) throw new Error(sentence(state.failure));
  ensureNodeKey(nodeKeyFile(state.value, undefined), 'local', state.value);
  const sync = new Sync({
    ...{ root, state: state.value, node: 'local', settle: { note: 0, tick: 0 }, log: QUIET, now: () => new Date() },
    sync: SyncSettings.parse({ remote: bare(base, 'ours.git') }),
  });
  await round(sync);
  return { root, sync };
}

async function round(sync: Sync): Promise<void> {
  const done = await sync.round();
  if (!done.ok) throw new Error(sentence(done.failure));
}

/** One change, taken in, committed and pushed: by us, and by `git add`, `commit` and `push`. */
async function oneChange(notes: number): Promise<Measured> {
  const base = mkdtempSync(path.join(tmpdir(), 'steward-bench-'));
  try {
    const { root, sync } = await synced(base, notes);
    const theirs = path.join(base, 'theirs');
    mkdirSync(theirs);
    fill(theirs, notes);
    git(theirs, 'init', '--quiet', '--initial-branch=main');
    git(theirs, 'remote', 'add', 'origin', bare(base, 'theirs.git'));
    git(theirs, 'config', 'gc.auto', '0');
    git(theirs, 'add', '-A');
    git(theirs, 'commit', '--quiet', '-m', 'all');
    git(theirs, 'push', '--quiet', '--set-upstream', 'origin', 'main');
    const [ours, floor]: [number[], number[]] = [[], []];
    for (let index = 0; index < ROUNDS; index += 1) {
      const name = path.join('Projects', '0', `note-${index}.md`);
      let begun = performance.now();
      writeFileSync(path.join(theirs, name), `Changed ${index}\n`);
      git(theirs, 'add', name);
      git(theirs, 'commit', '--quiet', '-m', 'one note');
      git(theirs, 'push', '--quiet');
      floor.push(performance.now() - begun);
      begun = performance.now();
      writeFileSync(path.join(root, name), `Changed ${index}\n`);
      // The event comes with the next turn of the loop.
      const before = sync.repository.base;
      while (sync.repository.base === before) {
        await new Promise(resolve => setImmediate(resolve));
        await round(sync);
      }
      ours.push(performance.now() - begun);
    }
    sync.close();
    const size = notes.toLocaleString('en');
    return {
      name: `sync: one change taken in, committed and pushed, ${size} notes`,
      unit: 'times',
      value: median(ours) / median(floor),
      bound: notes >= 100_000 ? 0.3 : 1,
      floor: 'git add, commit and push of that note',
    };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

export default async function measure(): Promise<Measured[]> {
  return [await oneChange(1000), await oneChange(isShort ? 20_000 : 100_000)];
}
