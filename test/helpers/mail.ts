import assert from 'node:assert/strict';
import path from 'node:path';
import type { Outcome, Tool } from '../../core/action-server.ts';
import type { Json } from '../../core/digest.ts';
import type { Arguments } from '../../core/envelope.ts';
import type { Vault } from '../../core/vault.ts';
import email from '../../mcp-servers/email/index.ts';
import { envelopeFor } from './envelopes.ts';

export const PASSWORD = 'correct horse battery';
export const MAIL = { to: ['anna@example.test'], subject: 'The Q3 numbers', text: 'Hello Anna,\n\nhere they are.\n' };

/** What the mail server offers with these settings. */
export function toolsOf(
  vault: Vault,
  settings: Json,
  secrets: Record<string, string> = {},
  state = path.join(vault.root, '.state'),
): readonly Tool[] {
  const offered = email.offer(settings, { vault, state, dropFolders: [], secrets, now: () => new Date() });
  assert.ok(offered.ok, JSON.stringify(offered));
  return offered.value;
}

export function toolNamed(tools: readonly Tool[], name: string): Tool {
  const found = tools.find(tool => tool.name === name);
  assert.ok(found, `there is no ${name}`);
  return found;
}

/** An account on a loopback port. */
export const accountAt = (port: number, more: Record<string, Json> = {}): Json => ({
  ...{ from: 'me@example.test', name: 'Me Myself', host: '127.0.0.1', port, security: 'none' },
  ...more,
});

/** Has a tool do one action, as the executor would. */
export async function perform(tool: Tool, args: Arguments, signal = AbortSignal.timeout(60_000)): Promise<Outcome> {
  const prepared = await tool.prepare(args);
  assert.ok(prepared.ok, JSON.stringify(prepared));
  const envelope = envelopeFor('email', tool.name, args, prepared.value.describe().attachments);
  return prepared.value.perform({ envelope, key: envelope.id, signal });
}
