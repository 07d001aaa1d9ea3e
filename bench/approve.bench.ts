import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TestVault, until } from '../test/helpers/vault.ts';
import { isShort, type Measured, pass, quantile } from './measured.ts';

const ROUNDS = isShort ? 20 : 100;

/** Milliseconds from a rename in one folder until something appears in another. */
async function latency(from: string, to: string, appears: string): Promise<number> {
  const seen = new Promise<number>(resolve => {
    const watcher = watch(appears, () => {
      watcher.close();
      resolve(performance.now());
    });
  });
  const begun = performance.now();
  renameSync(from, to);
  return (await seen) - begun;
}

/** From a rename into `Approved/` of an untouched note to the effect in the vault, beyond a bare `fs.watch` that moves a file. */
export default async function measure(): Promise<Measured[]> {
  await using vault = new TestVault('settle: { note: 1, tick: 1, drop: 0.2 }\n');
  for (let round = 0; round < ROUNDS; round += 1)
    vault.write(`Inbox/invoice-2026-01-02-${round}.txt`, `Invoice ${round}`);
  mkdirSync(path.join(vault.root, 'Accounting', '2026'), { recursive: true });
  await vault.start();
  await until(
    () => vault.files('Pending_Approval').length === ROUNDS,
    () => vault.output,
    60_000,
  );
  const floor = path.join(vault.base, 'floor');
  for (const folder of ['a', 'b', 'c']) mkdirSync(path.join(floor, folder), { recursive: true });
  const script = `const fs=require('fs');const [a,b]=${JSON.stringify([path.join(floor, 'b'), path.join(floor, 'c')])};fs.watch(a,()=>{for(const n of fs.readdirSync(a)){try{fs.renameSync(a+'/'+n,b+'/'+n)}catch{}}});console.log('on')`;
  const mover = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise(resolve => mover.stdout.once('data', resolve));
  await pass(1500);
  const ours: number[] = [];
  const bare: number[] = [];
  for (const name of readdirSync(path.join(vault.root, 'Pending_Approval')).filter(one => one !== 'README.md')) {
    writeFileSync(path.join(floor, 'a', name), 'x');
    bare.push(await latency(path.join(floor, 'a', name), path.join(floor, 'b', name), path.join(floor, 'c')));
    const note = path.join(vault.root, 'Pending_Approval', name);
    const done = vault.files('Done').length;
    ours.push(
      await latency(note, path.join(vault.root, 'Approved', name), path.join(vault.root, 'Accounting', '2026')),
    );
    await until(
      () => vault.files('Done').length >= done + 4,
      () => vault.output,
    );
  }
  mover.kill();
  const floorName = 'a bare fs.watch that moves a file';
  const warm = ours.slice(1);
  return [
    {
      name: 'approve to effect, median',
      unit: 'ms more',
      value: quantile(warm, 0.5) - quantile(bare, 0.5),
      bound: 10,
      floor: floorName,
    },
    {
      name: 'approve to effect, 99th percentile',
      unit: 'ms more',
      value: quantile(warm, 0.99) - quantile(bare, 0.99),
      bound: 10,
      floor: floorName,
    },
  ];
}
