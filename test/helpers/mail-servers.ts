import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { ImapFlow } from 'imapflow';
import { dovecotConfig, eximConfig, mailOwner, oauthConfig } from './mail-server-config.ts';
import { portOf } from './port.ts';
import { TempFolder } from './temp.ts';

export const MAIL_PEOPLE = { alice: 'correct horse 1', bob: 'correct horse 2', carol: 'correct horse 3' } as const;
export type MailPerson = keyof typeof MAIL_PEOPLE;

/**
 * A real Dovecot (IMAP, LMTP) and, where something is to be sent, a real Exim (SMTP submission), on ports that the system
 * chose, in a folder of their own. Addresses are `<person>@example.test`, and so are the names to log in with. What is
 * sent elsewhere lies in `outside()`. Exim needs root. Start them once for a file:
 *
 *   const mail = await MailServers.start();
 *   after(() => mail[Symbol.asyncDispose]());
 */
export class MailServers {
  readonly #folder = new TempFolder();
  readonly #children = new Set<ChildProcess>();
  #dovecot: ChildProcess | undefined;
  #introspection: Server | undefined;
  #filled = 0;
  /** Ports on 127.0.0.1: IMAP in plain text or with STARTTLS, IMAP over TLS, SMTP with or without STARTTLS. */
  imap = 0;
  imaps = 0;
  smtp = 0;
  /** OAuth2 access tokens that Dovecot takes now, with whose they are. */
  readonly tokens = new Map<string, MailPerson>();

  static async start({ sends = false } = {}): Promise<MailServers> {
    const servers = new MailServers();
    try {
      await servers.#begin(sends);
      return servers;
    } catch (error) {
      await servers[Symbol.asyncDispose]();
      throw error;
    }
  }

  static addressOf = (person: MailPerson): string => `${person}@example.test`;

