import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { sha256 } from './digest.ts';
import { ensureFolder, lstatOf, overwriteFile } from './durable.ts';
import { slug, splitExtension } from './names.ts';
import type { StateFolder } from './state-folder.ts';
import { NodeName } from './sync-settings.ts';
import { bootId, uptime } from './uptime.ts';

/**
 * How the planner, which holds no key and never reaches the network, knows what it may think about: it writes what it
 * works on and wants into `claims/wants.json`, and the process that syncs answers with `claims/standing.json`.
 */
type Where = Pick<StateFolder, 'root' | 'tmp'>;

const Name = z.string().regex(/^[a-z0-9-]{1,80}$/);

const Wants = z.strictObject({
  wants: z.record(Name, z.strictObject({ stem: z.string().max(300), state: z.enum(['thinking', 'waiting']) })),
});
export type Wants = z.infer<typeof Wants>['wants'];

const Standing = z.strictObject({
  /** Which start of this computer the times are of; they are seconds of uptime. */
  boot: z.string(),
  /** Until when what is held may be gone by, without a word from the remote. */
  until: z.number(),
  /** Since when the remote cannot be reached; null while it can. */
  unreachable: z.number().nullable(),
  /** The epoch of what is this node’s. */
  mine: z.record(Name, z.number()),
  theirs: z.record(Name, z.strictObject({ node: NodeName, epoch: z.number() })),
  /** Nodes that have been silent for longer than their lease. */
  silent: z.array(NodeName),
});
export type ClaimStanding = z.infer<typeof Standing>;

export const claimsFolder = ({ root }: Pick<StateFolder, 'root'>): string => path.join(root, 'claims');
const wantsFile = (where: Where): string => path.join(claimsFolder(where), 'wants.json');
const standingFile = (where: Where): string => path.join(claimsFolder(where), 'standing.json');

/**
 * The name of a task between nodes, from the name of its note: that is the same everywhere, also for a person’s own note,
 * whose id is this machine’s.
 */
export function claimName(note: string): string {
  const stem = splitExtension(note.split('/').at(-1) ?? note)[0].normalize('NFC');
  return /^[a-z0-9][a-z0-9-]{0,79}$/.test(stem) ? stem : `${slug(stem, 40)}-${sha256(stem).slice(0, 12)}`;
}

function read<T>(file: string, schema: z.ZodType<T>): T | undefined {
  try {
    return lstatOf(file) === undefined ? undefined : schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** What the planner works on and wants; undefined where it has not said yet. For the process that syncs. */
export const readWants = (where: Where): Wants | undefined => read(wantsFile(where), Wants)?.wants;

/** Tells the planner how things stand, where that changed. For the process that syncs. */
export function publishStanding(where: Where, standing: Omit<ClaimStanding, 'boot'>): void {
  const text = `${JSON.stringify({ boot: bootId(), ...standing } satisfies ClaimStanding)}\n`;
  ensureFolder(claimsFolder(where));
  const file = standingFile(where);
  if (lstatOf(file) !== undefined && readFileSync(file, 'utf8') === text) return;
  overwriteFile(where.tmp, file, text);
}

/** What the planner is told of a task: that it may think, that another node does, or that it is not known yet. */
export type MayThink = 'yes' | 'no' | 'ask';

/** What claims mean to the planner. */
export interface TaskClaims {
  /** Reads anew how things stand: the beginning of a look around. */
  refresh(): void;
  /** Whether a task may be begun, by its note and the stem of its notes; that it is wanted is said from now on. */
  ask(note: string, stem: string): MayThink;
  mayThink(note: string): MayThink;
  /** The node that thinks about a task in place of this one; undefined where none is known to. */
  holder(note: string): NodeName | undefined;
  /** The nodes whose tasks this one may take over. */
  readonly silent: readonly NodeName[];
  /** Says what is worked on, by note, and what was asked for since `refresh`; whatever is not named any more is let go. */
  say(worked: ReadonlyMap<string, Wants[string]>): void;
}

/** Where there is one node only, it may think about everything. */
export const ALONE: TaskClaims = {
  refresh: () => undefined,
  ask: () => 'yes',
  mayThink: () => 'yes',
  holder: () => undefined,
  silent: [],
  say: () => undefined,
};

/** Seconds for which the remote must have been out of reach before a node drafts without asking. */
const CUT_OFF = 30;

/** The planner’s side of claims. */
export class SharedClaims implements TaskClaims {
  readonly #where: Where;
  readonly #lease: number;
  readonly #uptime: () => number;
  readonly #boot: string;
  #standing: ClaimStanding | undefined;
  readonly #asked = new Map<string, Wants[string]>();
  #mark = '';
  #said: string;

  constructor(where: Where, lease: number, clock: { readonly uptime: () => number } = { uptime }) {
    this.#where = where;
    this.#lease = lease;
    this.#uptime = clock.uptime;
    this.#boot = bootId();
    ensureFolder(claimsFolder(where));
    this.#said = JSON.stringify(readWants(where) ?? null);
    this.refresh();
  }

  refresh(): void {
    this.#asked.clear();
    const stats = lstatOf(standingFile(this.#where));
    const mark = stats === undefined ? '' : `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
    if (mark === this.#mark) return;
    this.#mark = mark;
    const standing = read(standingFile(this.#where), Standing);
    // Times of another start of this computer mean nothing.
    this.#standing = standing?.boot === this.#boot ? standing : undefined;
  }

  ask(note: string, stem: string): MayThink {
    this.#asked.set(note, { stem, state: 'thinking' });
    return this.mayThink(note);
  }

  mayThink(note: string): MayThink {
    const standing = this.#standing;
    if (standing === undefined) return 'ask';
    const name = claimName(note);
    if (standing.theirs[name] !== undefined) return 'no';
    const left = standing.until - this.#uptime();
    if (standing.mine[name] !== undefined && left > 0 && left <= this.#lease) return 'yes';
    const cutOff = standing.unreachable === null ? 0 : this.#uptime() - standing.unreachable;
    // Cut off, a node drafts: nobody can say whose it is, and what comes of it is taken back where another was faster.
    return cutOff >= CUT_OFF ? 'yes' : 'ask';
  }

  holder(note: string): NodeName | undefined {
    return this.#standing?.theirs[claimName(note)]?.node;
  }

  get silent(): readonly NodeName[] {
    return this.#standing?.silent ?? [];
  }

  say(worked: ReadonlyMap<string, Wants[string]>): void {
    const wants = new Map([...this.#asked, ...worked].map(([note, want]) => [claimName(note), want]));
    const sorted = Object.fromEntries([...wants].sort(([a], [b]) => (a < b ? -1 : 1)));
    const text = JSON.stringify(sorted);
    if (text === this.#said) return;
    const file = { wants: sorted } satisfies z.infer<typeof Wants>;
    overwriteFile(this.#where.tmp, wantsFile(this.#where), `${JSON.stringify(file)}\n`);
    this.#said = text;
  }
}
