import { defineServer, type ServerContext, type Tool } from '../../core/action-server.ts';
import { ok, type Result } from '../../core/outcome.ts';
import { draftTool } from './draft-tool.ts';
import { type Login, loginOf } from './login.ts';
import { type Access, greetMailbox } from './mailbox.ts';
import { markTools } from './mark-tools.ts';
import { moveTools } from './move-tools.ts';
import { postOf } from './outgoing.ts';
import { searchTool } from './search-tool.ts';
import { forwardTool, replyTool, sendTool } from './send-tools.ts';
import { fileSentTool } from './sent.ts';
import { type Account, Settings, toLook, toSend } from './settings.ts';
import { greet } from './smtp.ts';
import { unsubscribeTool } from './unsubscribe-tool.ts';

function loginTo(account: Account, context: ServerContext): { login: Login; access: Access | undefined } {
  const login = loginOf(account, context);
  const { imap } = account;
  return { login, access: imap && { account, imap, credentials: toLook(account, context.secrets), login } };
}

/** Without an account mail is only drafted; with one it is sent; with its mailbox it is also found and put in order. */
function tools(account: Account | null, context: ServerContext): readonly Tool[] {
  if (account === null) return [draftTool(null, context, undefined)];
  const { login, access } = loginTo(account, context);
  const post = postOf(account, context, access, login);
  const outgoing = [draftTool(account, context, access), sendTool(post, context), replyTool(post, context)];
  if (access === undefined) return outgoing;
  return [
    ...outgoing,
    ...[forwardTool(post, access, context), fileSentTool(access, context.state)],
    ...[searchTool(access), ...moveTools(access), ...markTools(access), unsubscribeTool(access)],
  ];
}

/** Whether mail could be sent, and the mailbox be looked into; both are told where there are both. */
async function ping(
  account: Account | null,
  context: ServerContext,
  signal: AbortSignal,
): Promise<Result<string> | undefined> {
  if (account === null) return undefined;
  const { login, access } = loginTo(account, context);
  const settled = await login.settle(toSend(account, context.secrets));
  if (!settled.ok) return settled;
  const [out, box] = await Promise.all([
    greet({ account, credentials: settled.value, signal }),
    access === undefined ? undefined : greetMailbox(access, signal),
  ]);
  if (box === undefined || !out.ok) return out;
  return box.ok ? ok(`${out.value}; ${box.value}`) : box;
}

export default defineServer({ ...{ name: 'email', title: 'Mail', settings: Settings, tools }, ping });
