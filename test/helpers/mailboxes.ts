import type { Json } from '../../core/digest.ts';
import { FakeImap } from '../fakes/imap.ts';
import { FakeSmtp } from '../fakes/smtp.ts';
import { PASSWORD } from './mail.ts';
import { MAIL_PEOPLE, MailServers } from './mail-servers.ts';

export type Kept = { readonly text: string; readonly flags: readonly string[] };

/** An account with a mailbox behind it, whatever it is made of. */
export type MailboxUnderTest = {
  readonly name: string;
  readonly settings: Json;
  readonly secrets: Readonly<Record<string, string>>;
  readonly smtp: FakeSmtp;
  readonly put: (folder: string, message: string) => Promise<void>;
  readonly folder: (name: string) => Promise<readonly Kept[]>;
  readonly close: () => Promise<void>;
};

const account = (smtp: number, imap: number, user: string): Json => ({
  ...{
    from: 'alice@example.test',
    name: 'Alice',
    host: '127.0.0.1',
    port: smtp,
    security: 'none',
    private_lists: ['localhost'],
  },
  imap: { host: '127.0.0.1', port: imap, security: 'none', user },
});

export async function fakeMailbox(): Promise<MailboxUnderTest & { readonly imap: FakeImap }> {
  const [smtp, imap] = [await FakeSmtp.start(), await FakeImap.start('alice', PASSWORD)];
  return {
    ...{ name: 'the double', smtp, imap },
    settings: account(smtp.port, imap.port, 'alice'),
    secrets: { STEWARD_EMAIL_PASSWORD: PASSWORD },
    put: (folder, message) => Promise.resolve(imap.put(folder, message)),
    folder: name =>
      Promise.resolve(
        (imap.folders.get(name)?.held ?? []).map(({ bytes, flags }) => ({
          text: bytes.toString('latin1'),
          flags: [...flags],
        })),
      ),
    close: async () => {
      await smtp[Symbol.asyncDispose]();
      await imap[Symbol.asyncDispose]();
    },
  };
}

/** The mailbox of Alice at a real Dovecot that runs already. */
export async function dovecotMailbox(servers: MailServers): Promise<MailboxUnderTest> {
  const smtp = await FakeSmtp.start();
  const alice = await servers.login('alice');
  for (const name of ['Invoices', 'Junk']) await alice.mailboxCreate(name).catch(() => undefined);
  return {
    ...{ name: 'Dovecot', smtp },
    settings: account(smtp.port, servers.imap, MailServers.addressOf('alice')),
    secrets: { STEWARD_EMAIL_IMAP_PASSWORD: MAIL_PEOPLE.alice },
    put: async (folder, message) => {
      await alice.append(folder, Buffer.from(message.replace(/\r?\n/g, '\r\n'), 'latin1'));
    },
    folder: async name => {
      const { exists } = await alice.mailboxOpen(name, { readOnly: true });
      if (exists === 0) return [];
      const mails = await alice.fetchAll('1:*', { source: true, flags: true });
      return mails.map(({ source, flags }) => ({ text: source?.toString('latin1') ?? '', flags: [...(flags ?? [])] }));
    },
    close: async () => {
      await alice.logout();
      await smtp[Symbol.asyncDispose]();
    },
  };
}
