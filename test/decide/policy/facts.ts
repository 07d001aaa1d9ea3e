import type { Destination, Facts, Policy, Rule, Standing } from '../../../core/policy.ts';
import { parsePolicy } from '../../../orchestrator/decide/policy/parse.ts';
import { readRepository } from '../../helpers/tree.ts';

/** Named checks of one module: each throws where the module is wrong, so that a mutated one can be tried as well. */
export type Checks<M> = Readonly<Record<string, (module: M) => void>>;

/** A mail to Anna, whom the person knows, as a task of the person’s gives it; parts of it can be set. */
export function factsWith(part: Partial<Facts> = {}): Facts {
  return {
    action: 'email.send',
    reach: { does: 'send', egress: true, routing: ['to'] },
    arguments: { to: ['anna@example.com'], subject: 'Numbers', text: 'Here they are.' },
    origins: { to: { kind: 'contacts', note: 'Memory/People/Anna.md' } },
    destinations: [destination('known', 'anna@example.com')],
    amount: undefined,
    recurring: false,
    exposure: { untrusted: [], private: [] },
    source: 'person',
    role: undefined,
    minute: 600,
    day: 'mon',
    ...part,
  };
}

export const destination = (standing: Standing, value = `${standing}@example.com`): Destination => ({
  argument: 'to',
  value,
  standing,
  why: `it is ${standing}`,
});

export const policyWith = (part: Partial<Policy>): Policy => ({
  hold_minutes: 15,
  rules: [],
  caps: [],
  never: [],
  ...part,
});

export const ruleWith = (part: Partial<Rule> = {}): Rule => ({ name: 'a rule', zone: 'yellow', ...part });

/** The policy that a new vault holds. */
export function shippedPolicy(): Policy {
  const parsed = parsePolicy(readRepository('vault-template/Policies.md'));
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return parsed.value;
}
