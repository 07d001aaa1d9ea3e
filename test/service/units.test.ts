import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readEnvironment } from '../../core/config.ts';
import { openVault } from '../../core/open-vault.ts';
import { PROCESSES, planService, type ServicePlan } from '../../scripts/service/plan.ts';
import { writeInstalled } from '../../scripts/service/record.ts';
import { unfitFor } from '../../scripts/service/unit-text.ts';
import { type Credential, type Scope, unitsOf } from '../../scripts/service/units.ts';
import { steward } from '../helpers/cli.ts';
import { PrivateSystemd } from '../helpers/private-systemd.ts';
import { ODD, ServiceHome } from '../helpers/service.ts';
import { onDisk } from '../helpers/temp.ts';
import { REPOSITORY } from '../helpers/tree.ts';

/** The plan of a Steward that stands in a folder with an odd name, over a vault with an odd name. */
function planIn(home: ServiceHome): ServicePlan {
  assert.equal(steward(['init', home.vault], home.env).code, 0);
  const repository = path.join(home.base, `steward ${ODD}`);
  symlinkSync(REPOSITORY, repository);
  const environment = readEnvironment(home.env);
  const opened = openVault(environment);
  if (!opened.ok) throw new Error(opened.failure.message);
  return planService(opened.value, environment, {
    repository,
    node: path.join(repository, 'node_modules', 'node', 'bin', 'node'),
    env: { PATH: process.env.PATH ?? '', HOME: home.home, ODD: `${ODD}\t\\n` },
    watchers: ['filesystem'],
    servers: ['files', 'email'],
    secrets: {},
  });
}

const USER: Scope = { kind: 'user' };
const SYSTEM: Scope = { kind: 'system', user: '1000' };
const CREDENTIALS: readonly Credential[] = [
  { name: 'STEWARD_EMAIL_PASSWORD', file: '/run/secrets/my mail 100%', holder: 'executor' },
  { name: 'ANTHROPIC_API_KEY', file: '/etc/credstore/claude.cred', holder: 'planner' },
];

test('systemd has nothing to say against the units, whatever stands in their paths', t => {
  using home = new ServiceHome();
  const plan = planIn(home);
  const version = Number(/\d+/.exec(spawnSync('systemctl', ['--version'], { encoding: 'utf8' }).stdout)?.[0]);
  assert.ok(version > 200);
  for (const scope of [USER, SYSTEM]) {
    const folder = path.join(home.base, scope.kind);
    mkdirSync(folder);
    const units = unitsOf(plan, scope, version, CREDENTIALS);
    assert.equal(units.length, 4);
    const files = units.map(({ name, text }) => {
      writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    });
    const verified = spawnSync('systemd-analyze', [`--${scope.kind}`, '--man=no', 'verify', ...files], {
      encoding: 'utf8',
      env: { ...home.env, XDG_RUNTIME_DIR: home.base },
    });
    // What it thinks of the units of the computer that runs the test is not about ours.
    const said = verified.stderr.split('\n').filter(line => line.includes('steward'));
    assert.deepEqual(said, [], `${scope.kind}: status ${verified.status}`);
    if (scope.kind === 'user') continue;
    const rated = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', files[3] ?? ''], {
      encoding: 'utf8',
    });
    const exposure = Number(/Overall exposure level[^:]*: ([\d.]+)/.exec(rated.stdout)?.[1]);
    t.diagnostic(`exposure of the executor under the machine’s systemd: ${exposure} of 10`);
    assert.ok(exposure < 5, rated.stdout);
  }
});

test('an old systemd is not told of growing pauses, and a new one is', () => {
  using home = new ServiceHome();
  const plan = planIn(home);
  const textOf = (version: number): string => unitsOf(plan, USER, version)[1]?.text ?? '';
  assert.match(textOf(254), /^RestartSteps=/m);
  assert.doesNotMatch(textOf(252), /RestartSteps|RestartMaxDelaySec/);
  for (const version of [252, 254]) {
    assert.match(textOf(version), /^Restart=always$/m);
    assert.match(textOf(version), /^StartLimitIntervalSec=0$/m);
    assert.match(textOf(version), /^WatchdogSec=180$/m);
    assert.match(textOf(version), /^MemoryMax=512M$/m);
  }
});

