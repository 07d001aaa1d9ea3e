import type { Brain, BrainModule, BrainSetup } from '../../core/brain.ts';
import { fail, type Result } from '../../core/outcome.ts';

/** The brains of this Steward by name: each is made when it is first wanted, and once. */
export class Brains {
  readonly standard: Brain;
  readonly #modules: ReadonlyMap<string, BrainModule>;
  readonly #setup: (name: string) => BrainSetup;
  readonly #made = new Map<string, Result<Brain>>();

  /** `standard` thinks where no rule of the routing says otherwise. */
  constructor(
    standard: Brain,
    modules: ReadonlyMap<string, BrainModule> = new Map(),
    setup: (name: string) => BrainSetup = () => ({ settings: null, secrets: {}, now: () => new Date() }),
  ) {
    this.standard = standard;
    this.#modules = modules;
    this.#setup = setup;
    this.#made.set(standard.name, { ok: true, value: standard });
  }

  /** Fails, in words for the person, where there is none of that name, its key is missing or its settings are wrong. */
  named(name: string): Result<Brain> {
    const known = this.#made.get(name) ?? this.#make(name);
    this.#made.set(name, known);
    return known;
  }

  /** Whether what a brain is shown stays on this machine. One that cannot be made keeps nothing. */
  staysHere(name: string): boolean {
    const made = this.named(name);
    return made.ok && made.value.staysHere === true;
  }

  /** How a plan names the brain of a turn. */
  labelOf(name: string): string {
    const made = this.named(name);
    return made.ok ? made.value.label : name;
  }

  #make(name: string): Result<Brain> {
    const module = this.#modules.get(name);
    return module === undefined ? fail('invalid', `There is no brain “${name}”.`) : module.create(this.#setup(name));
  }
}
