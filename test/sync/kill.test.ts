import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { SyncPair } from '../helpers/sync.ts';
import { TempFolder } from '../helpers/temp.ts';

const CHILD = path.resolve(import.meta.dirname, '..', 'helpers', 'sync-round.ts');

/**
 * A git that dies with, or kills, whoever started it, the `at`-th time it is started. `before`: the syncing process dies
 * and nothing was done; `after`: it was done, and nobody heard of it; `self`: git dies in the middle of it.
 */
function deadlyGit(folder: string, at: number, how: 'before' | 'after' | 'self'): string {
  const program = path.join(folder, 'git-deadly');
  const count = path.join(folder, 'count');
  rmSync(count, { force: true });
  const deeds = {
    before: 'kill -9 $PPID; exit 1',
    // A reader that is kept does not end by itself; what takes a push in has done so before it answers.
    after: `[ "$1" = cat-file ] && exec git "$@"; [ "$1" = receive-pack ] && ${whenTaken(folder)}; git "$@" >/dev/null; kill -9 $PPID; exit 1`,
    self: 'git "$@" & sleep 0.00$n; kill -9 $!; exit 1',
  };
  const lines = ['#!/bin/sh', `echo "$1" >> '${count}'`, `n=$(wc -l < '${count}')`];
  writeFileSync(program, `${[...lines, `if [ $n -eq ${at} ]; then ${deeds[how]}; fi`, 'exec git "$@"'].join('\n')}\n`);
  chmodSync(program, 0o755);
  return program;
}

/** Takes a push in, and kills whoever began it once the ref stands there and before that is told (githooks(5)). */
function whenTaken(folder: string): string {
  const hooks = path.join(folder, 'hooks');
  mkdirSync(hooks, { recursive: true });
  const hook = '#!/bin/sh\n[ "$1" = committed ] && kill -9 "$PUSHING"\nexit 0\n';
  writeFileSync(path.join(hooks, 'reference-transaction'), hook, { mode: 0o755 });
  return `PUSHING=$PPID exec git -c core.hooksPath='${hooks}' "$@"`;
}

test('kill -9 of the syncing process or of its git, at every git that a round starts, heals by itself', () => scene());

async function scene(): Promise<void> {
  const started = new Set<string>();
  let expected: ReadonlyMap<string, string> | undefined;
  const isLong = process.env.STEWARD_TEST_LONG === '1';
  // A reply that was lost is the hardest; the others where there is time.
  for (const how of isLong ? (['after', 'before', 'self'] as const) : (['after'] as const)) {
    for (let at = 1; at <= 5; at += 1) {
      using folder = new TempFolder();
      using nodes = new SyncPair(folder.path);
      const { bare, local, cloud } = nodes;
      local.write('Projects/one.md', 'one\n\n\n\n\ntwo\n');
      local.write('Projects/gone.md', 'gone\n');
      await nodes.settle();
      cloud.write('Projects/one.md', 'one\n\n\n\n\ntwo, by the cloud\n');
      cloud.remove('Projects/gone.md');
      await cloud.round();
      local.write('Projects/one.md', 'one, by the laptop\n\n\n\n\ntwo\n');
      local.write('Projects/new.md', 'new\n');
      local.sync.close();
      const program = deadlyGit(folder.path, at, how);
      const child = spawnSync(process.execPath, [CHILD, folder.path, 'local', bare.path, program], {
        encoding: 'utf8',
        timeout: 60_000,
      });
      const gits = readFileSync(path.join(folder.path, 'count'), 'utf8').trim().split('\n');
      const where = `${how}, ${at}: ${gits[at - 1] ?? ''}`;
      const killed = gits[at - 1];
      if (killed === undefined) break;
      started.add(killed);
      if (how !== 'self' && !(how === 'after' && killed === 'cat-file'))
        assert.equal(child.signal, 'SIGKILL', `${where}: ${child.stderr}`);
      local.restart();
      await nodes.settle();
      assert.deepEqual(local.files, cloud.files, where);
      expected ??= local.files;
      assert.deepEqual(local.files, expected, where);
      bare.git('fsck', '--strict');
    }
  }
  assert.equal(expected?.get('Projects/one.md'), 'one, by the laptop\n\n\n\n\ntwo, by the cloud\n');
  for (const name of ['fetch', 'receive-pack']) assert.ok(started.has(name), `no ${name} was killed`);
}
