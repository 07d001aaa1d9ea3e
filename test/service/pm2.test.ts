import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { environmentOf, lives, Pm2Home, processesIn } from '../helpers/service.ts';
import { REPOSITORY } from '../helpers/tree.ts';
import { EXAMPLE, until } from '../helpers/vault.ts';

test('under pm2 Steward is ready when install ends, works, comes back after kill -9 with growing pauses, and goes without a trace', async () => {
  using home = new Pm2Home();
  const installed = home.run('service', 'install', '--with', 'pm2');
  assert.equal(installed.code, 0, installed.err + installed.out);
  assert.ok(installed.out.split('\n').length <= 20, 'one screen');
  assert.match(home.run('status', '--json').out, /"ready":true/);
  const before = processesIn(installed.out);
  assert.deepEqual([...before.keys()], ['watchers', 'planner', 'executor']);
  assert.equal(environmentOf(before.get('executor') ?? 0).get('STEWARD_VAULT'), home.vault);

  const again = home.run('service', 'install', '--with', 'pm2');
  assert.equal(again.code, 0, again.err);
  assert.deepEqual(processesIn(again.out), before, 'what runs is left alone');

  const other = home.run('service', 'install', '--with', 'systemd');
  assert.equal(other.code, 2);
  assert.match(other.err, /is a service already, by pm2\. Remove that first/);

  copyFileSync(EXAMPLE, path.join(home.vault, 'Inbox', 'invoice.pdf'));
  const waiting = (): string[] => readdirSync(path.join(home.vault, 'Pending_Approval'));
  await until(
    () => waiting().some(name => name.includes('-approval-')),
    () => `${waiting()} ${readFileSync(path.join(home.state, 'service', 'planner.log'), 'utf8')}`,
    90_000,
  );

  let pid = before.get('executor') ?? 0;
  for (const restarts of [1, 2]) {
    process.kill(pid, 'SIGKILL');
    await until(
      () => ![undefined, pid].includes(home.pidOf('executor')),
      () => readFileSync(path.join(home.pm2, 'pm2.log'), 'utf8'),
      90_000,
    );
    const status = home.run('service', 'status');
    assert.match(status.out, new RegExp(`^executor .*${restarts} restart`, 'm'));
    pid = home.pidOf('executor') ?? 0;
  }
  const pauses = readFileSync(path.join(home.pm2, 'pm2.log'), 'utf8').matchAll(/executor.* will restart in (\d+)ms/g);
  const [first = 0, second = 0] = [...pauses].map(([, pause]) => Number(pause));
  assert.ok(first > 0 && second > first, `${first} ms, then ${second} ms`);

  const now = [...processesIn(home.run('service', 'status').out).values()];
  const notes = readdirSync(home.vault, { recursive: true }).length;
  const removed = home.run('service', 'remove');
  assert.equal(removed.code, 0, removed.err);
  assert.equal(existsSync(path.join(home.state, 'service')), false);
  assert.deepEqual(now.filter(lives), []);
  assert.equal(readdirSync(home.vault, { recursive: true }).length, notes);
  assert.equal(home.run('verify').code, 0);
  assert.equal(home.run('service', 'status').code, 1);
  assert.equal(home.run('service', 'remove').code, 0, 'nothing to remove is no failure');
});

test('pm2 start ecosystem.config.cjs waits until each app is ready, and gives a secret only to the app that needs it', async () => {
  using home = new Pm2Home({
    STEWARD_EMAIL_PASSWORD: 'only-for-the-executor',
    STEWARD_FILESYSTEM_TOKEN: 'only-for-the-watchers',
    ANTHROPIC_API_KEY: 'only-for-the-planner',
    SOMETHING_ELSE: 'for-nobody',
  });
  // Whoever has the executor’s lock keeps the executor from being ready.
  const holder = spawn(
    process.execPath,
    [
      '-e',
      `const { DatabaseSync } = require('node:sqlite');
       const database = new DatabaseSync(${JSON.stringify(path.join(home.state, 'executor.lock'))});
       database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
       process.stdout.write('held');
       setInterval(() => database, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await new Promise(resolve => holder.stdout.once('data', resolve));
  let out = '';
  const starting = spawn(path.join(home.base, 'bin', 'pm2'), ['start', path.join(REPOSITORY, 'ecosystem.config.cjs')], {
    env: { ...home.env, PM2_HOME: home.pm2, PM2_DISCRETE_MODE: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [starting.stdout, starting.stderr]) {
    stream.on('data', (data: Buffer) => {
      out += String(data);
    });
  }
  const ended = new Promise<number | null>(resolve => starting.once('exit', resolve));
  await until(
    () => out.includes('[steward-planner] launched') && out.includes("steward-executor has option 'wait_ready'"),
    () => out,
  );
  assert.doesNotMatch(out, /\[steward-executor\] launched/);
  assert.equal(starting.exitCode, null, 'the start waits for the executor');
  holder.kill('SIGKILL');
  assert.equal(await ended, 0, out);
  assert.match(home.run('status', '--json').out, /"ready":true/);

  const apps = JSON.parse(
    home
      .ask('jlist')
      .split('\n')
      .findLast(line => line.startsWith('[')) ?? '[]',
  );
  const secrets = ['ANTHROPIC_API_KEY', 'STEWARD_EMAIL_PASSWORD', 'STEWARD_FILESYSTEM_TOKEN', 'SOMETHING_ELSE'];
  const holds = (name: string): string[] => {
    const pid = apps.find((app: { name: string }) => app.name === `steward-${name}`).pid;
    const environment = environmentOf(pid);
    return secrets.filter(secret => environment.has(secret));
  };
  assert.deepEqual(holds('watchers'), ['STEWARD_FILESYSTEM_TOKEN']);
  assert.deepEqual(holds('planner'), ['ANTHROPIC_API_KEY']);
  assert.deepEqual(holds('executor'), ['STEWARD_EMAIL_PASSWORD']);
});
