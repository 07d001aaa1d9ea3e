import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TestVault, until } from '../test/helpers/vault.ts';
import { isShort, type Measured, pass, quantile } from './measured.ts';
import { commandOf, family } from './processes.ts';

const ROUNDS = isShort ? 20 : 100;

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

/**
 * From a rename into `Approved/` of an untouched note to the call reaching the warm action server, beyond what a bare
 * `fs.watch` needs to tell of a rename. strace(1) says when the server read the call; it slows down nothing before that.
 */
export default async function measure(): Promise<Measured[]> {
  await using vault = new TestVault('settle: { note: 1, tick: 1, drop: 0.2 }\n');
  for (let round = 0; round < ROUNDS; round += 1)
    vault.write(`Inbox/invoice-2026-01-02-${round}.txt`, `Invoice ${round}`);
  const steward = await vault.start();
  await until(
    () => vault.files('Pending_Approval').length === ROUNDS,
    () => vault.output,
    60_000,
  );
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
  for (const name of readdirSync(path.join(vault.root, 'Pending_Approval')).filter(one => one !== 'README.md')) {
    writeFileSync(path.join(floor, 'a', name), 'x');
    bare.push(await bareWatch(path.join(floor, 'a', name), path.join(floor, 'b', name)));
    const done = vault.files('Done').length;
    const known = callsIn(record).length;
    const begun = now();
    renameSync(path.join(vault.root, 'Pending_Approval', name), path.join(vault.root, 'Approved', name));
    await until(
      () => vault.files('Done').length >= done + 4,
      () => vault.output,
    );
    const [call] = callsIn(record).slice(known);
    if (call === undefined) throw new Error('strace saw no call.');
    ours.push(call - begun);
  }
  strace.kill();
  const warm = ours.slice(1);
  const line = (name: string, share: number): Measured => ({
    ...{ name: `approve to call, ${name}`, unit: 'ms more', bound: 10, floor: 'what a bare fs.watch takes to tell' },
    value: quantile(warm, share) - quantile(bare, share),
  });
  return [line('median', 0.5), line('99th percentile', 0.99)];
}
