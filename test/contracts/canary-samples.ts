import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MAIL_PEOPLE, MailServers } from '../helpers/mail-servers.ts';
import { mailAccount } from '../helpers/mail-watcher.ts';
import { mailOf } from '../helpers/messages.ts';
import { cardOf, DAV_PASSWORD, DAV_USER, Radicale } from '../helpers/radicale.ts';

const NOBODYS = '0'.repeat(32);

/** A watcher with the real part that it watches, for the suite that holds each of them against its canary. */
export type CanarySample = {
  /** `config.yaml`, and the watcher’s own secrets. */
  readonly config: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** Puts down what calls itself a canary and was put there by somebody else; how many tasks that makes. */
  readonly forge: (vault: string) => Promise<number>;
  /** What lies there that calls itself a canary. */
  readonly left: (vault: string) => Promise<number>;
  /** Ways that look so seldom that they are asked for their proof. */
  readonly seldom?: RegExp;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/** By the watcher’s name. A new watcher is a new line here. */
export const CANARIES: Readonly<Record<string, () => Promise<CanarySample>>> = {
  filesystem: async () => ({
    config: 'settle: { drop: 0.1 }\n',
    secrets: {},
    forge: async vault => {
      writeFileSync(path.join(vault, 'Inbox', `.steward-canary-${NOBODYS}`), 'mine\n');
      return 0;
    },
    left: async vault => readdirSync(path.join(vault, 'Inbox')).filter(name => name.startsWith('.steward-')).length,
    [Symbol.asyncDispose]: async () => undefined,
  }),
  mail: async () => {
    const servers = await MailServers.start();
    return {
      config: `watchers: { mail: { accounts: { ${mailAccount(servers)} } } }\n`,
      secrets: { STEWARD_MAIL_ALICE_PASSWORD: MAIL_PEOPLE.alice },
      forge: async () => {
        const id = `Message-ID: <steward-canary-${NOBODYS}@steward.invalid>`;
        await servers.deliver('alice', `${id}\r\n${mailOf('forged').replace(/^Message-ID:.*\r?\n/im, '')}`);
        return 1;
      },
      left: async () => {
        const client = await servers.login('alice');
        const status = await client.status('INBOX', { messages: true });
        await client.logout();
        return status === false ? -1 : (status.messages ?? -1);
      },
      seldom: /\(sent\)$/,
      [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
    };
  },
  contacts: async () => {
    const radicale = await Radicale.start();
    await radicale.put('anna.vcf', cardOf('anna', 'Anna', 'anna@example.com'));
    return {
      config: `watchers: { contacts: { url: "${radicale.url}", user: ${DAV_USER} } }\n`,
      secrets: { STEWARD_CONTACTS_PASSWORD: DAV_PASSWORD },
      forge: async () => {
        await radicale.put(`steward-canary-${NOBODYS}.vcf`, cardOf(NOBODYS, 'Steward canary', 'canary@example.com'));
        return 0;
      },
      left: async () => (await radicale.cards()).filter(name => name.includes('canary')).length,
      [Symbol.asyncDispose]: () => radicale[Symbol.asyncDispose](),
    };
  },
};
