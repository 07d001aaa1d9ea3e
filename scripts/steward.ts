/** The command line. Stable: others script it. */
import path from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import { type Environment, readEnvironment } from '../core/config.ts';
import { tellOnlyWhoListens } from '../core/log.ts';
import { EXIT } from '../core/open-vault.ts';
import { reasonOf } from '../core/system-error.ts';
import { VERSION } from '../core/version.ts';
import { anchor } from './commands/anchor.ts';
import { answer } from './commands/answer.ts';
import { decide, type Saying } from './commands/decide.ts';
import { doctor } from './commands/doctor.ts';
import { init } from './commands/init.ts';
import { type Allowing, allowKey, listKeys, revokeKey } from './commands/key.ts';
import { checkPolicy, type Explaining, explainPolicy } from './commands/policy.ts';
import { review } from './commands/review.ts';
import { dropSecret, listSecrets, setSecret } from './commands/secret.ts';
import { installService, removeService, serviceStatus } from './commands/service.ts';
import { start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { pause, resume, stop } from './commands/stop.ts';
import { task } from './commands/task.ts';
import { verify } from './commands/verify.ts';
import { where } from './commands/where.ts';
import { why } from './commands/why.ts';
import type { Wanted } from './service/choose.ts';

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

const SIGN = ['--sign', 'sign the decision with your SSH key'] as const;
const KEY = ['--key <file>', 'the key to sign with (default: the first in ~/.ssh that is allowed)'] as const;
type Signing = { readonly sign?: boolean; readonly key?: string; readonly why?: string };
const saying = (decision: Saying['decision'], { sign, key, why: reason }: Signing): Saying => ({
  ...{ decision, reason: reason ?? '', key },
  sign: sign === true || key !== undefined,
});

type Run = (environment: Environment) => Promise<number> | number;
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

add(
  'init <dir>',
  'Make a vault in a new or empty folder; where it is one already, add what is missing.',
  'steward init ~/Steward',
).action((dir: string) => run(environment => init({ ...environment, vault: path.resolve(dir) })));
add(
  'start',
  'Start everything, and make the vault where it is missing.',
  'steward start\nsteward start --once   # works until nothing more can be done now',
)
  .option('--once', 'work until nothing more can be done now, then end')
  .action((options: { once?: boolean }) => run(environment => start(environment, options.once === true)));
add('status', 'Say what waits for you, what is in work and what failed.', 'steward status\nsteward status --json')
  .option('--json', 'as one line of JSON')
  .action((options: { json?: boolean }) => run(environment => status(environment, options.json === true)));
add('task <text...>', 'Write a task into Needs_Action.', 'steward task "Send Anna the Q3 numbers"').action(
  (words: readonly string[]) => run(environment => task(environment, words.join(' '))),
);
add(
  'approve <id>',
  'Approve what waits under this id, which may be shortened while it is unique.',
  'steward approve file-7f3a\nsteward approve file-7f3a --sign   # with your SSH key; also where only the vault is',
)
  .option(...SIGN)
  .option(...KEY)
  .action((id: string, options: Signing) => run(environment => decide(environment, id, saying('approved', options))));
add('reject <id>', 'Reject what waits under this id.', 'steward reject file-7f3a --why "wrong folder"')
  .option('--why <reason>', 'the reason, which is remembered', '')
  .option(...SIGN)
  .option(...KEY)
  .action((id: string, options: Signing) => run(environment => decide(environment, id, saying('rejected', options))));
const keys = add(
  'key',
  'Say whose signed decisions count.',
  'steward key allow ~/anna.pub --name anna\nsteward key list',
);
addTo(keys, 'allow <file>', 'Let what a key signs count: its public half (.pub).', 'steward key allow ~/anna.pub')
  .option('--name <name>', 'whose key it is (default: what the file says, else you)')
  .option('--from <day>', 'what it signs counts from then on: 2027-01-31')
  .option('--until <day>', 'what it signs counts until then: 2027-01-31')
  .action((file: string, options: Allowing) => run(environment => allowKey(environment, file, options)));
addTo(keys, 'list', 'List the keys whose signed decisions count.', 'steward key list').action(() => run(listKeys));
addTo(
  keys,
  'revoke <name>',
  'Let what a key signs no longer count, by name or fingerprint.',
  'steward key revoke anna',
).action((name: string) => run(environment => revokeKey(environment, name)));
add('answer <id> <text...>', 'Answer a question.', 'steward answer note-3b1c "Drop it"').action(
  (id: string, words: readonly string[]) => run(environment => answer(environment, id, words.join(' '))),
);
add('stop', 'Stop all effects until you resume.', 'steward stop').action(() => run(stop));
add(
  'resume [channel]',
  'Let effects happen again; with a channel, lift its pause only.',
  'steward resume\nsteward resume email',
).action((channel: string | undefined) => run(environment => resume(environment, channel)));
add(
  'pause <channel>',
  'Have nothing begin at one channel, such as email, until you resume it; everything else goes on.',
  'steward pause email\nsteward pause email --why "I am changing the password"',
)
  .option('--why <reason>', 'the reason, which is shown', '')
  .action((channel: string, options: { why: string }) => run(environment => pause(environment, channel, options.why)));
const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
add(
  'verify',
  'Check the ledger and the log, also against what was kept elsewhere: exit 0 sound, 1 not.',
  'steward verify\nsteward verify --anchor /media/stick/anchors.txt\nsteward verify --against ~/backup/Steward',
)
  .option('--anchor <file>', 'the anchors in it must lie on the chain; - reads standard input', several)
  .option('--against <folder>', 'another copy of the vault or of its Logs must tell the same', several)
  .action((options: { anchor?: readonly string[]; against?: readonly string[] }) =>
    run(environment => verify(environment, options)),
  );
add(
  'anchor [file]',
  'Say the head of the ledger on one line, to be kept elsewhere; with a file, add it there.',
  'steward anchor\nsteward anchor /media/stick/anchors.txt',
).action((file: string | undefined) => run(environment => anchor(environment, file)));
add(
  'review',
  'List what Steward decided by itself: let through by policy, refused, held, over a cap, lapsed.',
  'steward review\nsteward review --since 7d\nsteward review --since 2026-11-20 --json',
)
  .option('--since <when>', '24h, 7d, 2w, or a day such as 2026-11-20', '24h')
  .option('--json', 'as one line of JSON')
  .action((options: { since: string; json?: boolean }) =>
    run(environment => review(environment, options.since, options.json === true)),
  );
add(
  'why <id>',
  'Tell what came in, what was thought, who decided, and what happened with what proof; by any id or note.',
  'steward why file-7f3a\nsteward why invoice-d201c44211b7-approval-1.md\nsteward why file-7f3a --json',
)
  .option('--json', 'as one line of JSON')
  .action((id: string, options: { json?: boolean }) => run(environment => why(environment, id, options.json === true)));
const policies = add(
  'policy',
  'Say what your policy makes of an action, and whether Policies.md is understood.',
  'steward policy explain file-7f3a\nsteward policy check',
);
addTo(
  policies,
  'explain <action>',
  'Say the zone of an action, by which rule, and all that counted: server.tool, or the id of one that was proposed.',
  `steward policy explain file-7f3a\nsteward policy explain email.send --with '{"to": ["anna@example.com"]}'`,
)
  .option('--with <json>', 'the arguments, for server.tool')
  .option('--from <origin>', 'where their values come from: person, contacts, web, model … (default: person)')
  .option('--source <source>', 'what the task came from (default: person)')
  .option('--json', 'as one line of JSON')
  .action((action: string, options: Explaining) => run(environment => explainPolicy(environment, action, options)));
addTo(
  policies,
  'check',
  'Say whether Policies.md is understood, and what it would loosen.',
  'steward policy check',
).action(() => run(checkPolicy));
add(
  'doctor',
  'Check everything that can be wrong and say how to mend it: exit 0 nothing is broken, 1 something is.',
  'steward doctor\nsteward doctor --json',
)
  .option('--json', 'as one line of JSON')
  .action((options: { json?: boolean }) => run(environment => doctor(environment, options.json === true)));
const secret = program
  .command('secret')
  .description('Keep passwords, tokens and keys where no note and no log can show them.');
const addSecret = (usage: string, description: string, example: string): Command =>
  secret
    .command(usage)
    .description(description)
    .addHelpText('after', `\nExamples:\n${example.replace(/^/gm, '  ')}`)
    .option(...VAULT)
    .hook('preAction', command => {
      const { vault } = command.opts<{ vault?: string }>();
      if (vault !== undefined) program.setOptionValue('vault', vault);
    });
addSecret(
  'set <name>',
  'Keep a secret: typed unseen, or taken from standard input.',
  'steward secret set STEWARD_EMAIL_PASSWORD\nprintf %s "$TOKEN" | steward secret set STEWARD_ODOO_TOKEN',
)
  // What is too much may be the value: it is refused without being repeated.
  .allowExcessArguments()
  .action((name: string, _: unknown, command: Command) =>
    run(environment => setSecret(environment, name, command.args.length > 1)),
  );
addSecret(
  'list',
  'Say which secrets there are and where they are kept, never what they are.',
  'steward secret list',
).action(() => run(listSecrets));
addSecret(
  'remove <name>',
  'Remove a secret that Steward keeps.',
  'steward secret remove STEWARD_EMAIL_PASSWORD',
).action((name: string) => run(environment => dropSecret(environment, name)));
const services = add(
  'service',
  'Have Steward run by itself: under systemd, or pm2.',
  'steward service install\nsteward service status',
);
addTo(
  services,
  'install',
  'Make Steward a service, or renew it: by your systemd where there is one, else by pm2.',
  'steward service install\nsteward service install --with pm2\nsteward service install --system   # on a server, as root',
)
  .addOption(new Option('--with <manager>', 'who keeps it running').choices(['systemd', 'pm2']))
  .option('--system', 'by the systemd of the machine, as the owner of the vault; as root')
  .option('--credential <name=file>', 'a secret that systemd hands to the process that needs it', several)
  .action((options: Wanted) => run(environment => installService(environment, options)));
addTo(services, 'status', 'Say how each process stands: exit 0 all run, 1 not.', 'steward service status').action(() =>
  run(serviceStatus),
);
addTo(services, 'remove', 'End the service and take it away; vault and records stay.', 'steward service remove').action(
  () => run(removeService),
);
add('where', 'Say where the vault and its state are.', 'steward where').action(() => run(where));

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
