import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { INTENT_AFTERWARDS, type Mutant, makeMutant, NO_FILE_SYNC, NO_FOLDER_SYNC, NO_INTENT } from './mutant.ts';
import { REPOSITORY } from './place.ts';
import { type Story, tellWhole } from './scenario.ts';
import { type Options, type Summary, sweep } from './sweep.ts';

const long = process.env.STEWARD_TEST_LONG === '1';
const seed = Number(process.env.STEWARD_TEST_SEED ?? Math.floor(Math.random() * 1e6));

/** Told once: what a changed copy does differently shows where it is interrupted. */
const base = mkdtempSync(path.join(tmpdir(), 'steward-story-'));
let story: Story;
before(async () => {
  story = await tellWhole(base, REPOSITORY);
});
after(() => rmSync(base, { recursive: true, force: true }));

const faults = ({ lost, twice, half_written, misplaced }: Summary): number => lost + twice + half_written + misplaced;

test(`killed or cut from power at any step, Steward loses nothing and does nothing twice (seed ${seed})`, async () => {
  const told: string[] = [];
  const summary = await sweep({ seed, points: long ? undefined : 10, story, say: line => told.push(line) });
  assert.equal(faults(summary), 0, told.join('\n'));
  assert.equal(summary.unreached, 0, told.join('\n'));
  assert.ok(summary.kill_points >= 5 && summary.power_states >= 5, JSON.stringify(summary));
});

/** Runs a part of the sweep over a changed copy until something is found. */
async function found(mutants: readonly Mutant[], only: readonly string[], points: number): Promise<string[]> {
  const base = mkdtempSync(path.join(tmpdir(), 'steward-mutant-'));
  try {
    const [first, ...others] = mutants;
    if (first === undefined) throw new Error('no mutant');
    const repository = makeMutant(path.join(base, 'copy'), first);
    for (const { file, from, to } of others) {
      const target = path.join(repository, file);
      const text = readFileSync(target, 'utf8');
      assert.equal(text.split(from).length, 2, `${file} does not hold what is to be changed`);
      writeFileSync(target, text.replace(from, to));
    }
    const told: string[] = [];
    const options: Options = {
      seed: 1,
      points,
      only,
      repository,
      story,
      stopEarly: true,
      say: line => told.push(line),
    };
    const summary = await sweep(options);
    assert.ok(faults(summary) > 0, `nothing was noticed: ${told.join('\n')}`);
    return told;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

test('a file whose bytes are not synced before its name is caught by the power-loss model', async () => {
  const told = await found([NO_FILE_SYNC], ['power:A:*:all-nodata'], 12);
  assert.match(told.join('\n'), /FAILED power:A/);
});

test('a move whose new folder is not synced before the old name goes is caught by the power-loss model', async () => {
  const told = await found([NO_FOLDER_SYNC], ['power:B:*:none'], 16);
  assert.match(told.join('\n'), /FAILED power:B/);
});

test('an effect without an INTENT before it is caught by the kill sweep', async () => {
  const points = Array.from({ length: 16 }, (_, index) => `kill:B:executor:ledger:${index + 1}`);
  const told = await found([NO_INTENT, INTENT_AFTERWARDS], points, 16);
  assert.match(told.join('\n'), /FAILED kill:B:executor:ledger/);
});
