import { z } from 'zod';
import { digestOf, Sha256, sha256 } from '../../core/digest.ts';
import type { Arguments } from '../../core/envelope.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { FILES } from '../../core/states.ts';
import type { Described } from '../execute/servers.ts';
import { parsePolicy } from './policy/parse.ts';

/**
 * Letting a looser policy hold is an action like any other: prepared, shown whole, always asked, on record, filed. No
 * action server does it: it is done by putting it on record.
 */
export const POLICY_CHANGE = { server: 'steward', tool: 'policy' } as const;

export const isOwn = ({ server }: { readonly server: string }): boolean => server === POLICY_CHANGE.server;

export const PolicyChange = z.strictObject({
  /** What the new text would loosen, a sentence each. */
  loosens: z.array(z.string()).min(1),
  sha256: Sha256,
  /** `Policies.md` as it would hold, whole. */
  text: z.string(),
});

/** Prepares the change of policy as a server prepares an action. */
export function describeOwn(tool: string, values: Arguments): Result<Described> {
  const change = PolicyChange.safeParse(values);
  if (tool !== POLICY_CHANGE.tool || !change.success)
    return fail('invalid', `There is no action “${POLICY_CHANGE.server}.${tool}” like this.`);
  const { loosens, text } = change.data;
  const read = parsePolicy(text);
  if (!read.ok) return read;
  if (sha256(text) !== change.data.sha256)
    return fail('invalid', `The text is not the one in ${FILES.policies}.`, `Change ${FILES.policies} itself.`);
  const what = loosens.length === 1 ? 'one thing' : `${loosens.length} things`;
  return ok({
    outcome: 'prepared',
    title: `Let ${FILES.policies} allow more: ${what}`,
    account: '',
    attachments: [],
    definition: digestOf({ ...POLICY_CHANGE, arguments: ['loosens', 'sha256', 'text'] }),
    reach: { does: 'change', egress: false, routing: [] },
  });
}
