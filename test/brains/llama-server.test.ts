import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import type { Brain } from '../../core/brain.ts';
import local from '../../orchestrator/brains/local/index.ts';
import { requestOf } from '../helpers/requests.ts';
import { brainOf } from '../helpers/rulebook.ts';
import { TempFolder } from '../helpers/temp.ts';
import { writeTinyModel } from '../helpers/tiny-model.ts';

/** In the long run only: llama.cpp’s own server (Debian: llama.cpp-tools, from trixie-backports or sid on), with a model of chance. */
const LONG = process.env.STEWARD_TEST_LONG === '1';
const has = LONG && spawnSync('sh', ['-c', 'command -v llama-server']).status === 0;
const KEY = 'lk-real-1';

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>(resolve => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise(resolve => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : assert.fail('no port');
}

class LlamaServer implements AsyncDisposable {
  readonly #folder = new TempFolder();
  readonly #child;
  readonly url: string;
  output = '';

  private constructor(port: number) {
    const model = path.join(this.#folder.path, 'tiny.gguf');
    writeTinyModel(model);
    const options = [
      '--host',
      '127.0.0.1',
      '--port',
      `${port}`,
      '--api-key',
      KEY,
      '-c',
      '16384',
      '-np',
      '1',
      '--jinja',
    ];
    this.#child = spawn('llama-server', ['-m', model, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (data: Buffer) => {
        this.output += String(data);
      });
    this.url = `http://127.0.0.1:${port}/v1`;
  }

  static async start(): Promise<LlamaServer> {
    const server = new LlamaServer(await freePort());
    const end = performance.now() + 120_000;
    for (;;) {
      const health = await fetch(server.url.replace('/v1', '/health')).catch(() => undefined);
      if (health?.ok === true) return server;
      if (performance.now() > end || server.#child.exitCode !== null)
        throw new Error(`llama-server does not start: ${server.output.slice(-2000)}`);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }

  brain(settings: Record<string, string | number>, key = KEY): Brain {
    return brainOf(local, {
      settings: { url: this.url, max_tokens: 400, patience: 120, context_tokens: 16_384, ...settings },
      secrets: { STEWARD_LOCAL_KEY: key },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      const ended = new Promise(resolve => this.#child.once('exit', resolve));
      this.#child.kill('SIGKILL');
      await ended;
    }
    this.#folder[Symbol.dispose]();
  }
}

if (LONG) {
  test('llama-server with a model of chance gives turns of the contract’s form, by tools and by a JSON schema, and says what it took', {
    skip: !has && 'llama-server is not installed',
  }, async () => {
    await using server = await LlamaServer.start();
    const request = requestOf();
    const signal = AbortSignal.timeout(300_000);
    const json = await server.brain({ calls: 'json' }).next(request, signal);
    assert.ok(json.ok, JSON.stringify(json));
    assert.ok(json.turn.usage.input_tokens > 100 && json.turn.usage.output_tokens > 0, JSON.stringify(json.turn.usage));
    const offered = new Set(request.tools.map(({ name }) => name));
    for (const { tool } of json.turn.calls) assert.ok(offered.has(tool), tool);
    if (json.turn.stop !== 'cut') assert.ok(json.turn.calls.length > 0, 'its grammar lets nothing but calls through');
    const tools = await server.brain({ calls: 'tools' }).next(request, signal);
    // Noise may be no call at all: then it is words, or a failure of the server’s own grammar.
    if (tools.ok) assert.ok(tools.turn.usage.output_tokens > 0);
    else assert.equal(tools.failure.kind, 'retryable', JSON.stringify(tools.failure));
  });

  test('llama-server refuses a wrong key, ends a call that is given up, and a conversation that is too long is told as that', {
    skip: !has && 'llama-server is not installed',
  }, async () => {
    await using server = await LlamaServer.start();
    const wrong = await server.brain({}, 'no').next(requestOf(), AbortSignal.timeout(60_000));
    assert.match(JSON.stringify(wrong), /does not accept the key/);
    const given = AbortSignal.timeout(300);
    const ended = await server.brain({ max_tokens: 16_000 }).next(requestOf(), given);
    assert.equal(ended.ok, false);
    const long = requestOf({ handbook: 'Never pay anybody. '.repeat(6000) });
    const answer = await server.brain({}).next(long, AbortSignal.timeout(60_000));
    assert.deepEqual(!answer.ok && [answer.failure.kind, answer.failure.retryAfterSeconds], ['retryable', 0]);
  });
}
