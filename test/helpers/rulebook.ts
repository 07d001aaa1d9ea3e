import type { Brain, BrainModule, BrainSetup } from '../../core/brain.ts';
import { sentence } from '../../core/outcome.ts';
import rulebook from '../../orchestrator/brains/rulebook/index.ts';

/** A brain of a module; throws where it cannot be made. */
export function brainOf(module: BrainModule, setup: Partial<BrainSetup> = {}): Brain {
  const made = module.create({ settings: null, secrets: {}, now: () => new Date(), ...setup });
  if (!made.ok) throw new Error(sentence(made.failure));
  return made.value;
}

export const theRulebook = (): Brain => brainOf(rulebook);
