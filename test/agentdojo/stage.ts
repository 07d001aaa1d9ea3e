import type { KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson } from '../../core/digest.ts';
import { createLog } from '../../core/log.ts';
import { ok } from '../../core/outcome.ts';
import { FILES } from '../../core/states.ts';
import type { ExecutorContext } from '../../orchestrator/execute/context.ts';
import { ActionServers } from '../../orchestrator/execute/servers.ts';
import { TempFolder } from '../helpers/temp.ts';
import { obedientBrain, type Scene } from './brain.ts';
import { breaches, capsIn, type Effect } from './caps.ts';
import { FarEnd, type Seen } from './far-end.ts';
import { type Call, type Folder, serversOf, type Tool, type Traced } from './folder.ts';
import { type Clock, type Entrance, Household, sharedKey } from './household.ts';
import { type Approver, type Decided, decideAll } from './person.ts';
import { Verdict, type Violations } from './verdict.ts';

/** One task to be played: where it comes in, as which text, and what the tools would answer. */
export type Play = {
  readonly scene: Scene;
  readonly entrance: Entrance;
  readonly text: string;
  readonly trace: readonly Traced[];
  readonly approver: Approver;
};

/** Parts of Steward that a test breaks, to see that it is noticed. `key` signs grants. */
export type Broken = {
  readonly servers?: (key: KeyObject, ...given: ConstructorParameters<typeof ActionServers>) => ActionServers;
  readonly context?: (context: ExecutorContext) => ExecutorContext;
};

const DOUBLE = path.join(import.meta.dirname, 'double.ts');
const START = Date.UTC(2026, 0, 5, 8);

/** Servers that stay warm, one clock, one far end; and one vault after the other before them. */
export class Stage {
  readonly verdict = new Verdict();
  readonly breached: string[] = [];
  readonly names: ReadonlyMap<string, string>;
  readonly #folder: Folder;
  readonly #base = new TempFolder();
  readonly #key = sharedKey(this.#base);
  readonly #clock: Clock = { now: START };
  readonly #far = new FarEnd(this.#base.path, START);
  readonly #servers: ActionServers;
  readonly #broken: Broken;
  readonly #scenes: Scene[] = [];
  #household: Household | undefined;
  #decisions: Decided[] = [];
  #effects: Effect[] = [];
  /** Scenes whose injection the brain has met and carried out, as far as it was let. */
  readonly #obeyed = new Set<Scene>();
  #arrivals = 0;
  #approvals = 0;
  #rejections = 0;
  #capped = 0;

  constructor(folder: Folder, broken: Broken = {}) {
    this.#folder = folder;
    this.#broken = broken;
    this.names = serversOf(folder.tools);
    for (const server of this.names.values()) {
      writeFileSync(path.join(this.#base.path, `${server}.tools.json`), JSON.stringify(this.toolsOf(server)));
    }
    const parts: ConstructorParameters<typeof ActionServers> = [
      () => ({
        ...{ vault: '', state: '', dropFolders: [], secrets: {}, grantKey: this.#key.publicHalf },
        settings: { folder: this.#base.path },
      }),
      () => Promise.resolve(ok('same')),
      createLog(line => process.stderr.write(`${line}\n`), {}),
      undefined,
      new Map([...this.names.values()].map(server => [server, [DOUBLE, server]])),
    ];
    this.#servers = broken.servers?.(this.#key.key, ...parts) ?? new ActionServers(...parts);
  }

  toolsOf(server: string): readonly Tool[] {
    return this.#folder.tools.filter(({ suite }) => this.names.get(suite) === server);
  }

  serverOf(suite: string): string {
    return this.names.get(suite) ?? suite;
  }

  toolOf(server: string, name: string): Tool {
    const tool = this.toolsOf(server).find(one => one.name === name);
    if (tool === undefined) throw new Error(`the far end has no ${server}.${name}`);
    return tool;
  }

  /** A fresh vault from the template; what became of the last one is judged first. */
  async nextVault(): Promise<void> {
    await this.#closeVault();
    const brain = obedientBrain(
      title => this.#scenes[Number(/scene-(\d+)/.exec(title)?.[1] ?? Number.NaN)],
      scene => this.#obeyed.add(scene),
    );
    this.#household = await Household.open(this.#servers, this.#key.pem, brain, this.#clock, this.#broken.context);
  }

  async #closeVault(): Promise<void> {
    const household = this.#household;
    if (household === undefined) return;
    const policies = readFileSync(path.join(household.root, FILES.policies), 'utf8');
    this.breached.push(...breaches(capsIn(policies), this.#effects, this.#decisions));
    this.#decisions = [];
    this.#effects = [];
    this.#household = undefined;
    await household[Symbol.asyncDispose]();
  }

  /** Lets time pass, in milliseconds, and whatever was waiting for it. */
  async pass(time: number, approver: Approver): Promise<readonly Seen[]> {
    this.#clock.now += time;
    this.#far.setClock(this.#clock.now);
    return this.#work(approver, new Set());
  }

  /** Plays one task until nothing moves, the person deciding what waits. Returns what reached the far end. */
  async play({ scene, entrance, text, trace, approver }: Play): Promise<readonly Seen[]> {
    const number = this.#scenes.push(scene) - 1;
    this.#far.play(trace);
    this.#household?.bring(entrance, `scene-${number}`, text);
    return this.#work(approver, new Set(scene.benign.map(keyOf)));
  }

  get isIdle(): boolean {
    return (this.#household?.openTasks ?? 0) === 0;
  }

  async #work(approver: Approver, wanted: ReadonlySet<string>): Promise<readonly Seen[]> {
    const household = this.#household;
    if (household === undefined) throw new Error('there is no vault yet');
    const arrived: Seen[] = [];
    for (;;) {
      await household.drain();
      const records = household.news().map(({ body }) => body);
      this.#capped += records.filter(({ kind }) => kind === 'CAPPED').length;
      this.verdict.recorded(records);
      for (const seen of this.#far.news()) {
        const tool = this.toolOf(seen.server, seen.tool);
        this.verdict.arrived(seen, tool, wanted.has(keyOf({ function: seen.tool, args: seen.args })));
        if (tool.kind === 'effect' || tool.egress) this.#effects.push({ seen, tool });
        arrived.push(seen);
        this.#arrivals += 1;
      }
      const decided = decideAll(household.root, approver, this.#clock.now);
      if (decided.length === 0) return arrived;
      this.verdict.decided(decided);
      this.#decisions.push(...decided);
      this.#approvals += decided.filter(({ approved }) => approved).length;
      this.#rejections += decided.filter(({ approved }) => !approved).length;
    }
  }

  get found(): Violations {
    return this.verdict.found;
  }

  get obeyed(): number {
    return this.#obeyed.size;
  }

  get violations(): number {
    return Object.values(this.found).reduce((sum, one) => sum + one, 0);
  }

  /** How it stands, in words. */
  get told(): string {
    const capped = this.#capped === 0 ? '' : `, ${this.#capped} over a cap`;
    return `${this.obeyed} injections obeyed, ${this.#arrivals} calls at the far end, ${this.#approvals} approved, ${this.#rejections} rejected${capped}, ${this.violations} violations`;
  }

  /** Judges what became of the last vault. */
  async end(): Promise<void> {
    await this.#closeVault();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeVault();
    await this.#servers.close();
    this.#base[Symbol.dispose]();
  }
}

export const keyOf = (call: Call): string => `${call.function} ${canonicalJson(call.args)}`;
