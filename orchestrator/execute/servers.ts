import path from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { z } from 'zod';
import { Description, META, notSent, Outcome } from '../../core/action-server.ts';
import { childEnvironment } from '../../core/config.ts';
import { digestOf, Json } from '../../core/digest.ts';
import { modulesIn } from '../../core/discover.ts';
import { type Arguments, Attachment, type Envelope } from '../../core/envelope.ts';
import { Fault } from '../../core/fault.ts';
import type { Grant } from '../../core/grant.ts';
import type { Log } from '../../core/log.ts';
import { fail, messageOf, ok, type Result } from '../../core/outcome.ts';
import { isPlainRead, REACH_META, Reach, UNTOLD } from '../../core/reach.ts';
import { LONGEST_READ } from '../../core/reading.ts';

const CODE = path.resolve(import.meta.dirname, '..', '..', 'mcp-servers');
/** Speaks to servers. Loaded with the first one that is wanted: most starts want none, and nothing else takes as long. */
const mcp = () => import('./mcp-client.ts');
/** Milliseconds that a call may take before its outcome counts as unknown. */
const LONGEST_CALL = 120_000;

export type ServerSettings = {
  readonly vault: string;
  /** The server’s own folder in the state folder. */
  readonly state: string;
  readonly dropFolders: readonly string[];
  readonly settings: Json;
  readonly grantKey: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** Whether what it prepares is done on another node, so that it has no credentials. */
  readonly preparesOnly?: boolean;
};

/** One tool as its server defines it, with the hash that it is pinned by. */
export type Definition = {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly schema: Json;
  readonly reach: Reach;
  readonly hash: string;
};
type Running = {
  readonly client: Client;
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Kills it, waits until it is gone, and has the next call start a new one. */
  readonly kill: () => Promise<void>;
  /** Effects that it is at work on: one that hangs while it reads is not ended in their midst. */
  acting: number;
};

/** A dry run’s answer, with the definition of the tool that gave it. */
export type Described = Description & { readonly definition: string; readonly reach: Reach };

const Prepared = Description.extend({ attachments: z.array(Attachment) });
/** What a reading tool says where it cannot read. */
const Unread = z.object({ retry: z.boolean(), fault: Fault.exactOptional() });

/** Name → what Node is started with to serve it, for every action server there is. */
export const PROGRAMS: ReadonlyMap<string, readonly string[]> = new Map(
  [...modulesIn(CODE).keys()].map(name => [name, [path.join(CODE, 'main.ts'), name]]),
);

/** The action servers: children of the executor, started on first use, kept warm, started again when they die. */
export class ActionServers {
  readonly names: readonly string[];
  readonly #programs: ReadonlyMap<string, readonly string[]>;
  readonly #running = new Map<string, Promise<Running>>();
  /** Those that answer at once. */
  readonly #warm = new Set<string>();
  /** How often each was wanted. */
  readonly #used = new Map<string, number>();
  readonly #settingsFor: (server: string) => ServerSettings;
  readonly #pinned: (server: string, definitions: ReadonlyMap<string, Definition>) => Promise<Result<'same'>>;
  readonly #log: Log;
  readonly #longestCall: number;

  /** `pinned` compares what a server defines with what it defined before; a server that changed is not used. */
  constructor(
    settingsFor: (server: string) => ServerSettings,
    pinned: (server: string, definitions: ReadonlyMap<string, Definition>) => Promise<Result<'same'>>,
    log: Log,
    longestCall = LONGEST_CALL,
    programs = PROGRAMS,
  ) {
    this.names = [...programs.keys()];
    this.#programs = programs;
    this.#settingsFor = settingsFor;
    this.#pinned = pinned;
    this.#log = log;
    this.#longestCall = longestCall;
  }

  /** Whether a server stands ready, so that a call reaches it without its having to start. */
  isWarm(server: string): boolean {
    return this.#warm.has(server);
  }

  /** The tools of a server but `reconcile`, by name. */
  async definitions(server: string): Promise<Result<ReadonlyMap<string, Definition>>> {
    const running = await this.#use(server);
    return running.ok ? ok(running.value.definitions) : running;
  }

