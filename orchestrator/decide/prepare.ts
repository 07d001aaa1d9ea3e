import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { canonicalJson } from '../../core/digest.ts';
import { type Arguments, Envelope, type Origin } from '../../core/envelope.ts';
import { type Exposure, joined } from '../../core/exposure.ts';
import { nodeFor } from '../../core/node-role.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { isFollowing } from '../../core/reach.ts';
import type { ExecutorContext } from '../execute/context.ts';
import type { Described } from '../execute/servers.ts';
import { amountFault } from './amount-check.ts';
import type { Judged } from './facts.ts';
import { judgeNow, policyThatHolds } from './held-policy.ts';
import { describeOwn, isOwn } from './policy-change.ts';
import { checkRouting, checkShown, redactArguments } from './redact.ts';

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
  /** The node whose word it is that this is wanted, where that is another. */
  readonly from_node?: string | undefined;
};

/**
 * Parses a proposal into an envelope: the server has prepared it (a dry run), the files it touches are hashed, policy
 * has judged it, and it lapses by itself.
 */
export async function prepareEnvelope(given: Proposal, context: ExecutorContext): Promise<Result<Envelope>> {
  const redacted = redactArguments(given.arguments);
  if (!redacted.ok) return redacted;
  const proposal = { ...given, arguments: redacted.value };
  const described = await describe(proposal, proposal.arguments, context);
  if (!described.ok) return described;
  const whole = checkRouting(proposal.arguments, described.value.reach.routing);
  if (!whole.ok) return whole;
  const { id, task, task_note, plan_note, note, server, tool, brain } = proposal;
  const { title, account, attachments, definition, reach } = described.value;
  const { source, role } = proposal;
  // What this executor read for the task counts as shown, whatever the planner says.
  const exposure = joined(proposal.exposure, context.ledger.book.exposureOf(task));
  const origins = originsOf(proposal);
  const judged = judgedBy({ ...proposal, origins, attachments, reach, exposure }, context);
  if (!judged.ok) return judged;
  const created = context.now();
  const lasts = context.config.approval_hours * 3_600_000;
  const holds = judged.value.zone === 'yellow' ? policyThatHolds(context.ledger.book).policy.hold_minutes * 60_000 : 0;
  return sealed({
    format: 1,
    ...{ id, task, task_note, plan_note, note, server, tool, definition, account, brain, attachments, title },
    ...{ reach, exposure, source, origins },
    ...(role === undefined ? {} : { role }),
    ...(proposal.from_node === undefined ? {} : { from_node: proposal.from_node }),
    arguments: proposal.arguments,
    ...judged.value,
    ...placeOf({ ...proposal, reach }, judged.value, context),
    ...(proposal.from_node === undefined ? {} : askedFor(proposal.from_node, judged.value, context)),
    vault: path.basename(context.state.root),
    created: created.toISOString(),
    expires: new Date(created.getTime() + holds + lasts).toISOString(),
    nonce: randomBytes(16).toString('hex'),
  });
}

/** The same action with values that a person changed: prepared, hashed and judged anew, everything else as it was. */
export async function prepareChanged(
  recorded: Envelope,
  values: Arguments,
  changed: readonly string[],
  context: ExecutorContext,
): Promise<Result<Envelope>> {
  if (isOwn(recorded)) return fail('denied', 'This shows what Policies.md says.', 'Change Policies.md itself.');
  const clean = checkShown(values);
  if (!clean.ok) return clean;
  const described = await describe(recorded, values, context);
  if (!described.ok) return described;
  const { title, account, attachments, definition } = described.value;
  const kept = Object.entries(recorded.origins).filter(([name]) => !changed.includes(name.replace(/\.\d+$/, '')));
  const origins = Object.fromEntries([...kept, ...changed.map(name => [name, { kind: 'person' } as const] as const)]);
  const judged = judgedBy({ ...recorded, arguments: values, origins, attachments }, context);
  if (!judged.ok) return judged;
  if (judged.value.signature !== undefined && recorded.signature === undefined)
    return fail('denied', 'With these values your policy wants a signature.', 'Leave the values as they were.');
  const { signature: _, ...unsigned } = recorded;
  return sealed({
    ...unsigned,
    ...(recorded.signature === undefined ? {} : { signature: recorded.signature }),
    ...judged.value,
    arguments: values,
    title,
    account,
    attachments,
    definition,
    origins,
  });
}