  /** The certificate for localhost and 127.0.0.1, in PEM; nobody has signed it. */
  get certificate(): string {
    return readFileSync(this.#at('cert.pem'), 'utf8');
  }

  /** Hands a message to Dovecot by LMTP (RFC 2033), its bytes as they are but for the trace headers. */
  async deliver(to: MailPerson, message: string | Uint8Array, from = 'sender@elsewhere.test'): Promise<void> {
    const socket = net.connect(this.#at('dovecot/run/lmtp'));
    const lines = replies(socket);
    const say = async (line: string | Buffer, wanted: string): Promise<void> => {
      socket.write(line);
      const { value = '' } = await lines.next();
      if (!value.startsWith(wanted)) throw new Error(`LMTP: ${String(line).slice(0, 60)} → ${value}`);
    };
    try {
      await say('', '220');
      await say('LHLO test\r\n', '250');
      await say(`MAIL FROM:<${from}>\r\n`, '250');
      await say(`RCPT TO:<${MailServers.addressOf(to)}>\r\n`, '250');
      await say('DATA\r\n', '354');
      const text = Buffer.from(message).toString('latin1').replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..');
      await say(Buffer.from(`${text}${text.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1'), '250');
    } finally {
      socket.destroy();
    }
  }

  /** Puts many messages into a folder at once, past every protocol: as if they had long been there. */
  fill(person: MailPerson, count: number, message: (index: number) => string, folder = 'INBOX'): void {
    const maildir = this.maildir(person, folder);
    const { uid, gid } = mailOwner();
    for (const part of [
      this.maildir(person),
      maildir,
      ...['cur', 'new', 'tmp'].map(name => path.join(maildir, name)),
    ]) {
      mkdirSync(part, { recursive: true });
      chownSync(part, uid, gid);
    }
    const stamp = Math.floor(Date.now() / 1000);
    for (let index = 0; index < count; index += 1) {
      const name = `${stamp}.M${String(this.#filled++).padStart(6, '0')}P${process.pid}.test`;
      writeFileSync(path.join(maildir, 'new', name), message(index), { mode: 0o644 });
    }
  }

  maildir(person: MailPerson, folder = 'INBOX'): string {
    const box = this.#at(`mail/${MailServers.addressOf(person)}`);
    return folder === 'INBOX' ? box : path.join(box, `.${folder}`);
  }

  /** A person’s own mail program: logged in, to look and to change things. Close it with `logout()`. */
  async login(person: MailPerson): Promise<ImapFlow> {
    const client = new ImapFlow({
      ...{ host: '127.0.0.1', port: this.imap, secure: false, doSTARTTLS: false, logger: false },
      auth: { user: MailServers.addressOf(person), pass: MAIL_PEOPLE[person] },
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** What was sent to somebody who has no mailbox here. */
  outside(): string[] {
    const folder = this.#at('exim/outside/new');
    try {
      return readdirSync(folder).map(name => readFileSync(path.join(folder, name), 'utf8'));
    } catch {
      return [];
    }
  }

  /** Kills Dovecot with everything that it runs, as a crash of the machine would. */
  async killImap(): Promise<void> {
    const child = this.#dovecot;
    this.#dovecot = undefined;
    await end(child, 'SIGKILL');
  }

  /** Starts Dovecot (again) on its ports. */
  async startImap(): Promise<void> {
    const config = this.#at('dovecot/dovecot.conf');
    rmSync(this.#at('dovecot/run'), { recursive: true, force: true });
    for (let attempt = 0; ; attempt += 1) {
      const child = this.#spawn('dovecot', ['-F', '-c', config]);
      this.#dovecot = child;
      if (await greets(child, this.imap, '* OK')) return;
      await end(child, 'SIGKILL');
      if (attempt > 20) throw new Error(`Dovecot does not start: ${this.log()}`);
    }
  }

  /**
   * Makes every UID of a folder another one, as a restored server does: the next login sees a new UIDVALIDITY. Dovecot
   * must not run. Its UIDVALIDITY is a second of the clock, so that it is waited until that is another one.
   */
  async renumber(person: MailPerson, folder = 'INBOX'): Promise<void> {
    const maildir = this.maildir(person, folder);
    const before = /^3 V(\d+)/.exec(readFileSync(path.join(maildir, 'dovecot-uidlist'), 'utf8'))?.[1];
    while (Math.floor(Date.now() / 1000) <= Number(before)) await new Promise(resolve => setTimeout(resolve, 20));
    for (const name of readdirSync(maildir))
      if (name.startsWith('dovecot')) rmSync(path.join(maildir, name), { force: true });
  }

  setPassword(person: MailPerson, password: string): void {
    this.#passwords({ ...MAIL_PEOPLE, [person]: password });
  }

  log(): string {
    try {
      return readFileSync(this.#at('dovecot/log'), 'utf8');
    } catch {
      return 'no log';
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#children].map(child => end(child, 'SIGKILL')));
    this.#introspection?.closeAllConnections();
    this.#introspection?.close();
    this.#folder[Symbol.dispose]();
  }

  async #begin(sends: boolean): Promise<void> {
    // Exim’s own user reaches the socket and its folders through here.
    chmodSync(this.#folder.path, 0o711);
    for (const folder of ['dovecot', 'mail', 'exim/log', 'exim/spool'])
      mkdirSync(this.#at(folder), { recursive: true, mode: 0o755 });
    const { uid, gid } = mailOwner();
    chownSync(this.#at('mail'), uid, gid);
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const files = ['-keyout', this.#at('key.pem'), '-out', this.#at('cert.pem')];
    const made = spawnSync('openssl', ['req', '-x509', ...kind, ...names, ...files]);
    if (made.status !== 0) throw new Error(String(made.stderr));
    chmodSync(this.#at('key.pem'), 0o644);
    this.#passwords(MAIL_PEOPLE);
    await this.#introspect();
    [this.imap, this.imaps, this.smtp] = await freePorts();
    writeFileSync(this.#at('dovecot/dovecot.conf'), dovecotConfig(this.#folder.path, this.imap, this.imaps));
    await this.startImap();
    if (sends) await this.#startSmtp();
  }

  async #startSmtp(): Promise<void> {
    if (process.getuid?.() !== 0) throw new Error('Exim is started by root only.');
    const config = this.#at('exim.conf');
    writeFileSync(config, eximConfig(this.#folder.path, this.smtp), { mode: 0o644 });
    const owned = spawnSync('chown', ['-R', 'Debian-exim', this.#at('exim')]);
    if (owned.status !== 0) throw new Error(String(owned.stderr));
    for (let attempt = 0; ; attempt += 1) {
      // It changes its user, and with that forgets whose death is its own: somebody else looks whether we live.
      const watched = '"$@" & exim=$!; (tail --pid="$0" -f /dev/null; kill -9 $exim) & wait $exim';
      const started = ['-c', watched, String(process.pid), '/usr/sbin/exim4', '-C', config, '-bdf', '-q1m'];
      const child = this.#spawn('sh', started, 'CONT');
      if (await greets(child, this.smtp, '220')) return;
      await end(child, 'SIGKILL');
      if (attempt > 5) throw new Error('Exim does not start.');
    }
  }

  #passwords(people: Readonly<Record<string, string>>): void {
    const lines = Object.entries(people).map(([name, password]) => `${name}@example.test:{PLAIN}${password}\n`);
    writeFileSync(this.#at('dovecot/passwd'), lines.join(''), { mode: 0o644 });
  }

  /** The endpoint that Dovecot asks whether an access token is good (RFC 7662). */
  async #introspect(): Promise<void> {
    const server = createServer((request, response) => {
      const token = new URL(request.url ?? '/', 'http://localhost').searchParams.get('token') ?? '';
      const person = this.tokens.get(token) ?? this.tokens.get(bearer(request.headers.authorization));
      response.writeHead(person === undefined ? 401 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(person === undefined ? {} : { active: true, email: MailServers.addressOf(person) }));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#introspection = server;
    writeFileSync(this.#at('dovecot/oauth2.conf'), oauthConfig(portOf(server)));
  }

  #spawn(program: string, args: readonly string[], atOurEnd = 'KILL'): ChildProcess {
    // It ends with this process, also where that is killed and can end nothing itself (prctl(2), PR_SET_PDEATHSIG).
    const bound = ['--pdeathsig', atOurEnd, program, ...args];
    const child = spawn('setpriv', bound, { stdio: 'ignore', detached: true });
    child.on('error', () => undefined);
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  #at(name: string): string {
    return path.join(this.#folder.path, name);
  }
}

const bearer = (header: string | undefined): string => header?.replace(/^Bearer /i, '') ?? '';

/** Ports that were free a moment ago. Whoever starts a server on one looks whether it got it. */
async function freePorts(): Promise<[number, number, number]> {
  const servers = [net.createServer(), net.createServer(), net.createServer()];
  await Promise.all(servers.map(server => once(server.listen(0, '127.0.0.1'), 'listening')));
  const [one = 0, two = 0, three = 0] = servers.map(portOf);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return [one, two, three];
}

/** Waits until a server of ours says its first words; false where it ended instead. */
async function greets(child: ChildProcess, port: number, words: string): Promise<boolean> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return false;
    const socket = net.connect(port, '127.0.0.1');
    const said = await Promise.race([
      once(socket, 'data').then(String, () => ''),
      new Promise<string>(resolve => setTimeout(() => resolve(''), 2000)),
    ]);
    socket.destroy();
    if (said.startsWith(words)) return true;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return false;
}

/** Ends a program of ours and what it started; each has a process group of its own. */
async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  killGroup(child, signal);
  await ended;
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

/** The last line of each reply. */
async function* replies(socket: net.Socket): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const data of socket) {
    rest += String(data);
    for (let at = rest.indexOf('\r\n'); at >= 0; at = rest.indexOf('\r\n')) {
      const line = rest.slice(0, at);
      rest = rest.slice(at + 2);
      if (line[3] === ' ') yield line;
    }
  }
  return undefined;
}
