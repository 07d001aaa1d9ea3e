import { Option } from 'commander';
import type { ConnectContacts } from '../commands/connect-carddav.ts';
import type { ConnectMail } from '../commands/connect-imap.ts';
import { type CommandLine, several } from './command-line.ts';

const SECURITY = ['tls', 'starttls', 'none'] as const;
const ONLY_HERE = 'ask nobody on the network where the servers are';

/** Accounts of the person that Steward works with. */
export function connect({ add, addTo, run }: CommandLine): void {
  const connecting = add(
    'connect',
    'Connect your mail or your address book: finds the servers, tries the login, keeps the password safe.',
    'steward connect imap\nsteward connect carddav',
  );
  addTo(
    connecting,
    'imap',
    'Connect a mail account, to read and to send.',
    'steward connect imap\nsteward connect imap --address anna@example.com\nprintf %s "$PASSWORD" | steward connect imap --address anna@example.com --password-stdin',
  )
    .option('--address <address>', 'the mail address')
    .option('--user <name>', 'who logs in (default: the address)')
    .option('--host <name>', 'the server for reading (IMAP), where it is not found')
    .option('--port <number>', 'its port')
    .addOption(new Option('--security <way>', 'how it encrypts').choices(SECURITY))
    .option('--smtp-host <name>', 'the server for sending (SMTP), where it is not found')
    .option('--smtp-port <number>', 'its port')
    .addOption(new Option('--smtp-security <way>', 'how it encrypts').choices(SECURITY))
    .option('--send', 'send mail from this address from now on')
    .option('--no-send', 'only read it')
    .option('--password-stdin', 'take the password from standard input, and ask nothing')
    .option('--no-lookup', ONLY_HERE)
    .action((options: ConnectMail, command) =>
      run(async environment => {
        const { connectImap } = await import('../commands/connect-imap.ts');
        const isSaid = command.getOptionValueSource('send') === 'cli';
        const { send, ...rest } = options;
        return connectImap(environment, isSaid && send !== undefined ? { ...rest, send } : rest);
      }),
    );
  addTo(
    connecting,
    'carddav',
    'Connect an address book: whoever stands in it counts as somebody you know.',
    'steward connect carddav\nprintf %s "$PASSWORD" | steward connect carddav --url https://dav.example.com/ --user anna --password-stdin',
  )
    .option('--address <address>', 'your address at the provider, by which the server is found')
    .option('--url <url>', 'where the address book is')
    .option('--user <name>', 'who logs in (default: the address)')
    .option('--book <name>', 'only this address book', several)
    .option('--password-stdin', 'take the password from standard input, and ask nothing')
    .option('--no-lookup', ONLY_HERE)
    .action((options: ConnectContacts) =>
      run(async environment => (await import('../commands/connect-carddav.ts')).connectCarddav(environment, options)),
    );
}
