import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { portOf } from '../helpers/port.ts';
import { commandsOf, headerOf, headOf, type ImapCommand, listOf, type Token, textOf } from './imap-syntax.ts';

type Step = 'greeting' | 'login' | 'list' | 'select' | 'search' | 'fetch' | 'append' | 'store' | 'move';

/** What goes wrong at one step: an answer in place of the usual one, and then an end. `keeps`: done all the same. */
export type ImapFault = {
  readonly at: Step;
  readonly reply?: string;
  readonly ends?: 'reset' | 'close' | 'hang';
  readonly keeps?: boolean;
};

export type Held = { readonly uid: number; readonly flags: Set<string>; readonly bytes: Buffer };
type Session = { readonly fault: ImapFault | undefined; isDeaf: boolean; selected: string };
type Folder = { readonly special: string; readonly held: Held[]; next: number };

const CAPABILITIES = 'IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2 UIDPLUS MOVE SPECIAL-USE NAMESPACE ID LITERAL+';

/**
 * A mailbox that speaks IMAP (RFC 3501 with UIDPLUS, MOVE and SPECIAL-USE) on a loopback port, counts every change that
 * it made in its own state, and misbehaves as it is told. It takes a message when the whole literal has come.
 */
export class FakeImap {
  readonly folders = new Map<string, Folder>();
  /** Every change that was made: `append Sent <id>`, `move INBOX Archive <id>`, `store INBOX \Seen <id>`. */
  readonly changes: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #login: string;
  /** OAuth2 access tokens that it takes. */
  readonly tokens = new Set<string>();
  connections = 0;
  fault: ImapFault | undefined;
  struck: () => void = () => undefined;

  private constructor(user: string, password: string) {
    this.#login = `\0${user}\0${password}`;
    for (const [name, special] of [
      ...([
        ['INBOX', ''],
        ['Sent', '\\Sent'],
        ['Drafts', '\\Drafts'],
        ['Archive', '\\Archive'],
      ] as const),
      ...([
        ['Trash', '\\Trash'],
        ['Junk', '\\Junk'],
        ['Invoices', ''],
      ] as const),
    ] as const)
      this.folders.set(name, { special, held: [], next: 1 });
    this.#server = createServer(socket => this.#serve(socket));
  }

