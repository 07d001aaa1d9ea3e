import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as after } from 'node:timers/promises';
import { z } from 'zod';
import { portOf } from '../helpers/port.ts';

/**
 * A double of the Messages API as it streams (https://platform.claude.com/docs/en/build-with-claude/streaming): it
 * says what a test has scripted, checks what every call must have, and keeps what it was sent.
 */
export type Block =
  | { type: 'text'; text: string }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'tool_use'; id: string; name: string; input: unknown };

export type Reply =
  | { kind: 'message'; blocks: readonly Block[]; stop?: string; usage?: Record<string, number> }
  | { kind: 'error'; status: number; type: string; message: string; headers?: Record<string, string> }
  /** Sent within the stream, after the message has begun. */
  | { kind: 'error-event'; type: string; message: string }
  /** The connection ends in the middle of the message. */
  | { kind: 'cut'; blocks: readonly Block[] }
  /** The stream begins and then nothing comes any more. */
  | { kind: 'silence' }
  | { kind: 'garbage' };

const Sent = z.looseObject({
  model: z.string(),
  max_tokens: z.int(),
  stream: z.literal(true),
  system: z.array(z.looseObject({ text: z.string() })),
  tools: z.array(
    z.looseObject({
      name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
      input_schema: z.looseObject({ type: z.literal('object') }),
    }),
  ),
  messages: z.array(
    z.looseObject({ role: z.enum(['user', 'assistant']), content: z.array(z.looseObject({ type: z.string() })) }),
  ),
});
export type Sent = z.infer<typeof Sent>;

export class ClaudeApi {
  readonly calls: Sent[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  readonly #replies: Reply[] = [];
  readonly #server: Server;
  #always: Reply | undefined;
  #answers: ((sent: Sent) => Reply) | undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async start(): Promise<ClaudeApi> {
    const api = new ClaudeApi();
    await new Promise<void>(resolve => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}`;
  }

  /** What the next calls are answered with, in this order. */
  will(...replies: readonly Reply[]): void {
    this.#replies.push(...replies);
  }

  always(reply: Reply): void {
    this.#always = reply;
  }

  /** What a call is answered with follows from the call itself, however often it is made. */
  answers(reply: (sent: Sent) => Reply): void {
    this.#answers = reply;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    this.headers.push(request.headers);
    const sent = Sent.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    const wrong =
      request.url !== '/v1/messages' ? 'not_found_error' : sent.success ? faultIn(sent.data) : sent.error.message;
    if (!sent.success || wrong !== undefined) return refuse(response, 400, 'invalid_request_error', wrong ?? '');
    this.calls.push(sent.data);
    const reply = this.#replies.shift() ?? this.#answers?.(sent.data) ?? this.#always;
    if (reply === undefined) return refuse(response, 404, 'not_found_error', 'nothing is scripted');
    if (reply.kind === 'error') return refuse(response, reply.status, reply.type, reply.message, reply.headers);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const event = (type: string, data: Record<string, unknown>): void =>
      void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    const usage = { input_tokens: 100, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 1 };
    const told = reply.kind === 'message' ? { ...usage, ...reply.usage } : usage;
    const head = { id: 'msg_1', type: 'message', role: 'assistant', model: sent.data.model, content: [] };
    event('message_start', { message: { ...head, stop_reason: null, stop_sequence: null, usage: told } });
    event('ping', {});
    if (reply.kind === 'silence') return;
    if (reply.kind === 'garbage') return void response.end('event: content_block_start\ndata: {"type":"content_bl\n\n');
    if (reply.kind === 'error-event') {
      event('error', { error: { type: reply.type, message: reply.message } });
      return void response.end();
    }
    for (const [index, block] of reply.blocks.entries()) {
      for (const [type, data] of eventsOf(block)) event(type, { index, ...data });
      await after(1);
    }
    if (reply.kind === 'cut') return void response.destroy();
    event('message_delta', {
      delta: { stop_reason: reply.stop ?? 'tool_use', stop_sequence: null },
      usage: { output_tokens: told.output_tokens },
    });
    event('message_stop', {});
    response.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}

function eventsOf(block: Block): [string, Record<string, unknown>][] {
  switch (block.type) {
    case 'text':
      return [
        ['content_block_start', { content_block: { type: 'text', text: '' } }],
        ['content_block_delta', { delta: { type: 'text_delta', text: block.text } }],
        ['content_block_stop', {}],
      ];
    case 'thinking':
      return [
        ['content_block_start', { content_block: { type: 'thinking', thinking: '', signature: '' } }],
        ['content_block_delta', { delta: { type: 'thinking_delta', thinking: block.thinking } }],
        ['content_block_delta', { delta: { type: 'signature_delta', signature: block.signature } }],
        ['content_block_stop', {}],
      ];
    case 'tool_use': {
      const json = JSON.stringify(block.input) ?? '';
      const half = Math.floor(json.length / 2);
      return [
        ['content_block_start', { content_block: { type: 'tool_use', id: block.id, name: block.name, input: {} } }],
        ['content_block_delta', { delta: { type: 'input_json_delta', partial_json: json.slice(0, half) } }],
        ['content_block_delta', { delta: { type: 'input_json_delta', partial_json: json.slice(half) } }],
        ['content_block_stop', {}],
      ];
    }
  }
}

/** What the real API refuses: calls without their results, two turns of one role, more than four cache marks. */
function faultIn({ messages, system, tools }: Sent): string | undefined {
  for (const [at, { role, content }] of messages.entries()) {
    if (role !== (at % 2 === 0 ? 'user' : 'assistant')) return `messages.${at}: roles must alternate`;
    if (content.length === 0) return `messages.${at}: content is empty`;
    if (content.some(block => block.type === 'text' && block.text === ''))
      return `messages.${at}: text must be non-empty`;
    const ids = content.flatMap(block => (block.type === 'tool_use' ? [block.id] : []));
    const given = (messages[at + 1]?.content ?? []).flatMap(block =>
      block.type === 'tool_result' ? [block.tool_use_id] : [],
    );
    if (ids.some(id => !given.includes(id)))
      return `messages.${at}: tool_use ids were found without tool_result blocks`;
  }
  const marks = [...system, ...tools, ...messages.flatMap(({ content }) => content)].filter(
    one => 'cache_control' in one,
  );
  return marks.length > 4 ? 'A maximum of 4 blocks with cache_control may be provided' : undefined;
}

function refuse(
  response: ServerResponse,
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ type: 'error', error: { type, message } }));
}
