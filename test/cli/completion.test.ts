import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { makeProgram } from '../../scripts/command-line/program.ts';
import { shapesOf } from '../../scripts/completion/shape.ts';
import { LAUNCH } from '../helpers/cli.ts';
import { waitingVault } from '../helpers/prepared.ts';
import type { TestVault } from '../helpers/vault.ts';

/** A vault with an approval that waits, and `steward` on the path as a person has it. */
function atHome(): { vault: TestVault; env: NodeJS.ProcessEnv; id: string } {
  const vault = waitingVault();
  const program = path.join(vault.base, 'steward');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${LAUNCH}' "$@"\n`);
  chmodSync(program, 0o755);
  const { waiting } = JSON.parse(vault.cli('status', '--json').out);
  return { vault, env: { ...vault.environment, PATH: `${vault.base}:${process.env.PATH}` }, id: waiting[0].id };
}

const { vault, env, id } = atHome();
after(() => vault[Symbol.asyncDispose]());

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

/** Each line of words with what bash completes its last one to. */
function inBash(lines: readonly (readonly string[])[]): string[][] {
  const tries = lines.map(words => `try ${words.map(word => `'${word}'`).join(' ')}`);
  const script = [
    'eval "$(steward completion bash)"',
    `try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _steward; echo "\${COMPREPLY[*]}"; }`,
    ...tries,
  ];
  const done = spawnSync('bash', ['-uc', script.join('\n')], { env, encoding: 'utf8', timeout: 60_000 });
  assert.equal(done.stderr, '');
  return done.stdout
    .trimEnd()
    .split('\n')
    .map(line => line.split(' ').filter(word => word !== ''));
}

test('bash completes commands, options, choices, and the very ids that wait; and nothing where words of one’s own stand', () => {
  const [first, re, approve, elsewhere, options, choices, below, channels, words, why] = inBash([
    ['steward', ''],
    ['steward', 're'],
    ['steward', 'approve', ''],
    ['steward', '--vault', vault.root, 'approve', 'file'],
    ['steward', 'reject', '--'],
    ['steward', 'service', 'install', '--with', ''],
    ['steward', 'service', ''],
    ['steward', 'pause', 'em'],
    ['steward', 'answer', 'note-1', ''],
    ['steward', 'why', ''],
  ]);
  for (const one of makeProgram(() => Promise.resolve()).commands) assert.ok(first?.includes(one.name()), one.name());
  assert.deepEqual(re, ['reject', 'resume', 'review']);
  assert.deepEqual(approve, [id]);
  assert.deepEqual(elsewhere, [id]);
  for (const option of ['--why', '--sign', '--key', '--vault', '--help']) assert.ok(options?.includes(option), option);
  assert.deepEqual(choices, ['systemd', 'pm2']);
  assert.deepEqual(below, ['install', 'status', 'remove']);
  assert.deepEqual(channels, ['email']);
  assert.deepEqual(words, []);
  assert.deepEqual(why, [id, id.replace(/-a1$/, '')]);
});

test('zsh and fish take their scripts, and fish completes ids with what they are', () => {
  const zsh = vault.cli('completion', 'zsh').out;
  assert.match(zsh, /^#compdef steward$/m);
  for (const shell of ['zsh', 'fish'].filter(has)) {
    const file = path.join(vault.base, `script.${shell}`);
    writeFileSync(file, vault.cli('completion', shell).out);
    const checked = spawnSync(shell, ['-n', file], { encoding: 'utf8', timeout: 30_000 });
    assert.equal(checked.status, 0, checked.stderr);
  }
  if (!has('fish')) return;
  const run = (line: string): string =>
    spawnSync('fish', ['--no-config', '-c', `steward completion fish | source; complete -C '${line}'`], {
      env: { ...env, HOME: vault.base },
      encoding: 'utf8',
      timeout: 30_000,
    }).stdout;
  assert.match(run('steward approve '), new RegExp(`^${id}\tMove Inbox/invoice\\.pdf`, 'm'));
  assert.deepEqual(
    run('steward re')
      .trim()
      .split('\n')
      .map(line => line.split('\t')[0]),
    ['reject', 'resume', 'review'],
  );
});

test('what is completed comes from the tree of commands: each of them, each option, and no other', () => {
  const shapes = shapesOf(makeProgram(() => Promise.resolve()));
  const of = (wanted: string) => shapes.find(({ path: place }) => place === wanted);
  assert.ok(shapes.length >= 25);
  assert.deepEqual(of('/completion')?.places, [{ kind: 'words', words: ['bash', 'zsh', 'fish'] }]);
  assert.ok(!of('/completion')?.flags.some(({ names }) => names.includes('--ids')), 'what is hidden stays hidden');
  assert.deepEqual(of('/approve')?.places, [{ kind: 'asked' }]);
  assert.equal(of('/init')?.places[0]?.kind, 'folders');
  for (const { flags, commands } of shapes)
    for (const about of [...flags, ...commands].map(one => one.about)) assert.doesNotMatch(about, /['"`$\\\n]/);
});

test('completion says nothing and breaks nothing where there is no vault', () => {
  const said = vault.cli('--vault', '/nowhere', 'completion', '--ids', 'approve');
  assert.deepEqual([said.code, said.out, said.err], [0, '', '']);
  assert.equal(vault.cli('completion').code, 2);
});