  static async start(user: string, password: string): Promise<FakeImap> {
    const fake = new FakeImap(user, password);
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get port(): number {
    return portOf(this.#server);
  }

  /** Puts a message into a folder, as if it had come. */
  put(folder: string, message: string, flags: readonly string[] = []): void {
    this.#add(folder, Buffer.from(message.replace(/\r?\n/g, '\r\n')), flags);
  }

  messages(folder: string): readonly string[] {
    return (this.folders.get(folder)?.held ?? []).map(({ bytes }) => bytes.toString());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #add(name: string, bytes: Buffer, flags: readonly string[]): number {
    const folder = this.folders.get(name);
    if (folder === undefined) return 0;
    const uid = folder.next;
    folder.next += 1;
    folder.held.push({ uid, flags: new Set(flags), bytes });
    return uid;
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    // What goes wrong for a connection is settled when it begins.
    const session: Session = { fault: this.fault, isDeaf: false, selected: '' };
    const take = commandsOf(socket);
    socket.on('data', (data: Buffer) => {
      for (const command of take(data)) if (!session.isDeaf) this.#answer(command, socket, session);
    });
    const strikes = (at: Step, tag: string, effect: () => void): boolean =>
      this.#strikes(at, tag, effect, socket, session);
    if (!strikes('greeting', '*', () => undefined)) socket.write(`* OK [CAPABILITY ${CAPABILITIES}] fake\r\n`);
  }

  /** Whether what was scripted for this step happened in place of the usual. */
  #strikes(at: Step, tag: string, effect: () => void, socket: Socket, session: Session): boolean {
    const { fault } = session;
    if (fault?.at !== at) return false;
    if (fault.keeps === true) effect();
    if (fault.ends !== undefined) session.isDeaf = true;
    const end = (): void => {
      if (fault.ends === 'reset') socket.resetAndDestroy();
      else if (fault.ends === 'close') socket.end();
    };
    if (fault.reply === undefined) end();
    else socket.write(`${tag} ${fault.reply}\r\n`, end);
    this.struck();
    return true;
  }

  #answer({ tag, name, args }: ImapCommand, socket: Socket, session: Session): void {
    const say = (text: string): boolean => socket.write(Buffer.from(`${text}\r\n`, 'latin1'));
    const done = (at: Step | undefined, effect: () => string): void => {
      if (at !== undefined && this.#strikes(at, tag, effect, socket, session)) return;
      say(`${tag} OK ${effect()}`);
    };
    const first = textOf(args[0]);
    switch (name) {
      case 'CAPABILITY':
        say(`* CAPABILITY ${CAPABILITIES}`);
        done(undefined, () => 'done');
        return;
      case 'NAMESPACE':
        say('* NAMESPACE (("" "/")) NIL NIL');
        done(undefined, () => 'done');
        return;
      case 'LOGIN':
      case 'AUTHENTICATE': {
        const given =
          name === 'LOGIN' ? `\0${first}\0${textOf(args[1])}` : Buffer.from(textOf(args[1]), 'base64').toString();
        const token = /\x01auth=Bearer ([^\x01]+)\x01/.exec(given)?.[1];
        if (given === this.#login || this.tokens.has(token ?? ''))
          done('login', () => `[CAPABILITY ${CAPABILITIES}] welcome`);
        else say(`${tag} NO [AUTHENTICATIONFAILED] wrong`);
        return;
      }
      case 'LIST':
        for (const [path, { special }] of this.folders) say(`* LIST (\\HasNoChildren ${special}) "/" "${path}"`);
        done('list', () => 'done');
        return;
      case 'LSUB':
        for (const path of this.folders.keys()) say(`* LSUB () "/" "${path}"`);
        done(undefined, () => 'done');
        return;
      case 'SELECT':
      case 'EXAMINE': {
        const folder = this.folders.get(first);
        if (folder === undefined) {
          say(`${tag} NO [NONEXISTENT] no such folder`);
          return;
        }
        session.selected = first;
        say(`* ${folder.held.length} EXISTS\r\n* FLAGS (\\Seen \\Answered \\Flagged \\Draft \\Deleted)`);
        say(
          `* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Draft \\*)] ok\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT ${folder.next}] ok`,
        );
        done('select', () => `[READ-${name === 'SELECT' ? 'WRITE' : 'ONLY'}] done`);
        return;
      }
      case 'UID SEARCH': {
        const found = this.#held(session.selected).filter(one => fits(one, args));
        say(`* SEARCH ${found.map(({ uid }) => uid).join(' ')}`);
        done('search', () => 'done');
        return;
      }
      case 'UID FETCH':
        for (const held of this.#of(session.selected, first))
          socket.write(this.#fetched(session.selected, held, listOf(args[1])));
        done('fetch', () => 'done');
        return;
      case 'UID STORE':
        done('store', () => this.#store(session.selected, first, textOf(args[1]), listOf(args[2]).map(textOf)));
        return;
      case 'UID MOVE':
        done('move', () => this.#move(session.selected, first, textOf(args[1])));
        return;
      case 'APPEND':
        done('append', () => this.#append(first, args));
        return;
      case 'LOGOUT':
        socket.end('* BYE\r\n');
        return;
      default:
        done(undefined, () => 'done');
        return;
    }
  }

  #held(folder: string): readonly Held[] {
    return this.folders.get(folder)?.held ?? [];
  }

  #of(folder: string, set: string): readonly Held[] {
    const ranges = set.split(',').map(part => part.split(':').map(Number));
    return this.#held(folder).filter(({ uid }) => ranges.some(([low = 0, high = low]) => uid >= low && uid <= high));
  }

  #fetched(folder: string, held: Held, items: readonly Token[]): Buffer {
    const head = headOf(held.bytes);
    const parts: (string | Buffer)[] = [
      `UID ${held.uid} FLAGS (${[...held.flags].join(' ')}) RFC822.SIZE ${held.bytes.length}`,
    ];
    parts.push(' INTERNALDATE "03-Nov-2026 10:00:00 +0000"');
    const wanted = items.map(textOf).join(' ').toUpperCase();
    if (wanted.includes('ENVELOPE')) parts.push(` ENVELOPE ${envelopeOf(head)}`);
    if (wanted.includes('BODY.PEEK[]')) parts.push(` BODY[] {${held.bytes.length}}\r\n`, held.bytes);
    if (wanted.includes('HEADER')) parts.push(` BODY[HEADER] {${head.length}}\r\n`, Buffer.from(head, 'latin1'));
    const seq = this.#held(folder).indexOf(held) + 1;
    return Buffer.concat([`* ${seq} FETCH (`, ...parts, ')\r\n'].map(part => Buffer.from(part)));
  }

  #store(folder: string, set: string, how: string, flags: readonly string[]): string {
    for (const held of this.#of(folder, set)) {
      for (const flag of flags) how.startsWith('-') ? held.flags.delete(flag) : held.flags.add(flag);
      this.changes.push(
        `store ${folder} ${how.slice(0, 1)}${flags.join(' ')} ${headerOf(headOf(held.bytes), 'message-id')}`,
      );
    }
    return 'stored';
  }

  #move(folder: string, set: string, to: string): string {
    const from = this.folders.get(folder);
    for (const held of this.#of(folder, set)) {
      from?.held.splice(from.held.indexOf(held), 1);
      this.#add(to, held.bytes, [...held.flags]);
      this.changes.push(`move ${folder} ${to} ${headerOf(headOf(held.bytes), 'message-id')}`);
    }
    return 'moved';
  }

  #append(folder: string, args: readonly Token[]): string {
    const bytes = args.at(-1);
    if (!Buffer.isBuffer(bytes)) return 'nothing';
    const uid = this.#add(folder, bytes, listOf(args[1]).map(textOf));
    this.changes.push(`append ${folder} ${headerOf(headOf(bytes), 'message-id')}`);
    return `[APPENDUID 7 ${uid}] appended`;
  }
}

/** Whether a message fits the few criteria that are known here. */
function fits({ bytes, flags }: Held, criteria: readonly Token[]): boolean {
  const head = headOf(bytes);
  const words = criteria.map(textOf);
  for (let at = 0; at < words.length; at += 1) {
    const [key = '', next = '', value = ''] = words.slice(at);
    const holds = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());
    if (key.toUpperCase() === 'HEADER') {
      if (!holds(headerOf(head, next), value)) return false;
      at += 2;
    } else if (['FROM', 'TO', 'SUBJECT'].includes(key.toUpperCase())) {
      if (!holds(headerOf(head, key), next)) return false;
      at += 1;
    } else if (key.toUpperCase() === 'UNSEEN' && flags.has('\\Seen')) return false;
  }
  return true;
}

/** ENVELOPE of RFC 3501 for plain headers with bare addresses. */
function envelopeOf(head: string): string {
  const quoted = (text: string): string => (text === '' ? 'NIL' : `"${text.replace(/["\\]/g, '\\$&')}"`);
  const people = (name: string): string => {
    const addresses = headerOf(head, name).match(/[^\s<>,"]+@[^\s<>,"]+/g) ?? [];
    if (addresses.length === 0) return 'NIL';
    return `(${addresses.map(one => `(NIL NIL ${one.split('@').map(quoted).join(' ')})`).join('')})`;
  };
  const [from, to, cc] = [people('from'), people('to'), people('cc')];
  const text = (name: string): string => quoted(headerOf(head, name));
  return `(${text('date')} ${text('subject')} ${from} ${from} ${from} ${to} ${cc} NIL ${text('in-reply-to')} ${text('message-id')})`;
}
