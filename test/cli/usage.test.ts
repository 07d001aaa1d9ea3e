import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { isPassing, isSyncConflict } from '../../core/names.ts';
import { taskName } from '../../scripts/commands/task.ts';
import { homeAt, LAUNCH, steward, stewardSoon, Temporary } from '../helpers/cli.ts';

const COMMANDS = [
  ...['init', 'start', 'status', 'task', 'approve', 'reject', 'answer'],
  ...['stop', 'resume', 'verify', 'anchor', 'why', 'review', 'doctor', 'where'],
];

test('every command says in its help what it does, with an example', async () => {
  using home = new Temporary();
  const env = homeAt(home.path);
  const whole = steward(['--help'], env);
  assert.equal(whole.code, 0);
  const helps = await Promise.all(COMMANDS.map(command => stewardSoon([command, '--help'], env)));
  helps.forEach(({ code, out }, index) => {
    const command = COMMANDS[index] ?? '';
    assert.equal(code, 0, command);
    assert.match(whole.out, new RegExp(`^  ${command} `, 'm'));
    assert.match(out, /^[A-Z][^\n]+/m, command);
    assert.match(out, new RegExp(`Examples:\\n  steward ${command}`), command);
  });
  assert.match(whole.out, /Exit codes: .*4 another Steward/);
  assert.deepEqual(readdirSync(home.path), [], 'help makes nothing');
});

test('wrong usage ends with 2 and one sentence that names the help, and nothing on standard output', async () => {
  using home = new Temporary();
  const env = homeAt(home.path);
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [['frobnicate'], /Unknown command 'frobnicate'\. See: steward --help/],
    [['statsu'], /Did you mean status/],
    [['approve'], /Missing required argument 'id'\. See: steward approve --help/],
    [['approve', 'a', 'b'], /Too many arguments/],
    [['status', '--frob'], /Unknown option '--frob'\. See: steward status --help/],
    [['--vault'], /argument missing/],
    [['task', '  '], /Say what is to be done|no vault/i],
    [['status', '--vault', '/nowhere/at/all'], /There is no vault at \/nowhere\/at\/all\. Make one/],
    [['init', '/usr'], /\/usr is not empty and is no vault/],
    [['start', '--vault', '/usr'], /\/usr is not empty and is no vault/],
    [['start', '--once', '--vault', '/usr/bin/env'], /is not a folder/],
  ];
  const said = await Promise.all(wrong.map(([args]) => stewardSoon(args, env)));
  said.forEach(({ code, out, err }, index) => {
    const [args, expected] = wrong[index] ?? [[], /./];
    assert.equal(code, 2, `${args.join(' ')}: ${err}`);
    assert.equal(out, '', args.join(' '));
    assert.match(err, expected);
    assert.equal(err.trim().split('\n').length, 1, err);
  });
});

test('without any option start --once makes ~/Steward, and every command finds it there', () => {
  using home = new Temporary();
  const env = homeAt(home.path);
  const first = steward(['start', '--once'], env);
  assert.equal(first.code, 0, first.err);
  assert.ok(existsSync(path.join(home.path, 'Steward', 'Welcome.md')));
  assert.match(steward(['where'], env).out, new RegExp(`state +${home.path}/.local/state/steward/[0-9a-f]{16}`));
});

test('the command that init names next is one that a shell takes, also where the path holds spaces', () => {
  using temporary = new Temporary();
  const vault = path.join(temporary.path, 'My “own” vault');
  const { code, out } = steward(['init', vault], homeAt(temporary.path));
  assert.equal(code, 0);
  assert.ok(out.endsWith(`Next:  steward start --vault '${vault}'\n`), out);
});

