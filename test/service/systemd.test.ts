import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { LAUNCH } from '../helpers/cli.ts';
import { PrivateSystemd } from '../helpers/private-systemd.ts';
import { ODD, processesIn, ServiceHome } from '../helpers/service.ts';
import { onDisk } from '../helpers/temp.ts';
import { until } from '../helpers/vault.ts';

const SECRETS = ['ANTHROPIC_API_KEY', 'STEWARD_EMAIL_PASSWORD', 'STEWARD_FILESYSTEM_TOKEN'];
const LEAKED = Object.fromEntries(SECRETS.map(name => [name, 'from-the-desktop']));

test('under systemd Steward is ready when install ends, comes back after kill -9 and after a hang, and goes without a trace', async t => {
  // Behind a unit’s walls /dev, where memory is mounted, is another one than outside.
  using home = new ServiceHome({}, onDisk());
  await using systemd = await PrivateSystemd.start(home.base, home.env, LEAKED);
  if (systemd === undefined) return t.diagnostic('left out: no systemd of its own may be started here');
  const steward = (...args: readonly string[]) => systemd.run(process.execPath, LAUNCH, ...args);
  const unitOf = (name: string): string => `steward-${path.basename(home.state).slice(0, 6)}-${name}.service`;
  const units = path.join(home.home, '.config', 'systemd', 'user');
  const pidOf = (name: string): string =>
    systemd.run('systemctl', '--user', 'show', '-p', 'MainPID', '--value', unitOf(name)).out.trim();
  const comesBack = async (name: string, pid: string): Promise<void> =>
    until(
      () => !['0', pid].includes(pidOf(name)),
      () => systemd.run('systemctl', '--user', 'status', unitOf(name)).out,
      120_000,
    );

  assert.equal(steward('init', home.vault).code, 0);
  const sealed = path.join(home.base, `mail ${ODD.replaceAll('"', '')}`);
  writeFileSync(sealed, 'hunter2hunter2\n', { mode: 0o600 });
  const installed = steward('service', 'install', '--credential', `STEWARD_EMAIL_PASSWORD=${sealed}`);
  assert.equal(installed.code, 0, installed.err + installed.out);
  assert.match(installed.out, /service of systemd, for the vault .*my "va'ult" 100% \$HOME é\n/);
  assert.match(installed.out, /loginctl enable-linger/);
  assert.match(steward('status', '--json').out, /"ready":true/);
  const before = processesIn(installed.out);
  assert.deepEqual(processesIn(steward('service', 'install').out), before, 'what runs is left alone');
  assert.equal(systemd.run('systemctl', '--user', 'is-enabled', unitOf('x').replace('-x.service', '.target')).code, 0);

  // What each process really has: of the desktop’s environment only what it may hold, and its own credentials.
  const read = (name: string): string => systemd.run('sh', '-c', `tr '\\0' '\\n' < /proc/${pidOf(name)}/environ`).out;
  const holds = (name: string): string[] => SECRETS.filter(secret => read(name).includes(`${secret}=`));
  assert.deepEqual(holds('watchers'), ['STEWARD_FILESYSTEM_TOKEN']);
  assert.deepEqual(holds('planner'), ['ANTHROPIC_API_KEY']);
  assert.deepEqual(holds('executor'), ['STEWARD_EMAIL_PASSWORD']);
  const credentials = (name: string): string | undefined => /^CREDENTIALS_DIRECTORY=(.*)$/m.exec(read(name))?.[1];
  // It may be visible to that process alone.
  const given = `/proc/${pidOf('executor')}/root${credentials('executor')}/STEWARD_EMAIL_PASSWORD`;
  assert.equal(systemd.run('cat', given).out, 'hunter2hunter2\n');
  assert.equal(credentials('planner'), undefined);

  const executor = pidOf('executor');
  systemd.run('kill', '-9', executor);
  await comesBack('executor', executor);

  // Three minutes of silence are a hang; here two seconds are.
  const own = path.join(units, `${unitOf('planner')}.d`);
  mkdirSync(own);
  writeFileSync(path.join(own, 'soon.conf'), '[Service]\nWatchdogSec=3\n');
  systemd.run('systemctl', '--user', 'daemon-reload');
  systemd.run('systemctl', '--user', 'restart', unitOf('planner'));
  const planner = pidOf('planner');
  systemd.run('kill', '-STOP', planner);
  await comesBack('planner', planner);
  await until(
    () => steward('service', 'status').code === 0,
    () => steward('service', 'status').out,
    120_000,
  );
  assert.match(steward('service', 'status').out, /^planner +running .* 1 restart /m);

  const removed = steward('service', 'remove');
  assert.equal(removed.code, 0, removed.err);
  assert.match(removed.out, /Your own .*planner\.service\.d is left/);
  assert.deepEqual(readdirSync(units), [path.basename(own)]);
  assert.equal(existsSync(path.join(home.state, 'service')), false);
  assert.doesNotMatch(systemd.run('sh', '-c', 'cat /proc/[0-9]*/cmdline').out, /executor\.ts|main\.ts/);
  assert.equal(steward('verify').code, 0);
});
