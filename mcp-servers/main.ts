/**
 * Serves one action server over MCP on standard input and output: `main.ts NAME`. Started by the executor on first
 * use. Reading and dry runs are open; an effect needs the executor’s grant for exactly that envelope.
 */
import path from 'node:path';
import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import {
  type ActionServer,
  isActionServer,
  META,
  type Outcome,
  type Prepared,
  type ServerContext,
  type Tool,
} from '../core/action-server.ts';
import { readEnvironment, secretsFor } from '../core/config.ts';
import { canonicalJson, Json } from '../core/digest.ts';
import { discover } from '../core/discover.ts';
import { Arguments, Attachment, Envelope } from '../core/envelope.ts';
import { GrantChecker, grantClock } from '../core/grant.ts';
import { messageOf, sentence } from '../core/outcome.ts';
import { REACH_META } from '../core/reach.ts';
import { Vault } from '../core/vault.ts';

/** What the executor hands over in `STEWARD_SERVER`, as JSON. */
const Settings = z.strictObject({
  vault: z.string(),
  dropFolders: z.array(z.string()),
  settings: Json,
  grantKey: z.string(),
});

/** Milliseconds after which an effect counts as of unknown outcome. */
const LONGEST_EFFECT = 110_000;

const Result = z.object({
  outcome: z.enum(['prepared', 'confirmed', 'not_sent', 'unknown']),
  title: z.string().optional(),
  account: z.string().optional(),
  attachments: z.array(Attachment).optional(),
  receipt: z.record(z.string(), Json).optional(),
  undo: z.object({ action: z.string(), arguments: Arguments }).optional(),
  retry: z.boolean().optional(),
  proof: z.string().optional(),
  why: z.string().optional(),
});

const answer = (value: z.infer<typeof Result>): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(value) }],
  structuredContent: value,
});
/** Nothing was done, and the caller is told why. */
const refuse = (text: string, retry = false): CallToolResult => ({
  content: [{ type: 'text', text }],
  structuredContent: { outcome: 'not_sent', retry, proof: text },
  isError: true,
});

/** A title is one line of at most 300 characters: where long names are in it, its middle is left out. */
function shortened(described: ReturnType<Prepared['describe']>): ReturnType<Prepared['describe']> {
  const { title } = described;
  return title.length <= 300
    ? described
    : { ...described, title: `${title.slice(0, 148)} … ${title.slice(-148)}`.toWellFormed() };
}

async function call(
  server: string,
  tool: Tool,
  raw: unknown,
  meta: Record<string, unknown>,
  grants: GrantChecker,
): Promise<CallToolResult> {
  const prepared = await tool.prepare(raw);
  if (meta[META.dryRun] === true) {
    return prepared.ok
      ? answer({ outcome: 'prepared', ...shortened(prepared.value.describe()) })
      : refuse(sentence(prepared.failure));
  }
  const envelope = Envelope.safeParse(meta[META.envelope]);
  if (!envelope.success) return refuse('Effects need an approved envelope and the executor’s grant. Dry runs do not.');
  const granted = grants.accept(meta[META.grant], envelope.data, grantClock());
  if (!granted.ok) return refuse(sentence(granted.failure), granted.failure.kind === 'retryable');
  const same = canonicalJson(Json.parse(raw)) === canonicalJson(envelope.data.arguments);
  if (!same || envelope.data.tool !== tool.name || envelope.data.server !== server) {
    return refuse('The grant is for other arguments or another tool.');
  }
  if (!prepared.ok) {
    const { kind } = prepared.failure;
    return answer({ outcome: 'not_sent', retry: kind === 'retryable', proof: sentence(prepared.failure) });
  }
  const now = canonicalJson(prepared.value.describe().attachments);
  if (now !== canonicalJson(envelope.data.attachments)) {
    return answer({ outcome: 'not_sent', retry: false, proof: 'A file has changed since this was approved.' });
  }
  try {
    const signal = AbortSignal.timeout(LONGEST_EFFECT);
    return answer(await prepared.value.perform({ envelope: envelope.data, key: envelope.data.id, signal }));
  } catch (error) {
    return answer({ outcome: 'unknown', why: messageOf(error) });
  }
}

function serve(server: ActionServer, tools: readonly Tool[], grants: GrantChecker): McpServer {
  const mcp = new McpServer({ name: server.name, title: server.title, version: '1.0.0' });
  for (const tool of tools) {
    const { name, title, description, input, annotations, reach } = tool;
    const config = { title, description, inputSchema: input, outputSchema: Result, _meta: { [REACH_META]: reach } };
    mcp.registerTool(name, { ...config, annotations: { title, readOnlyHint: false, ...annotations } }, (raw, extra) =>
      call(server.name, tool, raw, { ...extra.mcpReq._meta }, grants),
    );
  }
  mcp.registerTool(
    'reconcile',
    {
      title: 'Say whether an effect happened',
      description:
        'Given an approved envelope, looks at the far end and says whether its effect happened. Changes nothing.',
      inputSchema: z.strictObject({ envelope: Envelope }),
      outputSchema: Result,
      annotations: { title: 'Say whether an effect happened', readOnlyHint: true, openWorldHint: false },
    },
    async ({ envelope }) => {
      const tool = tools.find(known => known.name === envelope.tool);
      if (tool === undefined) return refuse(`There is no tool “${envelope.tool}” here.`);
      const outcome: Outcome = await tool.reconcile(envelope, envelope.id);
      return answer(outcome);
    },
  );
  return mcp;
}

const name = process.argv[2] ?? '';
try {
  const servers = await discover(path.join(import.meta.dirname), value => (isActionServer(value) ? value : undefined));
  const server = servers.get(name);
  if (server === undefined)
    throw new Error(`There is no action server “${name}”. Known: ${[...servers.keys()].join(', ')}.`);
  const given = Settings.parse(JSON.parse(process.env.STEWARD_SERVER ?? '{}'));
  const context: ServerContext = {
    vault: new Vault(given.vault, 'server'),
    dropFolders: given.dropFolders,
    secrets: secretsFor(name, readEnvironment().secrets),
    now: () => new Date(),
  };
  const tools = server.offer(given.settings, context);
  if (!tools.ok) throw new Error(sentence(tools.failure));
  const grants = new GrantChecker(given.grantKey, grantClock());
  serveStdio(() => serve(server, tools.value, grants));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