test('--vault stands before or after the command and wins over STEWARD_VAULT, which wins over ~/Steward', async () => {
  using home = new Temporary();
  const [one, two] = [path.join(home.path, 'one'), path.join(home.path, 'two')];
  const env = homeAt(home.path, { STEWARD_VAULT: two, STEWARD_HOME: path.join(home.path, 'state') });
  for (const folder of [one, two]) assert.equal(steward(['init', folder], env).code, 0);
  const [before, after, none] = await Promise.all([
    stewardSoon(['--vault', one, 'where'], env),
    stewardSoon(['where', '--vault', one], env),
    stewardSoon(['where'], env),
  ]);
  for (const said of [before, after])
    assert.ok(said.out.includes(`vault   ${one}\nstate   ${home.path}/state/`), said.out);
  assert.ok(none.out.includes(`vault   ${two}\n`));
});

test('a vault is known by every path that leads to it, a copy beside it is refused until it has its own identity', () => {
  using home = new Temporary();
  const env = homeAt(home.path);
  const [vault, link, copy] = ['vault', 'link', 'copy'].map(name => path.join(home.path, name));
  assert.ok(vault !== undefined && link !== undefined && copy !== undefined);
  symlinkSync(vault, link);
  mkdirSync(vault);
  assert.equal(steward(['init', link], env).code, 0);
  assert.equal(steward(['status', '--vault', vault], env).code, 0);
  spawnSync('cp', ['-a', vault, copy]);
  const refused = steward(['status', '--vault', copy], env);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /is a copy of the vault/);
  rmSync(path.join(copy, '.steward', 'vault.json'));
  assert.equal(steward(['init', copy], env).code, 0);
  assert.equal(steward(['status', '--vault', copy], env).code, 0);
  writeFileSync(path.join(copy, '.steward', 'vault.json'), '{"format":');
  const damaged = steward(['start', '--once', '--vault', copy], env);
  assert.equal(damaged.code, 2);
  assert.match(damaged.err, /vault\.json cannot be read/);
});

test('a state folder inside the vault is refused, since its keys would be synced', () => {
  using home = new Temporary();
  const vault = path.join(home.path, 'vault');
  const said = steward(['init', vault], homeAt(home.path, { STEWARD_HOME: path.join(vault, 'state') }));
  assert.equal(said.code, 2);
  assert.match(said.err, /keys would be synced/);
});

test('a reader that goes away is no crash', () => {
  using home = new Temporary();
  const env = homeAt(home.path);
  steward(['init', path.join(home.path, 'Steward')], env);
  for (const command of ['status', 'status --json', 'doctor', 'start --once', '--help']) {
    const script = `"${process.execPath}" "${LAUNCH}" ${command} | head -c 0; echo "\${PIPESTATUS[0]}"`;
    const done = spawnSync('bash', ['-c', script], { env, encoding: 'utf8', timeout: 30_000 });
    // On a busy machine it may say what it waits for.
    assert.equal(done.stderr.replace(/^(Starting|Waiting).*\n/gm, ''), '', command);
    assert.equal(done.stdout, '0\n', command);
  }
});

test('the name of a task is one that Obsidian takes, and never one that is left alone', () => {
  assert.equal(taskName('Send Anna the Q3 numbers.'), 'Send Anna the Q3 numbers');
  assert.equal(taskName('#1: call [[Bob]] | a/b\\c ^x "y"?\nmore'), '1 call Bob a b c x y');
  const awkward = [
    ...[
      '',
      '...',
      '---',
      'Untitled',
      'Untitled 2',
      'README',
      'readme',
      'con',
      '~$x',
      '.hidden',
      'a\u0000b\u202e',
      '\ud83d',
    ],
    ...['Mend (conflict with Bob)', '🙂'.repeat(80), 'x'.repeat(300), 'a:b', 'ends with dots...', 'tab\tand\rreturn'],
  ];
  for (const text of awkward) {
    const name = taskName(text);
    assert.match(name, /^[^#^[\]|:\\/*"<>?\p{C}]+$/u, JSON.stringify(text));
    assert.ok(!isPassing(`${name}.md`) && !isSyncConflict(`${name}.md`) && !/^readme$/i.test(name), name);
    assert.ok(Buffer.byteLength(`${name}.md`) <= 255 && !/^[.\s]|[.\s]$/.test(name), name);
  }
});
