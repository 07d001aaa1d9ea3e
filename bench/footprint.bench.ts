import { TestVault, until } from '../test/helpers/vault.ts';
import { fill } from './filled-vault.ts';
import { isShort, type Measured, pass } from './measured.ts';
import { cpu, family, pss } from './processes.ts';

const IDLE = isShort ? 10_000 : 60_000;
/** Milliseconds after which everything behind the start, such as the index, is done. */
const REST = isShort ? 5000 : 30_000;
/** A rule that never fits: with it the notes are indexed as for a model, while the rulebook thinks. */
const CONFIG = [
  'settle: { note: 0.4, tick: 0.2, drop: 0.2 }',
  'routing: [{ when: { words: [nothing-of-this] }, brain: rulebook }]',
  '',
].join('\n');

/** Memory of all processes with a task gone through and all notes indexed, and the share of a core that idling takes. */
async function footprint(notes: number): Promise<{ memory: number; idle: number }> {
  await using vault = new TestVault(CONFIG);
  fill(vault, notes);
  const child = await vault.start();
  vault.write('Inbox/invoice-2026-01-02.txt', 'Invoice');
  const ended = vault.files('Done').length + 4;
  await until(
    () => vault.files('Pending_Approval').length === 1,
    () => vault.output,
  );
  vault.move(vault.only('Pending_Approval'), 'Approved');
  await until(
    () => vault.files('Done').length === ended,
    () => vault.output,
  );
  const all = family(child.pid ?? 0);
  for (let before = -1; cpu(all) - before > 0.1; ) {
    before = cpu(all);
    await pass(REST);
  }
  const memory = pss(all);
  const before = cpu(all);
  await pass(IDLE);
  return { memory, idle: (cpu(all) - before) / (IDLE / 1000) };
}

export default async function measure(): Promise<Measured[]> {
  const results: Measured[] = [];
  for (const [notes, bound] of [
    [10_000, 260],
    [100_000, 320],
  ] as const) {
    const { memory, idle } = await footprint(notes);
    const with_ = `with ${notes.toLocaleString('en')} notes`;
    results.push(
      {
        name: `memory of all processes ${with_}`,
        unit: 'MB (PSS)',
        value: memory,
        bound,
        floor: 'a bound in megabytes',
      },
      { name: `idle ${with_}`, unit: '% of a core', value: idle * 100, bound: 0.1, floor: 'nothing to do' },
    );
  }
  return results;
}
