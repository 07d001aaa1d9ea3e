import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TestVault, until } from '../test/helpers/vault.ts';
import { isShort, type Measured, pass, quantile } from './measured.ts';
import { commandOf, family } from './processes.ts';

/** Approvals that wait at a time, and how often: the slowest in a hundred are several, and no more than the caps allow. */
const ROUNDS = isShort ? 20 : 100;
const BATCHES = isShort ? 1 : 3;
/** Rounds after which code that runs at each of them is compiled, and the server warm. */
const WARM = ROUNDS / 5;

/** Milliseconds since 1970, with what is behind the comma, as strace(1) prints them. */
const now = (): number => performance.timeOrigin + performance.now();

/** Milliseconds from a rename until a bare `fs.watch` of the folder tells of it. */
async function bareWatch(from: string, to: string): Promise<number> {
  const seen = new Promise<number>(resolve => {
    const watcher = watch(path.dirname(to), () => {
      watcher.close();
      resolve(now());
    });
  });
  const begun = now();
  renameSync(from, to);
  return (await seen) - begun;
}

/** The times at which a process has read what begins a call, from strace’s record of it. */
const callsIn = (record: string): readonly number[] =>
  readFileSync(record, 'utf8')
    .split('\n')
    .flatMap(line => {
      const at = /^(?:\d+\s+)?(\d+\.\d+) read\(0, .*tools\/call/.exec(line)?.[1];
      return at === undefined ? [] : [Number(at) * 1000];
    });

/** Drops a batch of invoices. */
function drop(vault: TestVault, batch: number): void {
  for (let round = 0; round < ROUNDS; round += 1)
    vault.write(`Inbox/invoice-2026-01-02-${batch}-${round}.txt`, `Invoice ${round} of batch ${batch}`);
}

const asked = (vault: TestVault): Promise<void> =>
  until(
    () => vault.files('Pending_Approval').length === ROUNDS,
    () => vault.output.slice(-2000),
    60_000,
  );

/**
 * From a rename into `Approved/` of an untouched note to the call reaching the warm action server, beyond what a bare
 * `fs.watch` needs to tell of a rename. strace(1) says when the server read the call; it slows down nothing before that.
 */
export default async function measure(): Promise<Measured[]> {
  await using vault = new TestVault('settle: { note: 1, tick: 1, drop: 0.2 }\n');
  drop(vault, 0);
  const steward = await vault.start();
  await asked(vault);
  const floor = path.join(vault.base, 'floor');
  for (const folder of ['a', 'b']) mkdirSync(path.join(floor, folder), { recursive: true });
  const server = family(steward.pid ?? 0).find(pid => /mcp-servers\/main\.ts files/.test(commandOf(pid)));
  if (server === undefined) throw new Error(`There is no server of files: ${vault.output}`);
  const record = path.join(vault.base, 'calls');
  closeSync(openSync(record, 'w'));
  const strace = spawn('strace', ['-ttt', '-s', '200', '-e', 'trace=read', '-o', record, '-p', String(server)]);
  await pass(1500);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    if (batch > 0) drop(vault, batch);
    await asked(vault);
    const notes = readdirSync(path.join(vault.root, 'Pending_Approval')).filter(one => one !== 'README.md');
    for (const name of notes) {
      writeFileSync(path.join(floor, 'a', name), 'x');
      bare.push(await bareWatch(path.join(floor, 'a', name), path.join(floor, 'b', name)));
      const done = vault.files('Done').length;
      const known = callsIn(record).length;
      const begun = now();
      renameSync(path.join(vault.root, 'Pending_Approval', name), path.join(vault.root, 'Approved', name));
      await until(
        () => vault.files('Done').length >= done + 4,
        () => vault.output.slice(-2000),
      );
      const [call] = callsIn(record).slice(known);
      if (call === undefined) throw new Error('strace saw no call.');
      ours.push(call - begun);
    }
  }
  strace.kill();
  const warm = ours.slice(WARM);
  const line = (name: string, share: number): Measured => ({
    ...{ name: `approve to call, ${name}`, unit: 'ms more', bound: 10, floor: 'what a bare fs.watch takes to tell' },
    value: quantile(warm, share) - quantile(bare, share),
  });
  return [line('median', 0.5), line('99th percentile', 0.99)];
}
