import path from 'node:path';
import { random } from './chance.ts';
import { type Change, type Choice, Disk } from './disk-model.ts';
import { NODE, Place } from './place.ts';
import { type Snapshots, STEPS, type Step } from './scenario.ts';
import { type DiskEvent, RECORD, readTrace } from './trace.ts';
import { fingerprint, hasTwins, materialise } from './tree.ts';

export type PowerState = { readonly step: Step; readonly after: number; readonly variant: string };
export const nameOfState = ({ step, after, variant }: PowerState): string => `power:${step}:${after}:${variant}`;

/** What a step does to the disk, recorded once, with the state before it. */
export class Recording {
  readonly step: Step;
  readonly events: readonly DiskEvent[];
  readonly #before: Place;

  private constructor(step: Step, events: readonly DiskEvent[], before: Place) {
    this.step = step;
    this.events = events;
    this.#before = before;
  }

  static async of(step: Step, before: Snapshots, base: string): Promise<Recording> {
    const place = before[step].copyTo(path.join(base, `record-${step}`));
    const file = path.join(base, `record-${step}.strace`);
    const ran = await place.once({ program: ['strace', '-o', file, ...RECORD, NODE] });
    if (ran.code !== 0) throw new Error(`The recorded run of ${step} failed: ${ran.out}${ran.err}`);
    // Paths are as they were in the recorded run; the state before it is a copy.
    const events = readTrace(file, place.base);
    if (events.length < 20) throw new Error(`Only ${events.length} events were recorded in ${step}: that cannot be.`);
    place.remove();
    return new Recording(step, events, before[step].copyTo(place.base));
  }

  #disk(): Disk {
    const { base } = this.#before;
    return new Disk(base, relative => (this.#before.isDrop(relative) ? path.basename(relative) : undefined));
  }

  /** Every state worth a try after every event, each once. */
  states(seed: number): PowerState[] {
    const seen = new Set<string>();
    const states: PowerState[] = [];
    const disk = this.#disk();
    this.events.forEach((event, index) => {
      if (!disk.apply(event)) return;
      for (const variant of variantsOf(disk.pending)) {
        const state = { step: this.step, after: index + 1, variant };
        const mark = fingerprint(disk.crash(choiceOf(state, disk.pending, seed)));
        if (!seen.has(mark)) states.push(state);
        seen.add(mark);
      }
    });
    return states;
  }

  /** Makes one state in a folder of its own. */
  async make(state: PowerState, seed: number, base: string): Promise<Place> {
    const disk = this.#disk();
    for (const event of this.events.slice(0, state.after)) disk.apply(event);
    const tree = disk.crash(choiceOf(state, disk.pending, seed));
    const place = new Place(base, this.#before.keep, this.#before.repository);
    materialise(tree, base, place.keep);
    place.settleIn();
    // A machine that lost its power takes longer to come back than a second name stays in use.
    const ready = performance.now() + (hasTwins(tree) ? 1100 : 0);
    while (performance.now() < ready) await new Promise(resolve => setTimeout(resolve, 50));
    return place;
  }
}

const isPassing = ({ path: at }: Change): boolean => /(^|\/)tmp\//.test(at);

/** Everything kept, nothing kept, each name alone dropped, each alone kept, and some by chance; data all, none, half. */
function variantsOf(pending: readonly Change[]): string[] {
  const alone = [...new Set(pending.filter(change => !isPassing(change)).map(({ path: at }) => at))].slice(-6);
  const each = alone.flatMap((_, index) => [`drop${alone.length - index}`, `keep${alone.length - index}`]);
  return ['all', 'all-nodata', 'all-half', 'none', 'none-nodata', ...each, 'chance1', 'chance2'];
}

function choiceOf(state: PowerState, pending: readonly Change[], seed: number): Choice {
  const { variant } = state;
  const draw = random(`${seed} ${nameOfState(state)}`);
  if (/^(all|none)/.test(variant)) {
    const data = variant.endsWith('nodata') ? 'none' : variant.endsWith('half') ? 'half' : 'all';
    return { keeps: () => variant.startsWith('all'), data: () => data };
  }
  const [, word, back] = /^(drop|keep|chance)(\d+)$/.exec(variant) ?? [];
  if (word === 'chance') {
    const kinds = ['all', 'none', 'half'] as const;
    return { keeps: () => draw() < 0.5, data: () => kinds[Math.floor(draw() * 3)] ?? 'all' };
  }
  const alone = [...new Set(pending.filter(change => !isPassing(change)).map(({ path: at }) => at))];
  const chosen = alone.at(-Number(back));
  return { keeps: change => (change.path === chosen) === (word === 'keep'), data: () => 'none' };
}

/** Reads a state’s name back; undefined where it is only the beginning of one. */
export function parseState(name: string): PowerState | undefined {
  const [kind, step, after, variant] = name.split(':');
  const known = STEPS.find(one => one === step);
  if (kind !== 'power' || known === undefined || variant === undefined) return undefined;
  return Number(after) > 0 ? { step: known, after: Number(after), variant } : undefined;
}
