import path from 'node:path';
import { MemoryRefs, type Weather } from '../helpers/ref-store.ts';
import { Bare } from '../helpers/sync.ts';
import { inMemory, TempFolder } from '../helpers/temp.ts';
import { Agent } from './agent.ts';
import { Chance } from './chance.ts';
import { Checker, type Verdict } from './checker.ts';
import { Desk } from './desk.ts';
import { type Engine, Killed, LEASE, NaiveEngine, type Place, StewardEngine } from './engines.ts';
import { Person } from './people.ts';
import { Phone } from './phone.ts';

/** What may happen next, and how often. */
const EVENTS = {
  drop: 3,
  work: 10,
  rewrite: 1,
  decide: 3,
  race: 2,
  undecide: 0.5,
  confirm: 2,
  execute: 5,
  edit: 5,
  phoneEdits: 2,
  phoneDecides: 1,
  phoneSyncs: 2,
  weather: 2,
  kill: 2,
  meanwhile: 2,
  pause: 2,
  restart: 1,
  report: 1,
};
const SKEWS = [0, 0, 5 * 3_600_000, -5 * 3_600_000, 90_000];
const MOST_TASKS = 6;

/** Two nodes, a phone, a remote and a far end, and everything that happens to them, from one seed. */
class History {
  readonly checker = new Checker();
  readonly #chance: Chance;
  readonly #naive: boolean;
  readonly #folder = new TempFolder(inMemory());
  /** What is run must lie where programs may be run. */
  readonly #programs = new TempFolder();
  readonly #bare: Bare;
  readonly #engines: readonly Engine[];
  readonly #agents: ReadonlyMap<Engine, Agent>;
  readonly #people: ReadonlyMap<Engine, Person>;
  readonly #phone: Phone;
  readonly #phonePerson: Person;
  readonly #stems: string[] = [];
  readonly #say: (line: string) => void;
  #now = 0;

