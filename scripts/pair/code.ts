import { z } from 'zod';
import { sha256 } from '../../core/digest.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { NodeName, Role, SyncSettings } from '../../core/sync-settings.ts';

const Key = z.string().max(1000);
const VaultId = z.string().regex(/^[0-9a-f]{16}$/);
const HostKeys = z.array(z.strictObject({ type: z.string().max(60), blob: z.string().max(2000) })).max(10);

/** What the person carries to the second node: nothing in it is secret. */
export const Invitation = z.strictObject({
  v: z.literal(1),
  vault: VaultId,
  remote: SyncSettings.shape.remote,
  host_keys: HostKeys,
  from: z.strictObject({ node: NodeName, role: Role, key: Key }),
  /** What the second node is to be called, and what it is for. */
  as: z.strictObject({ node: NodeName, role: Role }),
});
export type Invitation = z.infer<typeof Invitation>;

/** What the person carries back. */
export const Reply = z.strictObject({ v: z.literal(1), vault: VaultId, node: NodeName, role: Role, key: Key });
export type Reply = z.infer<typeof Reply>;

const PREFIX = { invitation: 'steward-invite-', reply: 'steward-reply-' } as const;
const SUM = 8;

/** One word that can be copied whole, with a sum that tells whether it was. */
export function codeOf(kind: keyof typeof PREFIX, value: Invitation | Reply): string {
  const body = Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${PREFIX[kind]}${body}${sha256(body).slice(0, SUM)}`;
}

export const readInvitation = (code: string): Result<Invitation> => read('invitation', Invitation, code);
export const readReply = (code: string): Result<Reply> => read('reply', Reply, code);

function read<T>(kind: keyof typeof PREFIX, schema: z.ZodType<T>, code: string): Result<T> {
  // Terminals and mail programs break long words into lines.
  const whole = code.replaceAll(/\s+/g, '');
  const other = kind === 'invitation' ? 'reply' : 'invitation';
  if (whole.startsWith(PREFIX[other])) {
    const where = kind === 'invitation' ? 'steward pair accept' : 'steward pair join';
    return fail('invalid', `This is the code for the other node.`, `There:  ${where} CODE`);
  }
  const body = whole.slice(PREFIX[kind].length, -SUM);
  if (!whole.startsWith(PREFIX[kind]) || sha256(body).slice(0, SUM) !== whole.slice(-SUM)) {
    const mend = `It is one word that begins with ${PREFIX[kind]}: copy all of it.`;
    return fail('invalid', 'The code is not whole.', mend);
  }
  try {
    const parsed = schema.safeParse(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
    if (parsed.success) return ok(parsed.data);
  } catch {
    // Told below.
  }
  return fail('invalid', 'The code is of another version of Steward.', 'Bring both nodes to the same version.');
}
