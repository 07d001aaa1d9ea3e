import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const LAUNCH = path.resolve(import.meta.dirname, '..', '..', 'scripts', 'launch.mjs');
export type Said = { readonly code: number; readonly out: string; readonly err: string };

/** The environment of a person who has set nothing, with a home folder of its own. */
export function homeAt(folder: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return {
    PATH,
    HOME: folder,
    LANG: 'C.UTF-8',
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
    ...more,
  };
}

/** Runs the command line once, with no terminal. */
export function steward(args: readonly string[], env: NodeJS.ProcessEnv): Said {
  const done = spawnSync(process.execPath, [LAUNCH, ...args], { env, encoding: 'utf8', timeout: 120_000 });
  return { code: done.status ?? -1, out: done.stdout, err: done.stderr };
}

/** The same, without waiting in between, so that several can run at once. */
export function stewardSoon(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Said> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [LAUNCH, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (data: Buffer) => {
      out += String(data);
    });
    child.stderr.on('data', (data: Buffer) => {
      err += String(data);
    });
    child.on('close', code => resolve({ code: code ?? -1, out, err }));
  });
}

/** A temporary folder, removed at the end. */
export class Temporary {
  readonly path = mkdtempSync(path.join(tmpdir(), 'steward-cli-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
