import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { makeProgram } from '../../scripts/command-line/program.ts';

const nothing = (): Promise<void> => Promise.resolve();

/** Every command of the tree but the program itself, with the words that call it. */
function commandsOf(command: Command, words: readonly string[] = []): { command: Command; words: readonly string[] }[] {
  return command.commands.flatMap(one => {
    const called = [...words, one.name()];
    return [{ command: one, words: called }, ...commandsOf(one, called)];
  });
}

/** What a help shows, as it is printed. */
function helpOf(words: readonly string[]): string {
  let shown = '';
  const program = makeProgram(nothing, words);
  const write = (text: string): void => {
    shown += text;
  };
  const listen = (command: Command): void => {
    command.exitOverride().configureOutput({ writeOut: write, writeErr: write });
    for (const one of command.commands) listen(one);
  };
  listen(program);
  assert.throws(() => program.parse([...words, '--help'], { from: 'user' }), { exitCode: 0 });
  return shown;
}

const examplesIn = (help: string): readonly string[] =>
  (help.split('Examples:\n')[1] ?? '')
    .split('\n')
    .map(line => line.trim().replace(/\s+# .*$/, ''))
    .filter(line => /\bsteward /.test(line));

/** The words of an example as a shell would pass them on. */
function wordsOf(example: string): readonly string[] {
  const inside = /\$\(([^)]*)\)/.exec(example)?.[1] ?? example;
  const plain = inside.split(' | ').find(part => part.startsWith('steward ')) ?? inside;
  const words = plain.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  return words.map(word => word.replace(/^(["'])(.*)\1$/, '$2'));
}

test('every example in every help is one that the command line understands, and shows the command it stands below', async () => {
  const all = commandsOf(makeProgram(nothing));
  assert.ok(all.length >= 25, `only ${all.length} commands`);
  for (const { words } of [{ words: [] }, ...all]) {
    const examples = examplesIn(helpOf(words));
    assert.ok(examples.length >= 1, `steward ${words.join(' ')} --help shows no example`);
    assert.ok(
      examples.some(example => example.includes(`steward ${words.join(' ')}`.trim())),
      `no example of steward ${words.join(' ')}`,
    );
    for (const example of examples) {
      let ran = 0;
      const [name, ...given] = wordsOf(example);
      assert.equal(name, 'steward', example);
      const program = makeProgram(() => {
        ran += 1;
        return nothing();
      }, given);
      await program.parseAsync(given, { from: 'user' });
      assert.equal(ran, 1, example);
    }
  }
});

test('a word that is mistyped is answered with the nearest command, also below another', async () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['statsu'], /Did you mean status\?/],
    [['aprove', 'file-7f3a'], /Did you mean approve\?/],
    [['undoo', 'x'], /Did you mean undo\?/],
    [['service', 'instal'], /Did you mean install\?/],
    [['review', '--sinse', '7d'], /Did you mean --since\?/],
  ];
  for (const [words, expected] of wrong) {
    let said = '';
    const program = makeProgram(nothing, words);
    const listen = (command: Command): void => {
      command.configureOutput({
        writeErr: text => {
          said += text;
        },
      });
      for (const one of command.commands) listen(one);
    };
    listen(program);
    await assert.rejects(program.parseAsync([...words], { from: 'user' }));
    assert.match(said, expected);
    assert.equal(said.trim().split('\n').length, 1, said);
  }
});
