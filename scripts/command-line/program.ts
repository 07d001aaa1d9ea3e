import { Command } from 'commander';
import { VERSION } from '../../core/version.ts';
import type { CommandLine, Run } from './command-line.ts';
import { connect } from './connect.ts';
import { daily } from './daily.ts';
import { machine } from './machine.ts';
import { record } from './record.ts';
import { trust } from './trust.ts';

const VAULT = ['--vault <dir>', 'the vault (default: $STEWARD_VAULT, else ~/Steward)'] as const;

/**
 * The whole tree of commands. `run` is handed what a command does, with the vault where `--vault` names one; `words` are
 * those after the program’s name, by which a complaint finds the command whose help says more.
 */
export function makeProgram(
  run: (command: Run, vault: string | undefined) => Promise<void>,
  words: readonly string[] = [],
): Command {
  const program = new Command('steward')
    .description('A personal AI employee that lives in an Obsidian vault. It proposes; you approve by moving a note.')
    .version(VERSION, '-V, --version', 'say the version')
    .helpOption('-h, --help', 'say how it is used')
    .helpCommand('help [command]', 'Say how a command is used.')
    .option(...VAULT)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(wrongUsage(text, program, words)) })
    .addHelpText(
      'after',
      `
Examples:
  steward start                    # makes ~/Steward and starts; Ctrl-C stops
  steward status                   # what waits for you
  steward review                   # decide it here, one by one
  steward approve file-7f3a        # or move the note into Approved
  steward doctor                   # what is wrong, and how to mend it

Exit codes: 0 well, 1 failure, 2 wrong usage, 3 work waits for a retry (start --once), 4 another Steward has the vault`,
    );

  const addTo = (parent: Command, usage: string, description: string, examples: string): Command =>
    parent
      .command(usage)
      .description(description)
      .addHelpText('after', `\nExamples:\n${examples.replace(/^/gm, '  ')}`)
      .option(...VAULT)
      .hook('preAction', command => {
        const { vault } = command.opts<{ vault?: string }>();
        if (vault !== undefined) program.setOptionValue('vault', vault);
      });
  const line: CommandLine = {
    add: (usage, description, examples) => addTo(program, usage, description, examples),
    addTo,
    run: command => run(command, program.opts<{ vault?: string }>().vault),
  };
  program.commandsGroup('Every day:');
  daily(line);
  program.commandsGroup('What happened:');
  record(line);
  program.commandsGroup('Who may do what:');
  trust(line);
  program.commandsGroup('This computer:');
  connect(line);
  machine(line);
  return program;
}

/** Commander’s own words as one sentence, with the command whose help says more. */
function wrongUsage(text: string, program: Command, words: readonly string[]): string {
  const said = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\.?$/, '.')
    .replace(/\.\n\(/, ' (');
  const command = program.commands.find(one => one.name() === words.find(word => !word.startsWith('-')));
  const help = `steward ${command === undefined ? '' : `${command.name()} `}--help`;
  return `${said.charAt(0).toUpperCase()}${said.slice(1).replaceAll('\n', ' ')} See: ${help}\n`;
}
