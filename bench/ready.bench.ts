import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TestVault } from '../test/helpers/vault.ts';
import type { Measured } from './run.ts';

const ROUNDS = 5;

function fill(vault: TestVault, notes: number): void {
  for (let index = 0; index < notes; index += 1) {
    const folder = path.join(vault.root, 'Done', `2025-${String((index % 12) + 1).padStart(2, '0')}`);
    if (index < 12) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `note-${index}.md`), `---\ntype: task\n---\n# Note ${index}\n`);
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Start to ready with 100,000 notes, as a ratio to 1,000, in turn. */
export default async function measure(): Promise<Measured[]> {
  await using small = new TestVault();
  await using large = new TestVault();
  fill(small, 1_000);
  fill(large, 100_000);
  const times: Record<'small' | 'large', number[]> = { small: [], large: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, vault] of [
      ['small', small],
      ['large', large],
    ] as const) {
      vault.output = '';
      const begun = performance.now();
      await vault.start();
      if (round > 0) times[name].push(performance.now() - begun);
      await vault.stop();
    }
  }
  const value = median(times.large) / median(times.small);
  return [
    { name: 'start to ready with 100,000 notes', unit: 'times', value, bound: 1.2, floor: 'the same with 1,000 notes' },
  ];
}
