import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { firstToDo } from '../../orchestrator/sync/effects.ts';
import { Git } from '../../orchestrator/sync/git.ts';
import { GitRefs } from '../../orchestrator/sync/git-refs.ts';
import type { RefStore } from '../../orchestrator/sync/ref-store.ts';
import { MemoryRefs, RefsOverWay } from '../helpers/ref-store.ts';
import { TempFolder } from '../helpers/temp.ts';

/** Two nodes’ ways to one remote. */
type Pair = { readonly one: RefStore; readonly other: RefStore; readonly folder: TempFolder };

function git(...args: string[]): string {
  const done = spawnSync('git', args, { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

function overGit(hook?: string): Promise<Pair> {
  const folder = new TempFolder();
  const remote = path.join(folder.path, 'remote.git');
  git('init', '--quiet', '--bare', '--initial-branch=main', remote);
  if (hook !== undefined) writeFileSync(path.join(remote, 'hooks', 'update'), hook, { mode: 0o755 });
  const stores: RefStore[] = [];
  for (const name of ['one', 'other']) {
    const runner = new Git(path.join(folder.path, `${name}.git`));
    git('init', '--quiet', '--bare', runner.folder);
    stores.push(new GitRefs(runner, remote));
  }
  const [one, other] = stores;
  assert.ok(one !== undefined && other !== undefined);
  return Promise.resolve({ one, other, folder });
}

const REFUSES_OTHER_REFS = '#!/bin/sh\ncase "$1" in refs/heads/*) ;; *) echo "only branches here" >&2; exit 1;; esac\n';
const STORES: Readonly<Record<string, () => Promise<Pair>>> = {
  'in memory': () => {
    const refs = new MemoryRefs();
    return Promise.resolve({ one: refs, other: refs, folder: new TempFolder() });
  },
  'in git': () => overGit(),
  'in git, at a host that takes branches only': () => overGit(REFUSES_OTHER_REFS),
};

for (const [kind, open] of Object.entries(STORES)) {
  describe(`records ${kind}`, () => {
    test('of two who make the same record, one does and the other is refused', async () => {
      const { one, other, folder } = await open();
      using _ = folder;
      const first = await one.swap([{ name: 'claims/a', expected: undefined, text: '{"by":"one"}' }]);
      const second = await other.swap([{ name: 'claims/a', expected: undefined, text: '{"by":"other"}' }]);
      assert.ok(first.ok && first.value.get('claims/a') !== 'refused', JSON.stringify(first));
      assert.ok(second.ok && second.value.get('claims/a') === 'refused', JSON.stringify(second));
      const listed = await other.list();
      assert.ok(listed.ok);
      assert.equal(listed.value.get('claims/a')?.text, '{"by":"one"}');
    });

    test('a record is swapped only for the one that was looked at, and several are swapped each on its own', async () => {
      const { one, other, folder } = await open();
      using _ = folder;
      await one.swap([
        { name: 'claims/a', expected: undefined, text: '{"n":1}' },
        { name: 'claims/b', expected: undefined, text: '{"n":2}' },
      ]);
      const seen = await one.list();
      assert.ok(seen.ok);
      const oidOf = (name: string): string | undefined => seen.value.get(name)?.oid;
      const faster = await other.list();
      assert.ok(faster.ok);
      await other.swap([{ name: 'claims/a', expected: faster.value.get('claims/a')?.oid, text: '{"n":3}' }]);
      const late = await one.swap([
        { name: 'claims/a', expected: oidOf('claims/a'), text: '{"n":4}' },
        { name: 'claims/b', expected: oidOf('claims/b'), text: undefined },
        { name: 'claims/c', expected: undefined, text: '{"n":5}' },
      ]);
      assert.ok(late.ok);
      assert.equal(late.value.get('claims/a'), 'refused');
      assert.deepEqual(late.value.get('claims/b'), { oid: undefined });
      const after = await one.list();
      assert.ok(after.ok);
      assert.deepEqual([...after.value].map(([name, { text }]) => `${name} ${text}`).sort(), [
        'claims/a {"n":3}',
        'claims/c {"n":5}',
      ]);
      const made = late.value.get('claims/c');
      assert.ok(typeof made === 'object' && made.oid === after.value.get('claims/c')?.oid);
    });

    test('of two who swap the same record at once, never both do', async () => {
      const { one, other, folder } = await open();
      using _ = folder;
      for (let round = 0; round < 3; round += 1) {
        const name = `claims/r${round}`;
        const both = await Promise.all(
          [one, other].map((store, index) => store.swap([{ name, expected: undefined, text: `{"by":${index}}` }])),
        );
        const outcomes = both.map(swapped => (swapped.ok ? swapped.value.get(name) : assert.fail('failed')));
        assert.equal(outcomes.filter(outcome => outcome === 'refused').length, 1, JSON.stringify(outcomes));
      }
    });

    test('an effect is the first node’s for ever, and its own again after a restart', async () => {
      const { one, other, folder } = await open();
      using _ = folder;
      const digest = 'd'.repeat(64);
      const [local, cloud] = [
        { node: 'local', instance: '0000000000000001' },
        { node: 'cloud', instance: '0000000000000002' },
      ];
      assert.deepEqual(await firstToDo(digest, one, local), { ok: true, value: 'mine' });
      assert.deepEqual(await firstToDo(digest, other, cloud), { ok: true, value: { of: 'local' } });
      assert.deepEqual(await firstToDo(digest, one, local), { ok: true, value: 'mine' });
      const copied = { ...local, instance: '0000000000000003' };
      assert.deepEqual(await firstToDo(digest, other, copied), { ok: true, value: { of: 'local' } });
    });
  });
}

test('cut off, nothing that is pinned to no node is begun; where only the reply was lost, it is looked up', async () => {
  const refs = new MemoryRefs();
  const me = { node: 'local', instance: '0000000000000001' };
  const way = new RefsOverWay(refs);
  way.weather = 'cut';
  const cut = await firstToDo('a'.repeat(64), way, me);
  assert.ok(!cut.ok && cut.failure.kind === 'retryable');
  const losing = new RefsOverWay(refs, call => {
    losing.weather = call === 'swap' ? 'reply lost' : 'clear';
    return Promise.resolve();
  });
  assert.deepEqual(await firstToDo('b'.repeat(64), losing, me), { ok: true, value: 'mine' });
});

test('a remote that is not there is told in one sentence, and is tried again', async () => {
  using folder = new TempFolder();
  const runner = new Git(path.join(folder.path, 'refs.git'));
  git('init', '--quiet', '--bare', runner.folder);
  const refs = new GitRefs(runner, path.join(folder.path, 'nowhere.git'));
  for (const answer of [await refs.list(), await refs.swap([{ name: 'a', expected: undefined, text: '{}' }])]) {
    assert.ok(!answer.ok && answer.failure.kind === 'retryable');
    assert.match(answer.failure.message, /^The remote cannot be reached: .*nowhere\.git.*\.$/);
  }
});

test('a thousand records go in one exchange', async () => {
  const { one, other, folder } = await overGit();
  using _ = folder;
  const names = Array.from({ length: 1000 }, (_, index) => `claims/mail-${index}`);
  const swapped = await one.swap(names.map(name => ({ name, expected: undefined, text: `{"of":"${name}"}` })));
  assert.ok(swapped.ok && [...swapped.value.values()].every(became => became !== 'refused'));
  const listed = await other.list();
  assert.ok(listed.ok);
  assert.equal(listed.value.size, 1000);
  assert.ok(names.every(name => listed.value.get(name)?.text === `{"of":"${name}"}`));
});