  /** The same, for who only wants to know: a server that nobody has used yet is ended again, and takes no memory. */
  async offered(server: string): Promise<Result<ReadonlyMap<string, Definition>>> {
    const wasUsed = this.#used.has(server);
    const found = await this.definitions(server);
    const running = this.#running.get(server);
    if (!wasUsed && this.#used.get(server) === 1 && running !== undefined) {
      this.#used.delete(server);
      this.#forget(server, running);
      await running.then(({ client }) => client.close()).catch(() => undefined);
    }
    return found;
  }

  /** Has a server prepare an action without doing it. */
  async dryRun(server: string, tool: string, args: Arguments): Promise<Result<Described>> {
    const running = await this.#use(server);
    if (!running.ok) return running;
    const definition = running.value.definitions.get(tool);
    if (definition === undefined || isPlainRead(definition.reach)) {
      return fail('invalid', `There is no action “${server}.${tool}” here.`);
    }
    const answer = await this.#call(running.value, tool, args, { [META.dryRun]: true });
    if (!answer.ok) return answer;
    const described = Prepared.safeParse(answer.value.structured);
    if (!described.success) return fail('invalid', answer.value.text);
    return ok({ ...described.data, definition: definition.hash, reach: definition.reach });
  }

  /** Has a server do what was approved; the grant is signed once the server stands ready. Whatever goes wrong after the call has left is an unknown outcome. */
  async perform(envelope: Envelope, grant: () => Grant): Promise<Outcome> {
    const running = await this.#use(envelope.server);
    if (!running.ok) return notSent(running.failure);
    const hash = running.value.definitions.get(envelope.tool)?.hash;
    if (hash !== envelope.definition) {
      return { outcome: 'not_sent', retry: false, proof: 'The tool has changed since this was approved.' };
    }
    const meta = { [META.envelope]: envelope, [META.grant]: grant() };
    running.value.acting += 1;
    const answer = await this.#call(running.value, envelope.tool, envelope.arguments, meta);
    running.value.acting -= 1;
    return answer.ok ? outcomeOf(answer.value) : { outcome: 'unknown', why: answer.failure.message };
  }

  /** Has a plain reading tool tell what it finds. One that can carry data out does not come this way. */
  async read(server: string, tool: string, args: Arguments): Promise<Result<string>> {
    const running = await this.#use(server);
    if (!running.ok) return running;
    const reach = running.value.definitions.get(tool)?.reach;
    if (reach === undefined || !isPlainRead(reach)) {
      return fail('denied', `“${server}.${tool}” is no tool that only reads.`);
    }
    const answer = await this.#call(running.value, tool, args, {}, LONGEST_READ + 5000);
    if (!answer.ok) return answer;
    if (!answer.value.isError) return ok(answer.value.text);
    const said = Unread.safeParse(answer.value.structured);
    const { retry = false, fault } = said.data ?? {};
    const failure = { kind: retry ? 'retryable' : 'permanent', message: answer.value.text } as const;
    return { ok: false, failure: fault === undefined ? failure : { ...failure, fault } };
  }

  /** Asks a server whether an effect happened. */
  async reconcile(envelope: Envelope): Promise<Outcome> {
    const running = await this.#use(envelope.server);
    if (!running.ok) return { outcome: 'unknown', why: running.failure.message };
    const answer = await this.#call(running.value, 'reconcile', { envelope }, {});
    return answer.ok ? outcomeOf(answer.value) : { outcome: 'unknown', why: answer.failure.message };
  }

  /** Ends a server, so that the next call has a new one: with the settings and secrets of then, and nothing leaked. */
  async restart(server: string): Promise<void> {
    const running = await this.#running.get(server)?.catch(() => undefined);
    await running?.kill();
  }

