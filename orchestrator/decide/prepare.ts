import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { canonicalJson, sha256 } from '../../core/digest.ts';
import { type Arguments, Envelope, type Origin } from '../../core/envelope.ts';
import type { Exposure } from '../../core/exposure.ts';
import { fail, messageOf, ok, type Result } from '../../core/outcome.ts';
import { FILES } from '../../core/states.ts';
import type { ExecutorContext } from '../execute/context.ts';

export type Proposal = {
  readonly id: string;
  readonly task: string;
  readonly task_note: string;
  readonly plan_note: string;
  readonly note: string;
  readonly server: string;
  readonly tool: string;
  readonly arguments: Arguments;
  readonly origins: Readonly<Record<string, Origin>>;
  readonly brain: string;
  readonly exposure: Exposure;
  readonly source: string;
  readonly role?: string | undefined;
};

/**
 * Parses a proposal into an envelope: the server has prepared it (a dry run), the files it touches are hashed, and it
 * lapses by itself. Every action is red: it is asked for.
 */
export async function prepareEnvelope(proposal: Proposal, context: ExecutorContext): Promise<Result<Envelope>> {
  const described = await context.servers.dryRun(proposal.server, proposal.tool, proposal.arguments);
  if (!described.ok) return described;
  const created = context.now();
  const { id, task, task_note, plan_note, note, server, tool, brain } = proposal;
  const { title, account, attachments, definition, reach } = described.value;
  const { exposure, source, role } = proposal;
  return sealed({
    format: 1,
    ...{ id, task, task_note, plan_note, note, server, tool, definition, account, brain, attachments, title },
    ...{ reach, exposure, source },
    ...(role === undefined ? {} : { role }),
    arguments: proposal.arguments,
    origins: Object.fromEntries(
      Object.keys(proposal.arguments).map(name => [name, proposal.origins[name] ?? { kind: 'unknown' }]),
    ),
    zone: 'red',
    policy: policyVersion(context),
    node: context.config.node,
    vault: path.basename(context.state.root),
    created: created.toISOString(),
    expires: new Date(created.getTime() + context.config.approval_hours * 3_600_000).toISOString(),
    nonce: randomBytes(16).toString('hex'),
  });
}

/** The same action with values that a person changed: prepared and hashed anew, everything else as it was. */
export async function prepareChanged(
  recorded: Envelope,
  values: Arguments,
  changed: readonly string[],
  context: ExecutorContext,
): Promise<Result<Envelope>> {
  const described = await context.servers.dryRun(recorded.server, recorded.tool, values);
  if (!described.ok) return described;
  const { title, account, attachments, definition } = described.value;
  const origins = { ...recorded.origins, ...Object.fromEntries(changed.map(name => [name, { kind: 'person' }])) };
  return sealed({
    ...recorded,
    arguments: values,
    title,
    account,
    attachments,
    definition,
    origins,
    policy: policyVersion(context),
  });
}

/** A canonical form must exist, so that the digest means the same everywhere. */
function sealed(envelope: unknown): Result<Envelope> {
  const parsed = Envelope.safeParse(envelope);
  if (!parsed.success)
    return fail('invalid', `The proposal does not hold together: ${parsed.error.issues[0]?.message}.`);
  try {
    canonicalJson(parsed.data);
    return ok(parsed.data);
  } catch {
    return fail('invalid', 'A value of the proposal holds broken text (half of a surrogate pair).');
  }
}

function policyVersion(context: ExecutorContext): string {
  try {
    const policies = context.vault.read(FILES.policies);
    return policies.ok ? policies.value.sha256 : sha256('');
  } catch (error) {
    return sha256(messageOf(error));
  }
}
