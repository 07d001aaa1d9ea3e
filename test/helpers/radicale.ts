import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { portOf } from './port.ts';
import { TempFolder } from './temp.ts';

export const DAV_USER = 'alice';
export const DAV_PASSWORD = 'correct horse dav';

/**
 * A real Radicale (CalDAV and CardDAV) on a port that the system chose, in a folder of its own, with the person `alice`
 * and her address book `contacts`. Start it once for a file.
 */
export class Radicale {
  readonly #folder = new TempFolder();
  #child: ChildProcess | undefined;
  #log = '';
  port = 0;

  static async start(): Promise<Radicale> {
    const server = new Radicale();
    try {
      await server.begin();
      await server.makeBook('contacts', 'Contacts');
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Starts it (again), on the port that it had. */
  async begin(): Promise<void> {
    mkdirSync(path.join(this.#folder.path, 'data'), { recursive: true });
    writeFileSync(path.join(this.#folder.path, 'users'), `${DAV_USER}:${DAV_PASSWORD}\n`);
    for (let attempt = 0; ; attempt += 1) {
      if (this.port === 0 || attempt > 0) this.port = await freePort();
      const child = spawn('radicale', ['--config', this.#config()], { stdio: ['ignore', 'ignore', 'pipe'] });
      this.#child = child;
      process.once('exit', () => child.kill('SIGKILL'));
      child.stderr.on('data', (data: Buffer) => {
        this.#log += String(data);
      });
      if (await this.#answers(child)) return;
      await this.end();
      if (attempt > 10) throw new Error(`Radicale does not start: ${this.#log}`);
    }
  }

  /** Kills it, as a crash would. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async makeBook(name: string, title: string): Promise<void> {
    const body = `<?xml version="1.0"?><mkcol xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav"><set><prop><resourcetype><collection/><c:addressbook/></resourcetype><displayname>${title}</displayname></prop></set></mkcol>`;
    await this.#ask('MKCOL', `${name}/`, body, 'application/xml');
  }

  async put(card: string, text: string, book = 'contacts'): Promise<void> {
    await this.#ask('PUT', `${book}/${card}`, text.replace(/\r?\n/g, '\r\n'), 'text/vcard');
  }

  /** Makes an address book of many cards at once. */
  async fill(book: string, title: string, cards: readonly string[]): Promise<void> {
    await this.#ask('PUT', `${book}/`, cards.join('').replace(/\r?\n/g, '\r\n'), 'text/vcard');
    const body = `<?xml version="1.0"?><propertyupdate xmlns="DAV:"><set><prop><displayname>${title}</displayname></prop></set></propertyupdate>`;
    await this.#ask('PROPPATCH', `${book}/`, body, 'application/xml');
  }

  async remove(pathname: string): Promise<void> {
    await this.#ask('DELETE', pathname);
  }

  /** The names of the cards of an address book. */
  async cards(book = 'contacts'): Promise<readonly string[]> {
    const text = await this.#ask('PROPFIND', `${book}/`, undefined, '', { depth: '1' });
    return [...text.matchAll(/<href>[^<]*\/([^</]+\.vcf)<\/href>/g)].map(([, name = '']) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    this.#folder[Symbol.dispose]();
  }

  async #ask(method: string, at: string, body?: string, type = '', more = {}): Promise<string> {
    const authorization = `Basic ${Buffer.from(`${DAV_USER}:${DAV_PASSWORD}`).toString('base64')}`;
    const response = await fetch(`${this.url}${DAV_USER}/${at}`, {
      method,
      headers: { authorization, ...(type === '' ? {} : { 'content-type': type }), ...more },
      ...(body === undefined ? {} : { body }),
    });
    const said = await response.text();
    if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${said}`);
    return said;
  }

  #config(): string {
    const at = (name: string): string => path.join(this.#folder.path, name);
    const lines = [
      ...['[server]', `hosts = 127.0.0.1:${this.port}`],
      ...[
        '[auth]',
        'type = htpasswd',
        `htpasswd_filename = ${at('users')}`,
        'htpasswd_encryption = plain',
        'delay = 0',
      ],
      ...['[storage]', `filesystem_folder = ${at('data')}`, '[logging]', 'level = warning'],
    ];
    writeFileSync(at('radicale.conf'), `${lines.join('\n')}\n`);
    return at('radicale.conf');
  }

  async #answers(child: ChildProcess): Promise<boolean> {
    for (const deadline = Date.now() + 60_000; Date.now() < deadline && child.exitCode === null; ) {
      const said = await fetch(this.url, { redirect: 'manual' }).catch(() => undefined);
      if (said !== undefined) return true;
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** A card of version 3.0. */
export const cardOf = (uid: string, name: string, ...mails: readonly string[]): string =>
  `BEGIN:VCARD\nVERSION:3.0\nUID:${uid}\nFN:${name}\nN:${name};;;;\n${mails.map(mail => `EMAIL:${mail}\n`).join('')}END:VCARD\n`;
