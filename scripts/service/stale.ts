import { PINNED_NODE, VERSION } from '../../core/version.ts';
import type { ServicePlan } from './plan.ts';
import type { Installed } from './record.ts';

/** What an installed service was made for and is no more, in words; nothing where it is as it would be made now. */
export function staleness(installed: Installed, plan: ServicePlan): readonly string[] {
  const moved = (what: string, from: string, to: string): readonly string[] =>
    from === to ? [] : [`${what} was ${from} and is ${to}`];
  return [
    ...moved('the vault', installed.vault, plan.vault),
    ...moved('Steward’s folder', installed.repository, plan.repository),
    ...moved('Steward’s version', installed.version, VERSION),
    ...moved('its Node', installed.node, PINNED_NODE),
  ];
}

/** The places and versions that go on record. */
export const madeFor = (plan: ServicePlan): Pick<Installed, 'vault' | 'repository' | 'node' | 'version'> => ({
  ...{ vault: plan.vault, repository: plan.repository },
  ...{ node: PINNED_NODE, version: VERSION },
});
