import { createServer, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { portOf } from '../helpers/port.ts';

/**
 * A double of the OpenAI chat completions as llama-server, Ollama and vLLM stream them
 * (https://platform.openai.com/docs/api-reference/chat-streaming): says what a test has scripted, keeps what it was sent.
 */
export type Reply =
  | { kind: 'calls'; calls: readonly { id?: string; name: string; json: string }[]; finish?: string }
  | { kind: 'text'; text: string; finish?: string }
  | { kind: 'error'; status: number; text: string }
  | { kind: 'error-event'; message: string }
  | { kind: 'cut'; text: string }
  | { kind: 'silence' }
  | { kind: 'garbage' };

const Sent = z.looseObject({
  model: z.string(),
  stream: z.literal(true),
  messages: z.array(
    z.looseObject({
      role: z.enum(['system', 'user', 'assistant', 'tool']),
      content: z.string(),
      tool_calls: z.array(z.looseObject({ id: z.string() })).optional(),
      tool_call_id: z.string().optional(),
    }),
  ),
  tools: z.array(z.looseObject({ type: z.literal('function') })).optional(),
  response_format: z.looseObject({ type: z.literal('json_schema') }).optional(),
});
export type Sent = z.infer<typeof Sent>;

export class OpenAiApi {
  readonly calls: Sent[] = [];
  readonly keys: (string | undefined)[] = [];
  readonly #replies: Reply[] = [];
  #always: Reply | undefined;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const sent = Sent.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      this.keys.push(request.headers.authorization);
      if (request.url !== '/v1/chat/completions' || !sent.success) return refuse(response, 400, String(sent.error));
      const ids = sent.data.messages.flatMap(({ tool_calls }) => (tool_calls ?? []).map(({ id }) => id));
      const given = sent.data.messages.flatMap(({ tool_call_id }) => tool_call_id ?? []);
      if (ids.join() !== given.join()) return refuse(response, 400, 'tool calls without their answers');
      this.calls.push(sent.data);
      answer(
        this.#replies.shift() ?? this.#always ?? { kind: 'error', status: 404, text: 'nothing is scripted' },
        response,
      );
    });
  });

  static async start(): Promise<OpenAiApi> {
    const api = new OpenAiApi();
    await new Promise<void>(resolve => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server)}/v1`;
  }

  will(...replies: readonly Reply[]): void {
    this.#replies.push(...replies);
  }

  always(reply: Reply): void {
    this.#always = reply;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}

function answer(reply: Reply, response: ServerResponse): void {
  if (reply.kind === 'error') {
    refuse(response, reply.status, reply.text);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (data: unknown): void => void response.write(`data: ${JSON.stringify(data)}\n\n`);
  const delta = (one: Record<string, unknown>, finish: string | null = null): void =>
    send({ model: 'tiny', choices: [{ index: 0, delta: one, finish_reason: finish }] });
  delta({ role: 'assistant', content: '' });
  if (reply.kind === 'silence') return;
  if (reply.kind === 'garbage') {
    response.end('data: {"choices": nonsense}\n\n');
    return;
  }
  if (reply.kind === 'error-event') {
    send({ error: { message: reply.message } });
    response.end();
    return;
  }
  if (reply.kind === 'calls') {
    for (const [index, { id, name, json }] of reply.calls.entries()) {
      delta({
        tool_calls: [
          { index, ...(id === undefined ? {} : { id }), type: 'function', function: { name, arguments: '' } },
        ],
      });
      for (const part of json.match(/[\s\S]{1,7}/g) ?? [])
        delta({ tool_calls: [{ index, function: { arguments: part } }] });
    }
  } else for (const part of reply.text.match(/[\s\S]{1,9}/g) ?? []) delta({ content: part });
  if (reply.kind === 'cut') {
    response.destroy();
    return;
  }
  delta({}, reply.finish ?? (reply.kind === 'calls' ? 'tool_calls' : 'stop'));
  send({ model: 'tiny', choices: [], usage: { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 } });
  response.end('data: [DONE]\n\n');
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message } }));
}