  constructor(seed: number, naive: boolean, say: (line: string) => void) {
    const chance = new Chance(seed);
    this.#chance = chance;
    this.#naive = naive;
    this.#say = say;
    this.#bare = new Bare(this.#folder.path);
    const refs = new MemoryRefs();
    const open = (name: 'local' | 'cloud'): Engine => {
      const [start, rate] = [chance.below(100_000), 0.97 + chance.next() * 0.06];
      const place: Place = {
        ...{ base: this.#folder.path, name, programs: this.#programs.path, remote: this.#bare.path, refs },
        ...{ uptime: () => start + this.#now * rate, skew: chance.one(SKEWS) ?? 0 },
      };
      return naive ? new NaiveEngine(place) : new StewardEngine(place);
    };
    const [local, cloud] = [open('local'), open('cloud')];
    this.#engines = [local, cloud];
    this.#agents = new Map(
      this.#engines.map(engine => [engine, new Agent(engine, this.checker, chance, naive || engine === local)]),
    );
    this.#people = new Map(
      this.#engines.map(engine => {
        const who = engine === local ? 'the person' : 'somebody at the cloud node';
        return [engine, new Person(who, new Desk(engine.root), this.checker, chance)];
      }),
    );
    this.#phone = new Phone(this.#bare.path, path.join(this.#folder.path, 'phone'));
    this.#phonePerson = new Person('the phone', this.#phone.desk, this.checker, chance);
  }

  async play(steps: number): Promise<Verdict> {
    try {
      for (const engine of this.#engines) {
        this.#agent(engine).report(0);
        this.#agent(engine).drop(this.#newStem());
        await this.#turn(engine);
      }
      this.#phone.sync();
      for (let step = 0; step < steps; step += 1) {
        await this.#step();
        this.checker.steps += 1;
      }
      return await this.#end();
    } finally {
      for (const engine of this.#engines) engine.close();
      for (const folder of [this.#folder, this.#programs]) folder[Symbol.dispose]();
    }
  }

  #agent(engine: Engine): Agent {
    const agent = this.#agents.get(engine);
    if (agent === undefined) throw new Error('each engine has an agent');
    return agent;
  }

  /** A node looks at its vault, claims, syncs, and thinks about what is its own. */
  async #turn(engine: Engine): Promise<boolean> {
    const agent = this.#agent(engine);
    agent.want();
    try {
      const done = await engine.turn();
      this.#check();
      await agent.think();
      return done;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.#say(`   ${engine.name} was killed: ${error.message}`);
      engine.between = () => undefined;
      engine.restart('killed');
      return false;
    }
  }

  #check(): void {
    if (this.#naive) return;
    for (const stem of this.#stems) {
      const able = this.#engines.filter(engine => engine.mayThink(stem) !== undefined).map(({ name }) => name);
      this.checker.mayThink(stem, able);
    }
  }

  async #step(): Promise<void> {
    const chance = this.#chance;
    const engine = chance.one(this.#engines);
    const [local] = this.#engines;
    if (engine === undefined || local === undefined) return;
    const [agent, person] = [this.#agent(engine), this.#people.get(engine)];
    const kind = chance.weighted(EVENTS);
    this.#say(`${kind} ${engine.name}`);
    this.#now += 1 + chance.below(10);
    switch (kind) {
      case 'drop':
        if (this.#stems.length < MOST_TASKS) agent.drop(this.#newStem());
        break;
      case 'work':
        await this.#turn(engine);
        break;
      case 'rewrite':
        agent.rewrite();
        break;
      case 'decide':
        this.#people.get(local)?.decide();
        break;
      case 'race':
        // The person decides while the agent of the other node writes the note anew, and neither knows.
        for (const other of this.#engines) if (other !== local) this.#agent(other).rewrite();
        this.#people.get(local)?.decide();
        break;
      case 'undecide':
        this.#people.get(local)?.undecide();
        break;
      case 'confirm':
        this.#agent(local).confirm();
        break;
      case 'execute':
        if (agent.execute(chance.is(0.2))) engine.restart('killed');
        break;
      case 'edit':
        person?.edit();
        break;
      case 'phoneEdits':
        this.#phonePerson.edit();
        break;
      case 'phoneDecides':
        this.#phonePerson.decide();
        break;
      case 'phoneSyncs':
        this.#phone.sync();
        break;
      case 'weather':
        engine.setWeather(chance.weighted({ clear: 5, cut: 3, 'reply lost': 2 } satisfies Record<Weather, number>));
        break;
      case 'kill':
        await this.#killed(engine);
        break;
      case 'meanwhile':
        await this.#meanwhile(engine);
        break;
      case 'pause':
        this.#now += chance.below(3 * LEASE);
        break;
      case 'restart':
        engine.restart();
        break;
      case 'report':
        agent.report(this.checker.steps);
        break;
    }
    this.#check();
  }

  #newStem(): string {
    const id = Math.floor(this.#chance.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
    const stem = `mail-${id}${this.#chance.is(0.3) ? '-free' : ''}`;
    this.#stems.push(stem);
    return stem;
  }

  /** The process dies at some step of its next round. */
  async #killed(engine: Engine): Promise<void> {
    let left = this.#chance.below(8);
    engine.between = step => {
      if (left === 0) throw new Killed(step);
      left -= 1;
    };
    await this.#turn(engine);
    engine.between = () => undefined;
  }

  /** In the middle of its next round somebody types, or the phone pushes. */
  async #meanwhile(engine: Engine): Promise<void> {
    let left = this.#chance.below(6);
    engine.between = () => {
      left -= 1;
      if (left !== -1) return;
      if (this.#chance.is(0.6)) this.#people.get(engine)?.edit();
      else {
        this.#phonePerson.edit();
        this.#phone.sync();
      }
    };
    await this.#turn(engine);
    engine.between = () => undefined;
  }

  /** The weather clears, nobody does anything any more: two rounds of each, and all must be the same. */
  async #end(): Promise<Verdict> {
    for (const engine of this.#engines) engine.setWeather('clear');
    this.#phone.sync();
    const trouble: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      for (const engine of this.#engines) {
        if (!(await this.#round(engine))) trouble.push(`${engine.name} could not sync at the end`);
      }
    }
    const [local, cloud] = this.#engines.map(engine => engine.files());
    const tree = this.#bare.tree;
    const apart = [
      ...differences('local and cloud', local ?? new Map(), cloud ?? new Map()),
      ...[...(local ?? new Map()).keys()].filter(file => !tree.has(file)).map(file => `${file} is not at the remote`),
      ...[...tree.keys()].filter(file => local?.has(file) !== true).map(file => `${file} is at the remote only`),
    ].filter(line => !/\.git(ignore|attributes)/.test(line));
    return this.checker.judge(local ?? new Map(), [...trouble, ...apart]);
  }

  async #round(engine: Engine): Promise<boolean> {
    engine.wants.clear();
    return engine.turn();
  }
}

function differences(who: string, one: ReadonlyMap<string, string>, two: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...one.keys(), ...two.keys()]);
  return [...paths].filter(file => one.get(file) !== two.get(file)).map(file => `${who} differ in ${file}`);
}

/** Plays one history and judges it. */
export async function playHistory(
  seed: number,
  naive: boolean,
  say: (line: string) => void = () => undefined,
): Promise<Verdict> {
  const steps = 20 + (Math.abs(seed) % 21);
  return new History(seed, naive, say).play(steps);
}
