/**
 * A real Dovecot for a host of its own: prints its port for IMAP, takes on standard input one message in JSON a line,
 * delivers it to Alice, and ends with its input.
 */
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { MailServers } from './mail-servers.ts';

await using servers = await MailServers.start();
process.stdout.write(`${servers.imap}\n`);
for await (const line of createInterface({ input: process.stdin }))
  await servers.deliver('alice', z.string().parse(JSON.parse(line)));
