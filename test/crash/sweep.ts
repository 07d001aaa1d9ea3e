import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { sample } from './chance.ts';
import { check, FAULTS, type Fault, type Finding } from './check.ts';
import { type KillPoint, killAt, killPoints, nameOf, parsePoint } from './kill.ts';
import { type Place, REPOSITORY } from './place.ts';
import { nameOfState, type PowerState, parseState, Recording } from './power.ts';
import { finish, type Snapshots, STEPS, type Step, type Story, tellWhole, withCode } from './scenario.ts';

export type Options = {
  readonly seed: number;
  /** How many points, half of them kills and half power cuts; undefined for all. */
  readonly points: number | undefined;
  /** Points by name, or by how their names begin; then nothing else is tried. */
  readonly only?: readonly string[];
  readonly repository?: string;
  /** The story without any interruption, where it was told already; else it is told first. */
  readonly story?: Story;
  /** Ends at the first point that fails. */
  readonly stopEarly?: boolean;
  readonly say: (line: string) => void;
};

export type Summary = { points: number; kill_points: number; power_states: number; unreached: number } & Record<
  Fault,
  number
>;

/** Whether a name begins as a pattern says, where `*` stands for one part of it. */
const fits = (name: string, pattern: string): boolean =>
  pattern.split(':').every((part, index) => part === '*' || name.split(':')[index] === part);

type Point = {
  readonly name: string;
  readonly step: Step;
  readonly make: (base: string) => Promise<Place | undefined>;
};

/** Interrupts the story at each chosen point, lets it go on, and counts what is wrong in the end. */
export async function sweep(options: Options): Promise<Summary> {
  const base = mkdtempSync(path.join(tmpdir(), 'steward-crash-'));
  try {
    return await sweepIn(base, options);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

async function sweepIn(base: string, options: Options): Promise<Summary> {
  const { seed, say, repository = REPOSITORY } = options;
  const { before, end } = withCode(options.story ?? (await tellWhole(base, repository)), repository);
  const whole = check(end, end);
  const summary: Summary = {
    points: 0,
    kill_points: 0,
    power_states: 0,
    unreached: 0,
    lost: 0,
    twice: 0,
    half_written: 0,
    misplaced: 0,
  };
  count('the story without any interruption', whole, summary, say);
  const kills = (await chosenKills(before, base, options)).map(point => killed(point, before));
  const cuts = await chosenCuts(before, base, options);
  say(`${kills.length} kill points, ${cuts.length} power states, seed ${seed}`);
  const waiting = [...kills, ...cuts];
  const work = async (): Promise<void> => {
    for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
      const found = await tryPoint(point, end, path.join(base, point.name.replaceAll(/\W/g, '-')));
      summary.points += 1;
      if (point.name.startsWith('kill')) summary.kill_points += 1;
      else summary.power_states += 1;
      if (found === 'unreached') {
        summary.unreached += 1;
        say(`NOT REACHED ${point.name}`);
      } else count(point.name, found, summary, say, `npm run crash -- --seed ${seed} --only ${point.name}`);
      if (summary.points % 20 === 0) say(`${summary.points} of ${kills.length + cuts.length} …`);
      if (options.stopEarly === true && FAULTS.some(fault => summary[fault] > 0)) waiting.length = 0;
    }
  };
  // Whoever ends at the first that fails would wait for what goes on beside it.
  const beside = options.stopEarly === true ? 1 : 2 * availableParallelism();
  await Promise.all(Array.from({ length: beside }, work));
  return summary;
}

function count(name: string, found: readonly Finding[], summary: Summary, say: Options['say'], replay = ''): void {
  if (found.length === 0) return;
  for (const fault of FAULTS) summary[fault] += Number(found.some(one => one.fault === fault));
  const shown = found.slice(0, 6).map(({ fault, what }) => `  ${fault}: ${what}`);
  say([`FAILED ${name}`, ...shown, ...(replay === '' ? [] : [`  replay: ${replay}`])].join('\n'));
}

async function tryPoint({ step, make }: Point, end: Place, base: string): Promise<readonly Finding[] | 'unreached'> {
  const place = await make(base);
  if (place === undefined) return 'unreached';
  try {
    await finish(step, place);
    return check(place, end);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const found = check(place, end).filter(({ fault }) => fault === 'half_written');
    return [{ fault: 'lost', what }, ...found];
  } finally {
    place.remove();
  }
}

async function chosenKills(before: Snapshots, base: string, { points, seed, only }: Options): Promise<KillPoint[]> {
  if (only !== undefined && !only.some(name => name.startsWith('kill'))) return [];
  const exact = (only ?? []).flatMap(name => parsePoint(name) ?? []);
  if (only !== undefined && exact.length === only.length) return exact;
  const all = await killPoints(before, base);
  if (only !== undefined) {
    const named = all.filter(point => only.some(name => fits(nameOf(point), name)));
    return points === undefined ? named : sample(named, points, seed);
  }
  return points === undefined ? all : sample(all, Math.ceil(points / 2), seed);
}

const killed = (point: KillPoint, before: Snapshots): Point => ({
  name: nameOf(point),
  step: point.step,
  make: async base => {
    // How often a process makes a call differs a little from run to run, as what shares a sync does: a point near the end
    // has three tries, and then one shortly before it takes its place.
    for (const earlier of [0, 0, 0, 1, 2, 3]) {
      if (point.when <= earlier) break;
      const place = before[point.step].copyTo(base);
      if (await killAt(place, { ...point, when: point.when - earlier })) return place;
      place.remove();
    }
    return undefined;
  },
});

async function chosenCuts(before: Snapshots, base: string, options: Options): Promise<Point[]> {
  const { points, seed, only } = options;
  if (only !== undefined && !only.some(name => name.startsWith('power'))) return [];
  const recordings = new Map<Step, Recording>();
  const all: PowerState[] = [];
  for (const step of STEPS) {
    if (
      only !== undefined &&
      !only.some(name => name === 'power' || /^power:(.)/.exec(name)?.[1] === step || name.startsWith('power:*'))
    )
      continue;
    const recording = await Recording.of(step, before, base);
    recordings.set(step, recording);
    all.push(...recording.states(seed));
  }
  const exact = (only ?? []).flatMap(name => parseState(name) ?? []);
  const named = all.filter(state => only?.some(name => fits(nameOfState(state), name)) ?? true);
  const wanted = exact.length > 0 ? exact : named;
  const most = only === undefined && points !== undefined ? Math.floor(points / 2) : points;
  const chosen = most === undefined ? wanted : sample(wanted, most, seed);
  return chosen.map(state => ({
    name: nameOfState(state),
    step: state.step,
    make: async base2 => recordings.get(state.step)?.make(state, seed, base2),
  }));
}
