import path from 'node:path';
import { type Environment, serviceSurroundings } from '../../core/config.ts';
import { modulesIn } from '../../core/discover.ts';
import type { OpenVault } from '../../core/open-vault.ts';
import { watcherNames } from '../../core/run-watchers.ts';
import { type Modules, planService, type ServicePlan } from './plan.ts';

/** The folder of this Steward. */
const REPOSITORY = path.resolve(import.meta.dirname, '..', '..');
const PINNED = path.join(REPOSITORY, 'node_modules', 'node', 'bin', 'node');

/** The plan for a service that this Steward installs here; with the secrets of the environment only where asked. */
export function planHere(opened: OpenVault, environment: Environment, withSecrets: boolean): ServicePlan {
  const given = serviceSurroundings();
  return planService(opened, environment, {
    repository: REPOSITORY,
    node: PINNED,
    env: { ...given, ...(given.PATH === undefined ? {} : { PATH: withoutPackages(given.PATH) }) },
    ...modulesHere(),
    secrets: withSecrets ? environment.secrets : {},
  });
}

/** A search path without what npm puts in front of it: a package’s programs are for its own scripts. */
export const withoutPackages = (search: string): string =>
  search
    .split(path.delimiter)
    .filter(folder => !folder.split(path.sep).includes('node_modules'))
    .join(path.delimiter);

export const modulesHere = (): Modules => ({
  watchers: watcherNames(),
  servers: [...modulesIn(path.join(REPOSITORY, 'mcp-servers')).keys()],
});
