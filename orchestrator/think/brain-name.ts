import path from 'node:path';
import type { Environment } from '../../core/config.ts';
import { modulesIn } from '../../core/discover.ts';

/** The folder in which each brain is a module. */
export const BRAINS = path.join(import.meta.dirname, '..', 'brains');

/** Which brain thinks: the configuration says; otherwise a key selects its brain, and without one the rulebook thinks. */
export function brainName(configured: string | undefined, environment: Environment): string {
  if (configured !== undefined) return configured;
  return environment.secrets.ANTHROPIC_API_KEY !== undefined && modulesIn(BRAINS).has('claude') ? 'claude' : 'rulebook';
}
