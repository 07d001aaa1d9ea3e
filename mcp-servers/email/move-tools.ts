import { type Approved, defineTool, notSent, type Outcome, type Tool } from '../../core/action-server.ts';
import { ok, type Result } from '../../core/outcome.ts';
import { ArchiveArguments, MoveArguments } from './arguments.ts';
import { titleOf } from './find.ts';
import { type Access, failed, inMailbox, type Mailbox, withId } from './mailbox.ts';
import { lookedInVain } from './sent.ts';

const MOVES = { destructiveHint: false, idempotentHint: true, openWorldHint: true } as const;

/** Folders that no mail is moved into, with why. Who is in Sent counts as somebody the person wrote to. */
const CLOSED: Readonly<Record<string, string>> = {
  '\\Sent': 'only what was sent belongs there',
  '\\Drafts': 'only drafts belong there',
  '\\Trash': 'what lies there is deleted, and Steward deletes no mail',
};

type Move = {
  readonly messageId: string;
  readonly from: string;
  /** Undefined where the mailbox is asked for its archive. */
  readonly folder: string | undefined;
};

/** The folder that is meant, as the mailbox writes it. */
function targetOf({ folders, client, host }: Mailbox, { folder }: Move): Result<string> {
  const special =
    folders.find(one => one.specialUse === '\\Archive') ?? folders.find(one => one.specialUse === '\\All');
  const wanted = folder === undefined ? special : folders.find(({ path }) => path === folder);
  if (wanted === undefined && folder === undefined) {
    return failed(
      'logic',
      `${host} shows no folder for an archive.`,
      'Name it: servers.email.imap.folders.archive in config.yaml.',
    );
  }
  if (wanted === undefined || wanted.flags.has('\\Noselect')) {
    const some = folders
      .map(({ path }) => path)
      .slice(0, 20)
      .join(', ');
    return failed('logic', `There is no folder “${folder}” in the mailbox. There are: ${some}.`);
  }
  const why = CLOSED[wanted.specialUse ?? ''];
  if (why !== undefined) return failed('logic', `No mail is moved to ${wanted.path}: ${why}.`);
  const others = [client.namespaces?.other, client.namespaces?.shared].flatMap(spaces =>
    Array.isArray(spaces) ? spaces : [],
  );
  if (others.some(({ prefix }) => prefix !== '' && wanted.path.startsWith(prefix)))
    return failed('logic', `No mail is moved to ${wanted.path}: others see what lies there.`);
  return ok(wanted.path);
}

async function perform(move: Move, access: Access, { signal }: Approved): Promise<Outcome> {
  const done = await inMailbox(access, signal, async (mailbox): Promise<Result<Outcome>> => {
    const { client, host } = mailbox;
    const target = targetOf(mailbox, move);
    if (!target.ok) return target;
    const folder = target.value;
    const receipt = { message_id: move.messageId, from: move.from, folder };
    const uids = await withId(mailbox, move.from, move.messageId, false);
    if (uids.length === 0) {
      const there = await withId(mailbox, folder, move.messageId);
      if (there.length > 0) return ok({ outcome: 'confirmed', receipt });
      return failed('data', `No mail with the Message-ID ${move.messageId} is in ${move.from}.`);
    }
    if (folder === move.from) return ok({ outcome: 'confirmed', receipt });
    // Without either, removing it from where it was could remove other mail too (RFC 4315).
    if (!client.capabilities.has('MOVE') && !client.capabilities.has('UIDPLUS'))
      return failed('logic', `${host} cannot move a single mail.`);
    const undo = { action: 'email.move', arguments: { message_id: move.messageId, in: folder, folder: move.from } };
    if (await client.messageMove(uids.join(','), folder, { uid: true }))
      return ok({ outcome: 'confirmed', receipt, undo });
    if (client.usable) return failed('transient', `${host} did not move the mail.`);
    return ok({ outcome: 'unknown', why: `The connection to ${host} broke while a mail was moved.` });
  });
  return done.ok ? done.value : notSent(done.failure);
}

async function reconcile(move: Move, access: Access): Promise<Outcome> {
  const found = await inMailbox(access, AbortSignal.timeout(30_000), async (mailbox): Promise<Result<Outcome>> => {
    const target = targetOf(mailbox, move);
    if (!target.ok) return target;
    const folder = target.value;
    const [left, there] = [
      await withId(mailbox, move.from, move.messageId),
      await withId(mailbox, folder, move.messageId),
    ];
    if (left.length === 0 && there.length > 0)
      return ok({ outcome: 'confirmed', receipt: { message_id: move.messageId, from: move.from, folder } });
    return ok({ outcome: 'not_sent', retry: true, proof: `The mail is not in ${folder}, or still in ${move.from}.` });
  });
  if (found.ok) return found.value;
  return found.failure.kind === 'retryable' ? lookedInVain(found.failure.message) : notSent(found.failure);
}

/** Puts mail in order in the account’s own mailbox: nothing is deleted, and nobody else sees it. */
export function moveTools(access: Access): readonly Tool[] {
  const archived = ({ message_id }: { message_id: string }): Move => ({
    messageId: message_id,
    from: 'INBOX',
    folder: undefined,
  });
  const moved = ({
    message_id,
    folder,
    in: from = 'INBOX',
  }: {
    message_id: string;
    folder: string;
    in?: string | undefined;
  }): Move => ({
    ...{ messageId: message_id, from, folder },
  });
  /** That the folder can be meant shows before anybody is asked. */
  const prepare = async (what: string, move: Move): ReturnType<Tool['prepare']> => {
    const title = await titleOf(access, move.messageId, mailbox => targetOf(mailbox, move));
    if (!title.ok) return title;
    return ok({
      describe: () => ({ title: `${what} ${title.value}`, account: access.account.from, attachments: [] }),
      perform: approved => perform(move, access, approved),
    });
  };
  return [
    defineTool({
      name: 'archive',
      title: 'Archive a mail',
      description: 'Moves a mail from the inbox into the archive of the mailbox.',
      input: ArchiveArguments,
      annotations: MOVES,
      reach: { does: 'move', egress: false, routing: [] },
      prepare: args => prepare('Archive', archived(args)),
      reconcile: args => reconcile(archived(args), access),
    }),
    defineTool({
      name: 'move',
      title: 'Move a mail',
      description: 'Moves a mail from one folder of the mailbox into another one that is there.',
      input: MoveArguments,
      annotations: MOVES,
      reach: { does: 'move', egress: false, routing: ['folder'] },
      prepare: args => prepare(`Move to ${args.folder}:`, moved(args)),
      reconcile: args => reconcile(moved(args), access),
    }),
  ];
}