test('each unit is given the credentials of its process only, sealed ones as such', () => {
  using home = new ServiceHome();
  const units = unitsOf(planIn(home), SYSTEM, 254, CREDENTIALS);
  const lines = PROCESSES.map(name => {
    const text = units.find(unit => unit.name.endsWith(`-${name}.service`))?.text ?? '';
    return [...text.matchAll(/^LoadCredential.*$/gm)].map(([line]) => line);
  });
  assert.deepEqual(lines, [
    [],
    ['LoadCredentialEncrypted=ANTHROPIC_API_KEY:/etc/credstore/claude.cred'],
    ['LoadCredential=STEWARD_EMAIL_PASSWORD:/run/secrets/my mail 100%%'],
    [],
  ]);
});

test('a path that a unit cannot hold is told of', () => {
  assert.match(unfitFor('/home/you/two\nlines') ?? '', /line break/);
  assert.match(unfitFor('/home/you/notes ') ?? '', /ends in a blank/);
  assert.equal(unfitFor(`/home/you/${ODD}`), undefined);
});

test('what root installs for a person is that person’s to read, and does not take over root’s home', t => {
  if (process.getuid?.() !== 0) return t.diagnostic('left out: this needs root');
  using home = new ServiceHome();
  const plan = planIn(home);
  chownSync(home.state, 12345, 12345);
  const opened = openVault(readEnvironment(home.env));
  if (!opened.ok) throw new Error(opened.failure.message);
  writeInstalled(opened.value.state, {
    ...{ format: 1, vault: plan.vault, repository: plan.repository, node: '24', version: '1' },
    manager: { with: 'systemd', user: '12345', units: {}, credentials: [] },
  });
  for (const made of ['service', 'service/installed.json']) {
    assert.equal(statSync(path.join(home.state, made)).uid, 12345, made);
  }
  for (const { text } of unitsOf(plan, SYSTEM, 252)) assert.doesNotMatch(text, /"(HOME|USER)=/);
});

test('behind the walls of a system unit Steward works, and can write nothing but vault, state and drop folders', async t => {
  // Behind a unit’s walls /dev, where memory is mounted, is another one than outside.
  using home = new ServiceHome({}, onDisk());
  await using systemd = await PrivateSystemd.start(home.base, home.env, {});
  if (systemd === undefined) return t.diagnostic('left out: no systemd of its own may be started here');
  const plan = planIn(home);
  const units = path.join(home.home, '.config', 'systemd', 'user');
  mkdirSync(units, { recursive: true });
  // A user’s systemd can be nobody else; that of root can build the walls, but for what hides parts of a private /proc.
  for (const { name, text } of unitsOf(plan, SYSTEM, 252)) {
    writeFileSync(
      path.join(units, name),
      text.replace(/^(User|RequiresMountsFor|ProtectKernelLogs|ProtectKernelTunables)=.*\n/gm, ''),
    );
  }
  const executor = `steward-${plan.id}-executor.service`;
  systemd.run('systemctl', '--user', 'daemon-reload');
  const started = systemd.run('systemctl', '--user', 'start', executor);
  assert.equal(started.code, 0, started.err + systemd.run('systemctl', '--user', 'status', executor).out);
  const pid = systemd.run('systemctl', '--user', 'show', '-p', 'MainPID', '--value', executor).out.trim();
  const probe = ['-m', '--', 'sh', '-c', 'touch "$0/probe" && rm "$0/probe"'];
  const write = (folder: string): number => systemd.run('nsenter', '-t', pid, ...probe, folder).code;
  assert.equal(write(plan.vault), 0);
  assert.equal(write(plan.state), 0);
  assert.notEqual(write(REPOSITORY), 0, 'Steward cannot change itself');
  assert.notEqual(write(home.home), 0, 'nor the rest of the home folder');
  const variables = systemd.run('sh', '-c', `tr '\\0' '\\n' < /proc/${pid}/environ`).out;
  assert.ok(variables.includes(`ODD=${ODD}\t\\n\n`), 'a value arrives as it is');
  assert.ok(variables.includes(`STEWARD_VAULT=${home.vault}\n`));
});
