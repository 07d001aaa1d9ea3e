import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import path from 'node:path';
import { portOf } from '../helpers/port.ts';
import { TempFolder } from '../helpers/temp.ts';

/** What goes wrong: before or after it was taken, with which answer, and how it ends. */
export type ClickFault = {
  readonly status?: number;
  readonly location?: string;
  readonly ends?: 'break' | 'hang';
  readonly keeps?: boolean;
};

/**
 * A list that is left by one click (RFC 8058) over TLS on a loopback port, under a certificate for localhost that nobody
 * has signed. It counts who left in its own state, and every other request by its method.
 */
export class FakeList {
  readonly #folder = new TempFolder();
  readonly #server: Server;
  /** The certificate, for who is to trust it. */
  readonly certificate: string;
  readonly certificateFile: string;
  left = 0;
  readonly asked: string[] = [];
  fault: ClickFault | undefined;
  struck: () => void = () => undefined;

  private constructor() {
    const [key, cert] = [path.join(this.#folder.path, 'key.pem'), path.join(this.#folder.path, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const made = spawnSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert]);
    if (made.status !== 0) throw new Error(String(made.stderr));
    this.certificate = readFileSync(cert, 'utf8');
    this.certificateFile = cert;
    this.#server = createServer({ key: readFileSync(key), cert: this.certificate }, (request, response) => {
      let body = '';
      request.on('data', (data: Buffer) => {
        body += String(data);
      });
      request.on('end', () => this.#answer(`${request.method} ${request.url} ${body}`, response));
      request.on('error', () => undefined);
    });
    this.#server.on('tlsClientError', () => undefined);
  }

  /** `endsAlone`: it keeps no process from ending, and goes with it. */
  static async start({ endsAlone = false } = {}): Promise<FakeList> {
    const fake = new FakeList();
    if (endsAlone) {
      fake.#server.unref();
      process.once('exit', () => fake.#folder[Symbol.dispose]());
    }
    fake.#server.listen(0, '127.0.0.1');
    await once(fake.#server, 'listening');
    return fake;
  }

  get url(): string {
    return `https://localhost:${portOf(this.#server)}/leave?who=me`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#folder[Symbol.dispose]();
  }

  #answer(asked: string, response: ServerResponse): void {
    this.asked.push(asked);
    const isRight = asked === 'POST /leave?who=me List-Unsubscribe=One-Click';
    const { fault } = this;
    if (isRight && (fault === undefined || fault.keeps === true)) this.left += 1;
    if (fault?.ends === 'break') response.socket?.destroy();
    else if (fault?.ends === undefined) {
      const location = fault?.location === undefined ? {} : { location: fault.location };
      response.writeHead(fault?.status ?? (isRight ? 200 : 400), location).end();
    }
    if (fault !== undefined) this.struck();
  }
}
