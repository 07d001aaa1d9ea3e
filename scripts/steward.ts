/** The command line. Stable: others script it. */
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { readEnvironment } from '../core/config.ts';
import { tellOnlyWhoListens } from '../core/log.ts';
import { EXIT } from '../core/open-vault.ts';
import { reasonOf } from '../core/system-error.ts';
import { VERSION } from '../core/version.ts';
import type { CommandLine, Run } from './command-line/command-line.ts';
import { daily } from './command-line/daily.ts';
import { machine } from './command-line/machine.ts';
import { record } from './command-line/record.ts';
import { trust } from './command-line/trust.ts';

tellOnlyWhoListens();
const VAULT = ['--vault <dir>', 'the vault (default: $STEWARD_VAULT, else ~/Steward)'] as const;

/** Commander’s own words as one sentence, with the command whose help says more. */
function wrongUsage(text: string): string {
  const words = text
    .replace(/^error: /, '')
    .trim()
    .replace(/\.?$/, '.')
    .replace(/\.\n\(/, ' (');
  const command = program.commands.find(
    one => one.name() === process.argv.slice(2).find(word => !word.startsWith('-')),
  );
  const help = `steward ${command === undefined ? '' : `${command.name()} `}--help`;
  return `${words.charAt(0).toUpperCase()}${words.slice(1).replaceAll('\n', ' ')} See: ${help}\n`;
}

const program = new Command('steward')
  .description('A personal AI employee that lives in an Obsidian vault. It proposes; you approve by moving a note.')
  .version(VERSION, '-V, --version', 'say the version')
  .helpOption('-h, --help', 'say how it is used')
  .helpCommand('help [command]', 'Say how a command is used.')
  .option(...VAULT)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(wrongUsage(text)) })
  .addHelpText(
    'after',
    `
Examples:
  steward start                    # makes ~/Steward and starts; Ctrl-C stops
  steward status                   # what waits for you
  steward approve file-7f3a        # or move the note into Approved
  steward doctor                   # what is wrong, and how to mend it

Exit codes: 0 well, 1 failure, 2 wrong usage, 3 work waits for a retry (start --once), 4 another Steward has the vault`,
  );

let code: number = EXIT.ok;

/** Runs a command in the vault that the options and the environment name. */
async function run(command: Run): Promise<void> {
  const environment = readEnvironment();
  const { vault } = program.opts<{ vault?: string }>();
  code = await command(vault === undefined ? environment : { ...environment, vault: path.resolve(vault) });
}

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
const add = (usage: string, description: string, examples: string): Command =>
  addTo(program, usage, description, examples);

const line: CommandLine = { add, addTo, run };
program.commandsGroup('Every day:');
daily(line);
program.commandsGroup('What happened:');
record(line);
program.commandsGroup('Who may do what:');
trust(line);
program.commandsGroup('This computer:');
machine(line);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) code = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    process.stderr.write(`${reasonOf(error)}\n`);
    code = EXIT.failure;
  }
}
process.exit(code);
