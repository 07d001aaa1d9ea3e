import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { LAUNCH } from '../helpers/cli.ts';
import { lives, Pm2Home, processesIn } from '../helpers/service.ts';
import { until } from '../helpers/vault.ts';

test('a mistake in the configuration ends the service once, in words, and installing again after mending it is enough', () => {
  using home = new Pm2Home();
  writeFileSync(path.join(home.state, 'config.yaml'), 'brain: nobody\n');
  const installed = home.run('service', 'install', '--with', 'pm2');
  assert.equal(installed.code, 1);
  assert.match(installed.out, /^planner +failed +0 restarts .*nobody/m);
  assert.match(home.run('doctor').out, /BROKEN service +It does not run: planner \(.*nobody.*→/);
  writeFileSync(path.join(home.state, 'config.yaml'), '');
  assert.equal(home.run('service', 'install').code, 0);
});

test('a service that was made for another folder or another Node is told of, and made anew by installing again', () => {
  using home = new Pm2Home();
  const before = processesIn(home.run('service', 'install', '--with', 'pm2').out);
  const record = path.join(home.state, 'service', 'installed.json');
  const old = readFileSync(record, 'utf8').replace(/"repository": "[^"]*"/, '"repository": "/opt/elsewhere"');
  writeFileSync(record, old.replace(/"node": "[^"]*"/, '"node": "24.0.0"'));
  const doctor = home.run('doctor').out;
  assert.match(doctor, /warn +service .*Steward’s folder was \/opt\/elsewhere and is .*its Node was 24\.0\.0 and is/);
  assert.match(home.run('service', 'status').out, /^! its Node was 24\.0\.0 .*: steward service install$/m);
  assert.notDeepEqual(processesIn(home.run('service', 'install').out), before);
  assert.match(home.run('doctor').out, /ok +service +runs, by pm2/);
});

test('a Steward that runs in a terminal is not pushed aside by a service', async () => {
  using home = new Pm2Home();
  const running = spawn(process.execPath, [LAUNCH, 'start'], { env: home.env, stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  running.stdout.on('data', (data: Buffer) => {
    out += String(data);
  });
  await until(
    () => out.includes('Steward is ready'),
    () => out,
  );
  const installed = home.run('service', 'install', '--with', 'pm2');
  assert.equal(installed.code, 4);
  assert.match(installed.err, /runs here already/);
  assert.equal(existsSync(path.join(home.state, 'service')), false);
  const ended = new Promise(resolve => running.once('exit', resolve));
  running.kill('SIGTERM');
  await ended;
});

test('what pm2 runs goes when pm2 is killed, so that nothing holds the vault unseen', async () => {
  using home = new Pm2Home();
  const pids = [...processesIn(home.run('service', 'install', '--with', 'pm2').out).values()];
  assert.equal(pids.length, 3);
  const started = home.run('start');
  assert.equal(started.code, 4);
  assert.match(started.err, /: {2}steward service status/);
  process.kill(Number(readFileSync(path.join(home.pm2, 'pm2.pid'), 'utf8')), 'SIGKILL');
  await until(
    () => !pids.some(lives),
    () => `still there: ${pids.filter(lives)}`,
  );
  assert.equal(home.run('service', 'status').code, 1);
  assert.equal(home.run('service', 'install').code, 0, 'installing again starts it');
});
