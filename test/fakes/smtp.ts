import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export type Step = 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt' | 'data' | 'body' | 'dot';

/** What goes wrong at one step: an answer in place of the usual one (none where it is empty), and then an end. */
export type Fault = {
  readonly at: Step;
  readonly reply?: string;
  readonly ends?: 'reset' | 'close' | 'hang';
  /** At the dot: whether the message was taken all the same. */
  readonly keeps?: boolean;
  /** At RCPT: only for this address. */
  readonly only?: string;
};

export type Delivered = { readonly from: string; readonly to: readonly string[]; readonly message: string };

export type FakeSmtpOptions = {
  readonly user?: string;
  readonly password?: string;
  readonly pipelining?: boolean;
};

/**
 * A far end that speaks SMTP (RFC 5321) without encryption on a loopback port, counts what it delivered in its own
 * state, and misbehaves as it is told. It takes a message when the final dot has come, never before.
 */
export class FakeSmtp {
  readonly delivered: Delivered[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #options: FakeSmtpOptions;
  connections = 0;
  fault: Fault | undefined;
  /** Called when the fault strikes: from then on a far end that hangs says nothing. */
  struck: () => void = () => undefined;
  /** Called with what was delivered, when it is: a provider that files it does so then. */
  took: (delivered: Delivered) => void = () => undefined;

  private constructor(options: FakeSmtpOptions) {
    this.#options = options;
    this.#server = createServer(socket => this.#serve(socket));
  }

  static async start(options: FakeSmtpOptions = {}): Promise<FakeSmtp> {
    const fake = new FakeSmtp(options);
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Ends it: afterwards the port refuses connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #take(one: Delivered): void {
    this.delivered.push(one);
    this.took(one);
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const session = new Session(socket, this.fault, this.#options, one => this.#take(one), this.struck);
    socket.on('data', (data: Buffer) => session.take(data.toString('latin1')));
    session.say('greeting', '220 fake ESMTP');
  }
}

/** One connection. */
class Session {
  readonly #socket: Socket;
  readonly #fault: Fault | undefined;
  readonly #options: FakeSmtpOptions;
  readonly #keep: (delivered: Delivered) => void;
  readonly #struck: () => void;
  #input = '';
  #parts: string[] = [];
  #isInBody = false;
  #isDeaf = false;
  #from = '';
  #to: string[] = [];

  constructor(
    socket: Socket,
    fault: Fault | undefined,
    options: FakeSmtpOptions,
    keep: (delivered: Delivered) => void,
    struck: () => void,
  ) {
    this.#socket = socket;
    this.#fault = fault;
    this.#options = options;
    this.#keep = keep;
    this.#struck = struck;
  }

  /** Answers a step, or does what was scripted for it. True where the usual answer was given. */
  say(step: Step, usual: string, address?: string): boolean {
    const fault = this.#fault;
    const strikes = fault?.at === step && (fault.only === undefined || fault.only === address);
    if (!strikes) {
      if (usual !== '') this.#socket.write(`${usual}\r\n`);
      return true;
    }
    const { reply, ends } = fault;
    const end = (): void => {
      if (ends === 'reset') this.#socket.resetAndDestroy();
      else if (ends === 'close') this.#socket.end();
    };
    if (ends !== undefined) this.#isDeaf = true;
    if (reply === undefined || reply === '') end();
    else this.#socket.write(`${reply}\r\n`, end);
    this.#struck();
    return false;
  }

  take(text: string): void {
    if (this.#isDeaf) return;
    this.#input += text;
    for (;;) {
      if (this.#isInBody) {
        if (!this.#body()) return;
      } else {
        const at = this.#input.indexOf('\r\n');
        if (at === -1) return;
        const line = this.#input.slice(0, at);
        this.#input = this.#input.slice(at + 2);
        this.#command(line);
      }
      if (this.#isDeaf) return;
    }
  }

  /** Takes the message if its end has come; a long one is looked at piece by piece. */
  #body(): boolean {
    if (!this.say('body', '')) return false;
    const seam = this.#parts.at(-1)?.slice(-4) ?? '\r\n';
    const at = `${seam}${this.#input}`.indexOf('\r\n.\r\n');
    if (at === -1) {
      // So that a seam is never shorter than it has to be, the last bit waits for what follows.
      if (this.#input.length >= 4) {
        this.#parts.push(this.#input);
        this.#input = '';
      }
      return false;
    }
    const end = at + 5 - seam.length;
    const whole = this.#parts.join('') + this.#input.slice(0, end);
    const message = whole.slice(0, -3).replace(/^\.\./gm, '.');
    this.#input = this.#input.slice(end);
    this.#parts = [];
    this.#isInBody = false;
    const isClean = this.#fault?.at !== 'dot';
    if (isClean || this.#fault?.keeps === true) this.#keep({ from: this.#from, to: this.#to, message });
    this.say('dot', '250 2.0.0 queued as 4711');
    return true;
  }

  #command(line: string): void {
    const verb = line.slice(0, 4).toUpperCase();
    const address = /<([^>]*)>/.exec(line)?.[1] ?? '';
    const { user, password, pipelining } = this.#options;
    switch (verb) {
      case 'EHLO': {
        const extensions = [...(pipelining ? ['PIPELINING'] : []), ...(user === undefined ? [] : ['AUTH PLAIN'])];
        this.say(
          'ehlo',
          ['fake', ...extensions, 'SIZE'].map((e, i, all) => `250${i < all.length - 1 ? '-' : ' '}${e}`).join('\r\n'),
        );
        return;
      }
      case 'STAR':
        this.say('starttls', '502 5.5.1 not here');
        return;
      case 'AUTH': {
        const wanted = Buffer.from(`\0${user}\0${password}`).toString('base64');
        this.say('auth', line.endsWith(` ${wanted}`) ? '235 2.7.0 welcome' : '535 5.7.8 wrong password');
        return;
      }
      case 'MAIL':
        if (this.say('mail', '250 2.1.0 ok')) this.#from = address;
        return;
      case 'RCPT':
        if (this.say('rcpt', '250 2.1.5 ok', address)) this.#to.push(address);
        return;
      case 'DATA':
        if (this.#from === '' || this.#to.length === 0) this.#socket.write('503 5.5.1 nobody to send to\r\n');
        else this.#isInBody = this.say('data', '354 go on');
        return;
      case 'QUIT':
        this.#socket.end('221 bye\r\n');
        return;
      default:
        this.#socket.write('500 5.5.2 what\r\n');
    }
  }
}
