/** The command line. Stable: others script it. */
import path from 'node:path';
import { CommanderError } from 'commander';
import { readEnvironment } from '../core/config.ts';
import { tellOnlyWhoListens } from '../core/log.ts';
import { EXIT } from '../core/open-vault.ts';
import { reasonOf } from '../core/system-error.ts';
import type { Run } from './command-line/command-line.ts';
import { makeProgram } from './command-line/program.ts';

tellOnlyWhoListens();
let code: number = EXIT.ok;

/** Runs a command in the vault that the options and the environment name. */
async function run(command: Run, vault: string | undefined): Promise<void> {
  const environment = readEnvironment();
  code = await command(vault === undefined ? environment : { ...environment, vault: path.resolve(vault) });
}

try {
  await makeProgram(run, process.argv.slice(2)).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) code = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    process.stderr.write(`${reasonOf(error)}\n`);
    code = EXIT.failure;
  }
}
process.exit(code);
