/** The command line. Stable: others script it. */
import path from 'node:path';
import { Command, CommanderError } from 'commander';
import { type Environment, readEnvironment } from '../core/config.ts';
import { EXIT } from '../core/open-vault.ts';
import { messageOf } from '../core/outcome.ts';
import { VERSION } from '../core/version.ts';
import { answer } from './commands/answer.ts';
import { approve, reject } from './commands/decide.ts';
import { doctor } from './commands/doctor.ts';
import { init } from './commands/init.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { resume, stop } from './commands/stop.ts';
import { task } from './commands/task.ts';
import { verify } from './commands/verify.ts';
import { where } from './commands/where.ts';
import { why } from './commands/why.ts';

const program = new Command('steward')
  .description('A personal AI employee that lives in an Obsidian vault. It proposes; you approve by moving a note.')
  .version(VERSION)
  .option('--vault <dir>', 'the vault (default: $STEWARD_VAULT, else ~/Steward)')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

type Run = (environment: Environment) => Promise<number> | number;
let code: number = EXIT.ok;

/** Runs a command in the vault that the options and the environment name. */
async function run(command: Run): Promise<void> {
  const environment = readEnvironment();
  const { vault } = program.opts<{ vault?: string }>();
  code = await command(vault === undefined ? environment : { ...environment, vault: path.resolve(vault) });
}

const add = (usage: string, description: string, examples: string): Command =>
  program
    .command(usage)
    .description(description)
    .addHelpText('after', `\nExamples:\n${examples.replace(/^/gm, '  ')}`)
    .option('--vault <dir>', 'the vault (default: $STEWARD_VAULT, else ~/Steward)')
    .hook('preAction', command => {
      const { vault } = command.opts<{ vault?: string }>();
      if (vault !== undefined) program.setOptionValue('vault', vault);
    });

add('init <dir>', 'makes a vault; refuses a folder that holds something else', 'steward init ~/Steward').action(
  (dir: string) => run(environment => init({ ...environment, vault: path.resolve(dir) })),
);
add(
  'start',
  'starts everything, and makes the vault where it is missing',
  'steward start\nsteward start --once   # works until nothing more can be done now',
)
  .option('--once', 'works until nothing more can be done now, then ends')
  .action((options: { once?: boolean }) => run(environment => start(environment, options.once === true)));
add('status', 'says what waits for you, what is in work and what failed', 'steward status\nsteward status --json')
  .option('--json', 'as one line of JSON')
  .action((options: { json?: boolean }) => run(environment => status(environment, options.json === true)));
add('task <text>', 'writes a task into Needs_Action', 'steward task "Send Anna the Q3 numbers"').action(
  (text: string) => run(environment => task(environment, text)),
);
add('approve <id>', 'approves what waits under this id (shortened while unique)', 'steward approve file-7f3a').action(
  (id: string) => run(environment => approve(environment, id)),
);
add('reject <id>', 'rejects what waits under this id', 'steward reject file-7f3a --why "wrong folder"')
  .option('--why <reason>', 'the reason, which is remembered', '')
  .action((id: string, options: { why: string }) => run(environment => reject(environment, id, options.why)));
add('answer <id> <text>', 'answers a question', 'steward answer note-3b1c "Drop it"').action(
  (id: string, text: string) => run(environment => answer(environment, id, text)),
);
add('stop', 'stops all effects until you resume', 'steward stop').action(() => run(stop));
add('resume', 'lets effects happen again', 'steward resume').action(() => run(resume));
add('verify', 'checks the ledger and the log: exit 0 sound, 1 not', 'steward verify').action(() => run(verify));
add('why <id>', 'tells what was done, why, and who approved', 'steward why file-7f3a').action((id: string) =>
  run(environment => why(environment, id)),
);
add(
  'doctor',
  'checks everything that can be wrong and says how to mend it: exit 0 nothing broken, 1 something is',
  'steward doctor\nsteward doctor --json',
)
  .option('--json', 'as one line of JSON')
  .action((options: { json?: boolean }) => run(environment => doctor(environment, options.json === true)));
add('where', 'says where the vault and its state are', 'steward where').action(() => run(where));

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) code = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else {
    process.stderr.write(`${messageOf(error)}\n`);
    code = EXIT.failure;
  }
}
process.exit(code);
