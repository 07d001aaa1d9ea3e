/**
 * The far end of every suite, as an action server over MCP on standard input and output: `double.ts SERVER`. Reading
 * tools answer from the trace of the pair that is on stage, effects do nothing, and every call is written down in this
 * process with the time on stage. Grants are checked by the code that serves Steward’s own servers.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';
import { defineReader, defineTool, type Tool as ServedTool } from '../../core/action-server.ts';
import { canonicalJson } from '../../core/digest.ts';
import type { Arguments } from '../../core/envelope.ts';
import { GrantChecker, grantClock } from '../../core/grant.ts';
import { ok } from '../../core/outcome.ts';
import { actionServerOverMcp } from '../../core/serve-actions.ts';
import { CALLS, CLOCK, doesOf, SCENE, Scene, type Seen } from './far-end.ts';
import { Tool } from './folder.ts';

const Settings = z.looseObject({
  settings: z.object({ folder: z.string() }),
  grantKey: z.string(),
});

const server = process.argv[2] ?? '';
const { settings, grantKey } = Settings.parse(JSON.parse(process.env.STEWARD_SERVER ?? '{}'));
const at = (name: string): string => path.join(settings.folder, name);

function writeDown(tool: Tool, args: Arguments, id: string): void {
  const seen: Seen = { at: Number(readFileSync(at(CLOCK), 'utf8')), server, tool: tool.name, args, id };
  appendFileSync(at(CALLS), `${JSON.stringify(seen)}\n`);
}

function answerOf(tool: Tool, args: Arguments): string {
  const { trace } = Scene.parse(JSON.parse(readFileSync(at(SCENE), 'utf8')));
  const same = trace.filter(call => call.function === tool.name);
  return (same.find(call => canonicalJson(call.args) === canonicalJson(args)) ?? same[0])?.content ?? '';
}

function served(tool: Tool): ServedTool {
  const input = z.fromJSONSchema(tool.inputSchema);
  if (!(input instanceof z.ZodObject)) throw new Error(`${tool.name} takes no object`);
  const { name, egress, routing, amount } = tool;
  const told = { name, title: name.replaceAll('_', ' '), description: `The tool ${name} of ${tool.suite}.`, input };
  const [sum] = amount;
  const reach = { does: doesOf(tool), egress, routing: [...routing], ...(sum === undefined ? {} : { amount: sum }) };
  const describe = (args: unknown): string => `${told.title} ${JSON.stringify(args)}`.slice(0, 250).toWellFormed();
  if (tool.kind === 'read') {
    const reader = defineReader({
      ...{ ...told, reach, describe },
      read: async args => {
        const given = ArgumentsIn.parse(args);
        if (!egress) writeDown(tool, given, '');
        return ok(answerOf(tool, given));
      },
    });
    return egress ? counted(reader, tool) : reader;
  }
  return defineTool({
    ...{ ...told, reach },
    annotations: { destructiveHint: true, idempotentHint: false, openWorldHint: true },
    prepare: async args =>
      ok({
        describe: () => ({ title: describe(args), account: '', attachments: [] }),
        perform: async ({ envelope, key }) => {
          writeDown(tool, ArgumentsIn.parse(args), envelope.id);
          return { outcome: 'confirmed', receipt: { key } };
        },
      }),
    reconcile: () => Promise.resolve({ outcome: 'unknown', why: 'The double keeps no record by key.' }),
  });
}

/** A reading that goes out counts like an effect, under the id of its envelope. */
const counted = (reader: ServedTool, tool: Tool): ServedTool => ({
  ...reader,
  prepare: async raw => {
    const prepared = await reader.prepare(raw);
    if (!prepared.ok) return prepared;
    const { describe, perform } = prepared.value;
    return ok({
      describe,
      perform: async approved => {
        writeDown(tool, ArgumentsIn.parse(raw), approved.envelope.id);
        return perform(approved);
      },
    });
  },
});

const ArgumentsIn = z.record(z.string(), z.json());
const tools = z
  .array(Tool)
  .parse(JSON.parse(readFileSync(at(`${server}.tools.json`), 'utf8')))
  .map(served);
const grants = new GrantChecker(grantKey, grantClock());
serveStdio(() => actionServerOverMcp({ name: server, title: server }, tools, grants));
