#!/usr/bin/env node
// Starts Steward on its own pinned Node, whatever Node the machine has. Plain JavaScript that Node 20 can run.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const home = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const pinned = join(home, 'node_modules', 'node', 'bin', 'node');
const given = process.argv.slice(2);
const [entry, args] = given[0] === '--run' ? [given[1], given.slice(2)] : ['scripts/steward.ts', given];
const cache = process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), `steward-compile-cache-${process.getuid?.() ?? 'user'}`);

// What only action servers need stays here: the process that thinks gets an environment without it, and the executor is
// given it by way of us. Nobody can take something out of an environment that a process was started with.
const isForServers = name => /^STEWARD_[A-Z0-9]+_(PASSWORD|TOKEN|KEY|SECRET)$/.test(name);
const isStart = entry === 'scripts/steward.ts' && args.includes('start');
const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => isStart && isForServers(name)));
const keeps = Object.keys(kept).length > 0;
const isRecent = Number(process.versions.node.split('.')[0]) >= 24;

if (isRecent && !keeps) {
  process.env.NODE_COMPILE_CACHE = cache;
  module.enableCompileCache?.(cache);
  process.argv.splice(1, process.argv.length - 1, join(home, entry), ...args);
  await import(pathToFileURL(join(home, entry)).href);
} else if (!isRecent && !existsSync(pinned)) {
  console.error(`Steward’s own Node is missing. In ${home} run:  npm rebuild node`);
  process.exitCode = 1;
} else {
  const rest = Object.fromEntries(Object.entries(process.env).filter(([name]) => !(name in kept)));
  const child = spawn(isRecent ? process.execPath : pinned, [join(home, entry), ...args], {
    // Over the channel the child notices that we are gone, however we went.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...rest, NODE_COMPILE_CACHE: cache, ...(keeps ? { STEWARD_LAUNCHER_KEEPS: '1' } : {}) },
  });
  child.on('message', asked => asked === 'secrets' && child.connected && child.send({ secrets: kept }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128);
  });
}
