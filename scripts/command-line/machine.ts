import { Argument, type Command, Option } from 'commander';
import type { Environment } from '../../core/config.ts';
import { EXIT } from '../../core/open-vault.ts';
import type { DoctorOptions } from '../commands/doctor.ts';
import { isShell, SHELLS } from '../completion/shells.ts';
import type { Wanted } from '../service/choose.ts';
import { type CommandLine, several } from './command-line.ts';
import { pairing } from './pairing.ts';

/** This computer: what is wrong on it, what runs on it, where things are. */
export function machine(line: CommandLine): void {
  const { add, addTo, run } = line;
  add(
    'doctor',
    'Check everything that can be wrong and say how to mend it: exit 0 nothing is broken, 1 something is.',
    'steward doctor\nsteward doctor --offline\nsteward doctor --json',
  )
    .option('--json', 'as one line of JSON')
    .option('--offline', 'ask nothing over the network')
    .action((options: DoctorOptions) =>
      run(async environment => (await import('../commands/doctor.ts')).doctor(environment, options)),
    );
  const syncing = add(
    'sync',
    'How the vault is kept the same on several computers.',
    'steward sync status\nsteward sync now',
  );
  addTo(
    syncing,
    'status',
    'Say in one line what is where and since when, and what stays here: exit 0 in step, 3 not.',
    'steward sync status\nsteward sync status --json',
  )
    .option('--json', 'as one line of JSON')
    .action((options: { json?: boolean }) =>
      run(async environment => (await import('../commands/sync.ts')).syncStatus(environment, options.json === true)),
    );
  addTo(syncing, 'now', 'Sync now, and say how it went.', 'steward sync now').action(() =>
    run(async environment => (await import('../commands/sync.ts')).syncNow(environment)),
  );
  const removals = async (environment: Environment, said: 'let' | 'undone'): Promise<number> =>
    (await import('../commands/sync.ts')).decideRemovals(environment, said);
  addTo(
    syncing,
    'accept',
    'Let the many files go that another device took away at once.',
    'steward sync accept',
  ).action(() => run(environment => removals(environment, 'let')));
  addTo(syncing, 'undo', 'Have the many files back that another device took away at once.', 'steward sync undo').action(
    () => run(environment => removals(environment, 'undone')),
  );
  pairing(line);
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
    .action((options: Wanted) =>
      run(async environment => (await import('../commands/service.ts')).installService(environment, options)),
    );
  addTo(services, 'status', 'Say how each process stands: exit 0 all run, 1 not.', 'steward service status').action(
    () => run(async environment => (await import('../commands/service.ts')).serviceStatus(environment)),
  );
  addTo(
    services,
    'remove',
    'End the service and take it away; vault and records stay.',
    'steward service remove',
  ).action(() => run(async environment => (await import('../commands/service.ts')).removeService(environment)));
  add(
    'completion',
    'Print what has your shell complete commands, options and the ids that wait.',
    'eval "$(steward completion bash)"          # in ~/.bashrc\neval "$(steward completion zsh)"           # in ~/.zshrc\nsteward completion fish | source           # in ~/.config/fish/config.fish',
  )
    .addArgument(new Argument('[shell]', 'which shell').choices(SHELLS))
    .addOption(new Option('--ids <command>', 'what may stand behind a command now').hideHelp())
    .action((shell: string | undefined, { ids }: { ids?: string }, command: Command) =>
      run(async environment => {
        const { completion, completionIds } = await import('../commands/completion.ts');
        if (ids !== undefined) return completionIds(environment, ids);
        if (shell !== undefined && isShell(shell) && command.parent !== null) return completion(command.parent, shell);
        process.stderr.write(`For which shell? One of ${SHELLS.join(', ')}:  steward completion bash\n`);
        return EXIT.usage;
      }),
    );
  add('where', 'Say where the vault and its state are.', 'steward where').action(() =>
    run(async environment => (await import('../commands/where.ts')).where(environment)),
  );
}
