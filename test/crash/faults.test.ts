import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { check } from './check.ts';
import { type Role, traced } from './kill.ts';
import { type Place, REPOSITORY } from './place.ts';
import { finish, type Snapshots, type Step, tellWhole } from './scenario.ts';

const long = process.env.STEWARD_TEST_LONG === '1';
const base = mkdtempSync(path.join(tmpdir(), 'steward-faults-'));
let told: { before: Snapshots; end: Place };

type Case = { name: string; step: Step; role: Role; inject: string; only?: string; says: RegExp; slow?: true };

const CASES: readonly Case[] = [
  {
    name: 'a disk that is full when the ledger grows',
    ...{ step: 'A', role: 'executor', inject: 'fdatasync:error=ENOSPC:when=1+', only: 'ledger.journal' },
    says: /the disk is full/,
  },
  {
    name: 'a disk that is full when the executor makes notes',
    ...{ step: 'A', role: 'executor', inject: 'link:error=ENOSPC:when=1+', says: /the disk is full/ },
  },
  {
    name: 'a disk that is full when watcher and planner write',
    ...{ step: 'A', role: 'supervisor', inject: 'link:error=ENOSPC:when=3+', says: /the disk is full/ },
  },
  {
    name: 'a disk that reports errors when watcher and planner sync',
    ...{ step: 'A', role: 'supervisor', inject: 'fsync:error=EIO:when=6+', says: /the disk reported an error/ },
  },
  {
    name: 'a disk that reports errors when decisions are put on record',
    ...{ step: 'B', role: 'executor', inject: 'fdatasync:error=EIO:when=2+', says: /the disk reported an error/ },
  },
  {
    name: 'folders that may not be written while finished work is filed',
    ...{ step: 'B', role: 'executor', inject: 'link:error=EACCES:when=3+', says: /there is no permission/ },
  },
  {
    name: 'a folder that the action server may not write',
    ...{ step: 'B', role: 'server', inject: 'link:error=EACCES:when=1+', says: /there is no permission/, slow: true },
  },
];

describe('a fault of the disk is told in one clear sentence, and once it is gone a restart completes everything', () => {
  before(async () => {
    told = await tellWhole(base, REPOSITORY);
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  // A refused effect is tried again after half a minute: only in the long run.
  for (const { name, step, role, inject, only, says } of CASES.filter(({ slow }) => long || slow !== true)) {
    test(name, async () => {
      const place = told.before[step].copyTo(path.join(base, name.replaceAll(' ', '-')));
      const limit = only === undefined ? [] : [`-P ${path.join(place.state, only)}`];
      const call = inject.split(':')[0] ?? '';
      const ran = await traced(place, one =>
        one === role ? [...limit, `-e trace=${call}`, `-e inject=${inject}`] : undefined,
      );
      const said = `${ran.out}${ran.err}`;
      assert.match(said, says);
      assert.doesNotMatch(said, /^\s+at .*:\d+:\d+/m, 'a stack trace is no clear sentence');
      await finish(step, place);
      assert.deepEqual(check(place, told.end), []);
    });
  }
});