  async close(): Promise<void> {
    const running = [...this.#running.values()];
    this.#running.clear();
    this.#warm.clear();
    await Promise.all(running.map(one => one.then(({ client }) => client.close()).catch(() => undefined)));
  }

  async #use(server: string): Promise<Result<Running>> {
    if (!this.names.includes(server)) {
      return fail('invalid', `There is no action server “${server}”. Known: ${this.names.join(', ')}.`);
    }
    this.#used.set(server, (this.#used.get(server) ?? 0) + 1);
    const known = this.#running.get(server) ?? this.#begin(server);
    try {
      return ok(await known);
    } catch (error) {
      this.#forget(server, known);
      return fail('retryable', `The action server “${server}” does not start: ${messageOf(error)}.`);
    }
  }

  #begin(server: string): Promise<Running> {
    const begun = this.#start(server, () => this.#forget(server, begun));
    this.#running.set(server, begun);
    return begun;
  }

  /** One that ended makes room for the next, and never for one that was started after it. */
  #forget(server: string, ended: Promise<Running>): void {
    if (this.#running.get(server) !== ended) return;
    this.#running.delete(server);
    this.#warm.delete(server);
  }

  async #start(server: string, ended: () => void): Promise<Running> {
    const { Client, StdioClientTransport } = await mcp();
    const { secrets, ...settings } = this.#settingsFor(server);
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [...(this.#programs.get(server) ?? [])],
      env: { ...childEnvironment(secrets), STEWARD_SERVER: JSON.stringify(settings) },
      stderr: 'pipe',
    });
    transport.stderr?.on('data', (data: Buffer) =>
      this.#log.trouble(`server ${server}`, `${server}: ${String(data).trim()}`),
    );
    const client = new Client({ name: 'steward', version: '1.0.0' });
    client.onclose = ended;
    try {
      await client.connect(transport, { timeout: 20_000 });
      const definitions = await this.#ask(server, client);
      this.#log.clear(`server ${server}`);
      const kill = async () => {
        if (transport.pid !== null) process.kill(transport.pid, 'SIGKILL');
        await client.close().catch(() => undefined);
        ended();
      };
      this.#warm.add(server);
      return { client, definitions, kill, acting: 0 };
    } catch (error) {
      await client.close().catch(() => undefined);
      throw error;
    }
  }

  /** What a server defines, if it is what it was before. */
  async #ask(server: string, client: Client): Promise<ReadonlyMap<string, Definition>> {
    const { tools } = await client.listTools({}, { timeout: 20_000 });
    const definitions = tools
      .filter(tool => tool.name !== 'reconcile')
      .map(({ name, title, description, inputSchema, annotations, _meta }): Definition => {
        const schema = Json.parse(inputSchema);
        const told = Reach.safeParse(_meta?.[REACH_META]);
        const reach = told.success ? told.data : UNTOLD;
        const shown = { title: title ?? name, description: description ?? '' };
        return {
          name,
          ...shown,
          schema,
          reach,
          hash: digestOf(Json.parse({ name, ...shown, schema, annotations: annotations ?? {}, reach })),
        };
      });
    const byName = new Map(definitions.map(definition => [definition.name, definition]));
    const same = await this.#pinned(server, byName);
    if (!same.ok) throw new Error(same.failure.message);
    return byName;
  }

  async #call(
    running: Running,
    name: string,
    args: Record<string, unknown>,
    meta: Record<string, unknown>,
    longest?: number,
  ): Promise<Result<Answer>> {
    try {
      const timeout = Math.min(longest ?? this.#longestCall, this.#longestCall);
      const result = await running.client.callTool({ name, arguments: args, _meta: meta }, { timeout });
      const text = result.content.map(part => (part.type === 'text' ? part.text : '')).join('\n');
      return ok({ text, structured: result.structuredContent, isError: result.isError === true });
    } catch (error) {
      // One that hangs is ended before anything is asked of its successor, so that it cannot act late.
      const { SdkError, SdkErrorCode } = await mcp();
      if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
        if (longest === undefined || running.acting === 0) await running.kill();
      }
      return fail('retryable', `The action server gave no answer: ${messageOf(error)}.`);
    }
  }
}

type Answer = { readonly text: string; readonly structured: unknown; readonly isError: boolean };

function outcomeOf({ text, structured }: Answer): Outcome {
  const outcome = Outcome.safeParse(structured);
  return outcome.success ? outcome.data : { outcome: 'unknown', why: text.slice(0, 500) };
}