const describe = (
  { server, tool }: Pick<Proposal, 'server' | 'tool'>,
  values: Arguments,
  { servers }: ExecutorContext,
): Promise<Result<Described>> =>
  isOwn({ server }) ? Promise.resolve(describeOwn(tool, values)) : servers.dryRun(server, tool, values);

/** Where each value came from, and each element of a list where that is told. */
function originsOf({ arguments: values, origins }: Proposal): Record<string, Origin> {
  const elements = Object.entries(origins).filter(([name]) => {
    const [, list = '', index = ''] = /^(.+)\.(\d{1,4})$/.exec(name) ?? [];
    const value = values[list];
    return Array.isArray(value) && Number(index) < value.length;
  });
  const whole = Object.keys(values).map(name => [name, origins[name] ?? { kind: 'unknown' }] as const);
  return Object.fromEntries([...whole, ...elements]);
}

/** Which node does it. What another one does is always asked about there, whatever policy says here. */
function placeOf(
  { server, tool, reach }: Omit<Parameters<typeof nodeFor>[0], 'isAsked'>,
  { zone }: Pick<Envelope, 'zone'>,
  { config }: ExecutorContext,
): Pick<Envelope, 'node' | 'zone'> {
  // What follows is done where that was done which it follows from.
  if (isOwn({ server }) || isFollowing(reach)) return { node: config.node, zone };
  const node = nodeFor({ server, tool, reach, isAsked: zone === 'red' }, config);
  return { node, zone: node === config.node ? zone : 'red' };
}

/** The word of another node lowers no zone: whatever policy says, the person is asked, here, also where it is asked again. */
const askedFor = (
  from: string,
  { reasons = [] }: Pick<Envelope, 'reasons'>,
  { config }: ExecutorContext,
): Pick<Envelope, 'node' | 'zone' | 'reasons'> => ({
  ...{ node: config.node, zone: 'red' },
  reasons: [`It was prepared on “${from}”.`, ...reasons].slice(0, MOST_REASONS),
});

const LONGEST_REASON = 400;
const MOST_REASONS = 20;

/** What policy says of it, as the envelope tells it. What a person has to allow by its kind is red whatever it says. */
function judgedBy(
  judged: Judged,
  context: ExecutorContext,
): Result<Pick<Envelope, 'zone' | 'reasons' | 'signature' | 'policy'>> {
  const judgement = judgeNow(judged, context);
  if (judgement.kind === 'refused') return fail('denied', judgement.why);
  const fault = amountFault(judged.reach, judged.arguments);
  if (fault !== undefined) return fail('invalid', fault);
  if (isFollowing(judged.reach)) {
    const { sha256: policy } = policyThatHolds(context.ledger.book);
    return ok({
      zone: 'green',
      reasons: ['It only puts away, in your own account, what something that was done has made.'],
      policy,
    });
  }
  const told = isOwn(judged) ? ['It would let Steward do more without asking you.'] : judgement.reasons;
  const reasons = told.slice(0, MOST_REASONS).map(reason => reason.slice(0, LONGEST_REASON).toWellFormed());
  return ok({
    // Whoever wants a signature wants a person asked, whatever zone the rule names.
    zone: isOwn(judged) || judgement.signature ? 'red' : judgement.zone,
    reasons,
    ...(judgement.signature ? { signature: 'required' as const } : {}),
    policy: policyThatHolds(context.ledger.book).sha256,
  });
}

/** A canonical form must exist, so that the digest means the same everywhere. */
function sealed(envelope: unknown): Result<Envelope> {
  const parsed = Envelope.safeParse(envelope);
  if (!parsed.success)
    return fail('invalid', `The proposal does not hold together: ${parsed.error.issues[0]?.message}.`);
  const clean = checkShown(parsed.data);
  if (!clean.ok) return clean;
  try {
    canonicalJson(parsed.data);
    return ok(parsed.data);
  } catch {
    return fail('invalid', 'A value of the proposal holds broken text (half of a surrogate pair).');
  }
}
