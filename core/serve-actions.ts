import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { META, notSent, type Outcome, type Prepared, type Tool } from './action-server.ts';
import { canonicalJson, Json } from './digest.ts';
import { Arguments, Attachment, Envelope } from './envelope.ts';
import { Fault } from './fault.ts';
import { type GrantChecker, grantClock } from './grant.ts';
import { guarded, guardedDeep } from './guarded.ts';
import { messageOf, sentence } from './outcome.ts';
import { isPlainRead, REACH_META } from './reach.ts';
import { LONGEST_READ } from './reading.ts';

/** Milliseconds after which an effect counts as of unknown outcome. */
const LONGEST_EFFECT = 110_000;

const Result = z.object({
  outcome: z.enum(['prepared', 'confirmed', 'not_sent', 'unknown']),
  title: z.string().optional(),
  account: z.string().optional(),
  attachments: z.array(Attachment).optional(),
  receipt: z.record(z.string(), Json).optional(),
  undo: z.object({ action: z.string(), arguments: Arguments }).optional(),
  follow: z.object({ action: z.string(), arguments: Arguments }).optional(),
  retry: z.boolean().optional(),
  proof: z.string().optional(),
  fault: Fault.optional(),
  why: z.string().optional(),
});

/** What would take it back, what follows, and what is attached, counts only as it is. */
const APART: ReadonlySet<string> = new Set(['undo', 'follow', 'attachments']);

const answer = (told: z.infer<typeof Result>): CallToolResult => {
  const value = guardedDeep(told, 'an answer', APART);
  return { content: [{ type: 'text', text: JSON.stringify(value) }], structuredContent: value };
};
/** Nothing was done, and the caller is told why. */
const refuse = (why: string, retry = false): CallToolResult => {
  const text = guarded(why);
  return {
    content: [{ type: 'text', text }],
    structuredContent: { outcome: 'not_sent', retry, proof: text },
    isError: true,
  };
};

/** A reading tool answers with text alone; where it cannot, whether trying later may work. */
async function read(tool: Tool, raw: unknown): Promise<CallToolResult> {
  try {
    const found = await tool.read?.(raw, AbortSignal.timeout(LONGEST_READ));
    if (found?.ok === true) return { content: [{ type: 'text', text: guarded(found.value) }] };
    const failure = found?.failure ?? { kind: 'permanent', message: `“${tool.name}” cannot read.` };
    const retry = failure.kind === 'retryable';
    const told = failure.fault === undefined ? { retry } : { retry, fault: failure.fault };
    return { content: [{ type: 'text', text: guarded(failure.message) }], structuredContent: told, isError: true };
  } catch (error) {
    const text = guarded(messageOf(error));
    return { content: [{ type: 'text', text }], structuredContent: { retry: true }, isError: true };
  }
}

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
  if (meta[META.dryRun] === true) {
    const prepared = await tool.prepare(raw);
    return prepared.ok
      ? answer({ outcome: 'prepared', ...shortened(prepared.value.describe()) })
      : refuse(sentence(prepared.failure));
  }
  const asked = { server, tool: tool.name, arguments: raw, envelope: meta[META.envelope], grant: meta[META.grant] };
  const granted = grants.admit(asked, grantClock());
  if (!granted.ok) {
    const why = sentence(granted.failure);
    // Whoever runs this server hears of it, also where the one who called does not say so.
    process.stderr.write(`refused ${server}.${tool.name}: ${why}\n`);
    return refuse(why, granted.failure.kind === 'retryable');
  }
  const envelope = granted.value;
  // Only now, so that who has no grant makes nothing be read or fetched, and as near to the effect as can be.
  const prepared = await tool.prepare(raw);
  if (!prepared.ok) {
    return answer(notSent(prepared.failure));
  }
  const now = canonicalJson(prepared.value.describe().attachments);
  if (now !== canonicalJson(envelope.attachments)) {
    const proof = 'A file has changed since this was approved.';
    return answer({ outcome: 'not_sent', retry: false, proof, fault: 'data' });
  }
  try {
    const signal = AbortSignal.timeout(LONGEST_EFFECT);
    return answer(await prepared.value.perform({ envelope, key: envelope.id, signal }));
  } catch (error) {
    return answer({ outcome: 'unknown', why: messageOf(error) });
  }
}

/** An action server over MCP: plain reading and dry runs are open, an effect needs the executor’s grant for it. */
export function actionServerOverMcp(
  server: { readonly name: string; readonly title: string },
  tools: readonly Tool[],
  grants: GrantChecker,
): McpServer {
  const mcp = new McpServer({ name: server.name, title: server.title, version: '1.0.0' });
  for (const tool of tools) {
    const { name, title, description, input, annotations, reach } = tool;
    const _meta = { [REACH_META]: reach };
    if (isPlainRead(reach)) {
      const config = {
        title,
        description,
        inputSchema: input,
        annotations: { title, ...annotations, readOnlyHint: true },
      };
      mcp.registerTool(name, { ...config, _meta }, raw => read(tool, raw));
      continue;
    }
    const config = { title, description, inputSchema: input, outputSchema: Result, _meta };
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
