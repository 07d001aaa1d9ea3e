import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Description, META, Outcome } from '../../core/action-server.ts';
import { childEnvironment } from '../../core/config.ts';
import { sha256 } from '../../core/digest.ts';
import type { Arguments, Envelope } from '../../core/envelope.ts';
import { type Grant, grantClock, publicHalf, signGrant } from '../../core/grant.ts';
import { messageOf } from '../../core/outcome.ts';
import { FILES, ODD_PATHS, type Sample } from '../contracts/action-samples.ts';
import { envelopeFor } from './envelopes.ts';
import { TempFolder } from './temp.ts';
import { REPOSITORY } from './tree.ts';

export type Told = { readonly outcome: Outcome | undefined; readonly text: string };

/** An action server as the executor runs it: `mcp-servers/main.ts NAME` over a vault of its own. */
export class RunningServer {
  readonly folder = new TempFolder();
  readonly vault = path.join(this.folder.path, 'vault');
  readonly #state = new TempFolder();
  readonly key: KeyObject = generateKeyPairSync('ed25519').privateKey;
  readonly name: string;
  readonly started = grantClock();
  readonly effects: () => number;
  readonly settings: string;
  /** What it said on standard error, line by line. */
  readonly complaints: string[] = [];
  readonly #client = new Client({ name: 'test', version: '1.0.0' });
  readonly #close: () => Promise<void>;

  private constructor(name: string, { settings, effects, kept, close }: Awaited<ReturnType<Sample['open']>>) {
    this.name = name;
    this.effects = effects;
    this.#close = close;
    fillVault(this.vault, this.folder.path);
    for (const [file, text] of Object.entries(kept ?? {})) {
      mkdirSync(path.dirname(path.join(this.#state.path, file)), { recursive: true });
      writeFileSync(path.join(this.#state.path, file), text);
    }
    const grantKey = publicHalf(this.key);
    this.settings = JSON.stringify({
      ...{ vault: this.vault, state: this.#state.path, dropFolders: [] },
      ...{ settings, grantKey },
    });
  }

  static async start(name: string, sample: Sample): Promise<RunningServer> {
    const far = await sample.open();
    const server = new RunningServer(name, far);
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [path.join(REPOSITORY, 'mcp-servers', 'main.ts'), name],
      env: { ...childEnvironment(far.secrets), STEWARD_SERVER: server.settings },
      stderr: 'pipe',
    });
    let said = '';
    transport.stderr?.on('data', (data: Buffer) => {
      said += String(data);
      const lines = said.split('\n');
      said = lines.pop() ?? '';
      server.complaints.push(...lines);
    });
    await server.#client.connect(transport, { timeout: 60_000 });
    return server;
  }

  tools(): ReturnType<Client['listTools']> {
    return this.#client.listTools();
  }

  /** A call as any client may make it. */
  async call(tool: string, args: Record<string, unknown>, meta: Record<string, unknown> = {}): Promise<Told> {
    try {
      const result = await this.#client.callTool({ name: tool, arguments: args, _meta: meta });
      const text = result.content.map(part => (part.type === 'text' ? part.text : '')).join('\n');
      return { outcome: Outcome.safeParse(result.structuredContent).data, text };
    } catch (error) {
      return { outcome: undefined, text: messageOf(error) };
    }
  }

  /** What a dry run describes; undefined where it is refused. */
  async describe(tool: string, args: Arguments): Promise<Description | undefined> {
    const { text } = await this.call(tool, args, { [META.dryRun]: true });
    try {
      return Description.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined;
    }
  }

  async envelope(tool: string, args: Arguments): Promise<Envelope> {
    const described = await this.describe(tool, args);
    return envelopeFor(this.name, tool, args, described?.attachments ?? []);
  }

  grant(envelope: Envelope, now = grantClock()): Grant {
    return signGrant(this.key, envelope, 1, now);
  }

  perform(envelope: Envelope, grant: unknown = this.grant(envelope)): Promise<Told> {
    return this.call(envelope.tool, envelope.arguments, { [META.envelope]: envelope, [META.grant]: grant });
  }

  /** Every file in and around the vault, with the digest of what it holds. */
  snapshot(): ReadonlyMap<string, string> {
    const entries = readdirSync(this.folder.path, { recursive: true, withFileTypes: true, encoding: 'utf8' });
    return new Map(
      entries
        .filter(entry => entry.isFile())
        .map(entry => path.join(entry.parentPath, entry.name))
        .sort()
        .map(file => [path.relative(this.folder.path, file), sha256(readFileSync(file))]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
    await this.#close();
    this.folder[Symbol.dispose]();
    this.#state[Symbol.dispose]();
  }
}

/** A vault from the template, with something to lose at every odd path that can be made. */
function fillVault(vault: string, around: string): void {
  cpSync(path.join(REPOSITORY, 'vault-template'), vault, { recursive: true });
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'a' });
  };
  for (const [file, text] of Object.entries(FILES)) put(path.join(vault, file), text);
  put(path.join(around, 'outside.md'), 'outside\n');
  put(path.join(around, 'away', 'x.md'), 'away\n');
  symlinkSync(path.join(around, 'away'), path.join(vault, 'link'));
  symlinkSync(path.join(vault, 'Approved'), path.join(vault, 'Documents', 'link'));
  for (const odd of ODD_PATHS) {
    const canBeMade = odd.includes('.md') && !odd.startsWith('/') && !/(^|\/)(\.\.|link)(\/|$)|\0|a{200}/.test(odd);
    if (canBeMade) put(path.join(vault, odd), `held at ${odd}\n`);
  }
}
