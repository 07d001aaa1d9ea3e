import { once } from 'node:events';
import { watch } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import PostalMime from 'postal-mime';
import { MailServers } from '../test/helpers/mail-servers.ts';
import { mailAccount, WatchedMail } from '../test/helpers/mail-watcher.ts';
import { mailOf } from '../test/helpers/messages.ts';
import { portOf } from '../test/helpers/port.ts';
import { isShort, type Measured, pass, quantile } from './measured.ts';

const DELIVERIES = isShort ? 8 : 40;
const WAITING = 1000;
const MANY = isShort ? 8000 : 50_000;

/** A mail as most are: a few lines, and the same as a page. */
function usual(number: number): string {
  const line = 'We wrote to you about this before, and would like to hear from you soon.';
  const text = [
    ...['--part', 'Content-Type: text/plain; charset=utf-8', '', `Dear Alice, number ${number}.`],
    ...Array.from({ length: 20 }, () => line),
    ...['--part', 'Content-Type: text/html; charset=utf-8', '', `<html><body><h1>Number ${number}</h1>`],
    ...Array.from({ length: 20 }, () => `<p>${line} <a href="https://example.test/${number}">Look</a></p>`),
    ...['</body></html>', '--part--'],
  ].join('\r\n');
  const head = { 'MIME-Version': '1.0', 'Content-Type': 'multipart/alternative; boundary=part' };
  return mailOf(number, { head, text });
}

/** Mail from a real Dovecot on this machine: how soon, how many, in how much memory. */
export default async function measure(): Promise<Measured[]> {
  const servers = await MailServers.start();
  try {
    return [await delivery(servers), await waiting(servers), await memory(servers)];
  } finally {
    await servers[Symbol.asyncDispose]();
  }
}

/** Milliseconds from Dovecot’s own word on the watcher’s connection until the task’s note stands. */
async function delivery(servers: MailServers): Promise<Measured> {
  let told = 0;
  const between = net.createServer(here => {
    const there = net.connect(servers.imap, '127.0.0.1');
    here.pipe(there);
    there.on('data', data => {
      if (/^\* \d+ EXISTS/m.test(data.toString('latin1'))) told = performance.now();
      here.write(data);
    });
    for (const [one, other] of [
      [here, there],
      [there, here],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await once(between.listen(0, '127.0.0.1'), 'listening');
  await using watched = new WatchedMail(mailAccount({ imap: portOf(between) }, 'sent: false'), tmpdir());
  await watched.begin();
  const folder = path.join(watched.vault.root, 'Needs_Action');
  await servers.deliver('alice', usual(0));
  await watched.until(1);
  const beyond: number[] = [];
  for (let number = 1; number <= DELIVERIES; number += 1) {
    // Until it idles again.
    await pass(300);
    const watching = watch(folder);
    const stands = once(watching, 'change').then(() => performance.now());
    await servers.deliver('alice', usual(number));
    beyond.push((await stands) - told);
    watching.close();
    await watched.until(number + 1);
  }
  between.close();
  const value = quantile(beyond, 0.95);
  return {
    name: 'mail: told to task on disk, p95',
    unit: 'ms',
    value,
    bound: 150,
    floor: 'Dovecot’s own word, in IDLE',
  };
}

/** Mails that waited, into tasks, against fetching and parsing them and nothing else. */
async function waiting(servers: MailServers): Promise<Measured> {
  await using watched = new WatchedMail(mailAccount(servers, 'sent: false', 'bob'), tmpdir());
  await watched.once();
  servers.fill('bob', WAITING, usual);
  const bob = await servers.login('bob');
  await bob.mailboxOpen('INBOX');
  // Twice, so that neither meets a folder that Dovecot has not looked at.
  let bare = 0;
  for (let round = 0; round < 2; round += 1) {
    const from = performance.now();
    for await (const { source } of bob.fetch('1:*', { uid: true, source: true }, { uid: true }))
      if (source !== undefined) await PostalMime.parse(source);
    bare = performance.now() - from;
  }
  await bob.logout();
  const from = performance.now();
  await watched.once();
  const ours = performance.now() - from;
  await watched.until(WAITING);
  return {
    name: `mail: ${WAITING.toLocaleString('en')} that wait into tasks`,
    ...{ unit: 'times as long', value: ours / bare, bound: 4, floor: 'fetching and parsing them' },
  };
}

/** The most memory while the last quarter of many mails is taken, against the first. */
async function memory(servers: MailServers): Promise<Measured> {
  await using watched = new WatchedMail(mailAccount(servers, 'sent: false').replaceAll('alice', 'carol'), tmpdir());
  watched.secrets = { STEWARD_MAIL_PASSWORD: 'correct horse 3' };
  await watched.once();
  servers.fill('carol', MANY, usual);
  const peaks = [0, 0, 0, 0];
  const gauge = setInterval(() => {
    const quarter = Math.min(3, Math.floor((4 * watched.lines.length) / MANY));
    peaks[quarter] = Math.max(peaks[quarter] ?? 0, process.memoryUsage.rss());
  }, 20);
  await watched.once(1_200_000);
  clearInterval(gauge);
  await watched.until(MANY);
  const [first = Number.NaN, , , last = Number.NaN] = peaks;
  return {
    name: `mail: memory over ${MANY.toLocaleString('en')}`,
    ...{ unit: 'times as much', value: last / first, bound: 1.3, floor: 'the first quarter of them' },
  };
}
