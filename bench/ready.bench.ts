import { TestVault, until } from '../test/helpers/vault.ts';
import { fill } from './filled-vault.ts';
import { isShort, type Measured, median } from './measured.ts';
import { cpu, family } from './processes.ts';

const ROUNDS = isShort ? 3 : 7;
/** Drops whose cost is measured together: one alone is less than a tick of the processor’s clock. */
const EVENTS = 20;

/** Processor time of all processes for a number of drops, until each has its approval, in seconds. */
async function costOfEvents(vault: TestVault, pid: number, round: number): Promise<number> {
  const before = cpu(family(pid));
  const waiting = vault.files('Pending_Approval').length;
  for (let index = 0; index < EVENTS; index += 1)
    vault.write(`Inbox/invoice-2026-01-02-${round}-${index}.txt`, `Invoice ${round} ${index}`);
  await until(
    () => vault.files('Pending_Approval').length === waiting + EVENTS,
    () => vault.output,
  );
  return cpu(family(pid)) - before;
}

/** Start to ready, and what an event costs, with 100,000 notes as a ratio to 1,000, in turn. */
export default async function measure(): Promise<Measured[]> {
  await using small = new TestVault();
  await using large = new TestVault();
  fill(small, 1_000);
  fill(large, 100_000);
  const ready: Record<'small' | 'large', number[]> = { small: [], large: [] };
  const event: Record<'small' | 'large', number[]> = { small: [], large: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, vault] of [
      ['small', small],
      ['large', large],
    ] as const) {
      vault.output = '';
      const begun = performance.now();
      const { pid } = await vault.start();
      const took = performance.now() - begun;
      const cost = await costOfEvents(vault, pid ?? 0, round);
      if (round > 0) {
        ready[name].push(took);
        event[name].push(cost);
      }
      await vault.stop();
    }
  }
  const floor = 'the same with 1,000 notes';
  const line = (name: string, times: Record<'small' | 'large', number[]>): Measured => ({
    ...{ name, unit: 'times', value: median(times.large) / median(times.small), bound: 1.2, floor },
  });
  return [
    line('start to ready with 100,000 notes', ready),
    line('processor time of an event with 100,000 notes', event),
  ];
}
