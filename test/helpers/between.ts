import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { portOf } from './port.ts';

/** What came in, and its body. `true` where it was answered in place of the server behind. */
type Meddle = (asked: IncomingMessage, body: string, answer: ServerResponse) => boolean;

/** Stands between a client and a server of HTTP: sees what is asked, and can answer in its place. */
export class Between {
  readonly asked: { readonly method: string; readonly url: string; readonly body: string; readonly login: string }[] =
    [];
  meddle: Meddle = () => false;
  readonly #server: Server;

  private constructor(to: () => number) {
    this.#server = createServer(async (asked, answer) => {
      const { method = '', url = '', headers } = asked;
      const body = await text(asked);
      this.asked.push({ method, url, body, login: headers.authorization ?? '' });
      if (this.meddle(asked, body, answer)) return;
      const { host: _, connection: __, ...kept } = headers;
      const passed = request({ host: '127.0.0.1', port: to(), method, path: url, headers: kept }, response => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      passed.on('error', () => answer.destroy());
      passed.end(body);
    });
  }

  /** `to`: the port of the server behind, as it is at that moment. */
  static async start(to: () => number): Promise<Between> {
    const between = new Between(to);
    await new Promise<void>(resolve => between.#server.listen(0, '127.0.0.1', resolve));
    return between;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}
