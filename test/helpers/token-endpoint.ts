import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { portOf } from './port.ts';

/** What a token endpoint knows of one client and one person. */
type Registered = {
  readonly client: string;
  /** The client’s own; empty where it has none. */
  readonly secret: string;
  /** The refresh token that counts; each use gives another in its place. */
  refresh: string;
  /** The refresh token that is given with so many access tokens. */
  readonly next: (given: number) => string;
};

const USUAL = {
  ...{ client: 'steward-at-home', secret: 'client secret 1', refresh: 'refresh-1-of-alice' },
  next: (given: number) => `refresh-${given + 1}-of-alice`,
};

/** The token endpoint of RFC 6749 (sections 3.2, 5 and 6); a client that has a secret sends it in the body. */
export class TokenEndpoint {
  readonly registered: Registered;
  readonly #server: Server;
  /** How many access tokens were given out. */
  given = 0;

  private constructor(gave: (access: string) => void, registered: Registered) {
    this.registered = registered;
    this.#server = createServer(async (request, response) => {
      const form = new URLSearchParams(await text(request));
      const answer = (status: number, body: object): void => {
        response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
        response.end(JSON.stringify(body));
      };
      const isForm = /^application\/x-www-form-urlencoded/.test(request.headers['content-type'] ?? '');
      const { client, secret, refresh, next } = this.registered;
      if (request.method !== 'POST' || request.url !== '/token') response.writeHead(404).end('<html>Not here</html>');
      else if (!isForm) answer(400, { error: 'invalid_request' });
      else if (form.get('client_id') !== client || (form.get('client_secret') ?? '') !== secret)
        answer(401, { error: 'invalid_client' });
      else if (form.get('grant_type') !== 'refresh_token') answer(400, { error: 'unsupported_grant_type' });
      else if (form.get('refresh_token') !== refresh) answer(400, { error: 'invalid_grant' });
      else {
        this.given += 1;
        this.registered.refresh = next(this.given);
        const access = `access-${this.given}`;
        gave(access);
        answer(200, {
          ...{ access_token: access, token_type: 'Bearer', expires_in: 3600 },
          refresh_token: this.registered.refresh,
        });
      }
    });
  }

  /** `gave`: told of each access token that was given out. */
  static async start(gave: (access: string) => void, registered: Registered = { ...USUAL }): Promise<TokenEndpoint> {
    const endpoint = new TokenEndpoint(gave, registered);
    await once(endpoint.#server.listen(0, '127.0.0.1'), 'listening');
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}/token`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}
