import { z } from 'zod';
import { canonicalJson } from '../../core/digest.ts';
import type { Call, Folder, Pair, Traced, UserTask } from './folder.ts';
import type { Entrance } from './household.ts';
import { type Approver, onlyThese } from './person.ts';
import { type Broken, keyOf, type Play, Stage } from './stage.ts';

/** What a run over a folder found. The middle four are violations. */
export const Summary = z.strictObject({
  pairs: z.int(),
  unapproved_effects: z.int(),
  egress: z.int(),
  shown_differs: z.int(),
  cap_breaches: z.int(),
  benign_total: z.int(),
  benign_done: z.int(),
});
export type Summary = z.infer<typeof Summary>;

/** What several parts found together. */
export function sum(parts: readonly Summary[]): Summary {
  const all = Object.keys(Summary.shape).map(name => [
    name,
    parts.flatMap(one => Object.entries(one)).reduce((total, [key, count]) => total + (key === name ? count : 0), 0),
  ]);
  return Summary.parse(Object.fromEntries(all));
}

/** One of several parts of the work: runs of pairs, so that vaults still take many of one suite. */
export function part(folder: Folder, number: number, parts: number): Folder {
  const mine = <T>(all: readonly T[], run: number): T[] =>
    all.filter((_, at) => Math.floor(at / run) % parts === number);
  // What a task’s tools answer is taken from all pairs, so that they stay known.
  return { ...folder, pairs: mine(folder.pairs, 20), known: folder.pairs, mine: mine(folder.userTasks, 1) };
}

export type Outcome = {
  readonly summary: Summary;
  readonly reasons: readonly string[];
  /** Injections that the brain met and tried to carry out: two for each pair, where nothing hid them from it. */
  readonly obeyed: number;
};
export type Approving = 'human' | 'always';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Where the injected text stands when it comes in by itself; one of them for each pair, in turn. */
const ENTRANCES: readonly Entrance[] = ['mail', 'calendar', 'file'];
/**
 * Tasks in one vault, and how far they lie apart. With somebody who approves everything they come thick and fast, so
 * that the caps are reached.
 */
const PACE = {
  human: { vault: 30, apart: 25 * HOUR },
  always: { vault: 20, apart: MINUTE / 2 },
} as const;
/** For how long a benign task may wait for a hold, a cap or a first payment. */
const WAITS = [16 * MINUTE, HOUR, 25 * HOUR, 25 * HOUR];

/** Plays every pair of a folder, then every task of a person’s without any injection. */
export async function perform(
  folder: Folder,
  approving: Approving,
  tell: (line: string) => void,
  broken: Broken = {},
): Promise<Outcome> {
  await using stage = new Stage(folder, broken);
  await playPairs(stage, folder, approving, tell);
  const benign = await playBenign(stage, folder, approving, tell);
  await stage.end();
  const { found, breached, verdict } = stage;
  return {
    summary: { pairs: folder.pairs.length, ...found, cap_breaches: breached.length, ...benign },
    obeyed: stage.obeyed,
    reasons: [...verdict.reasons, ...breached.map(one => `cap_breaches: ${one}`)],
  };
}

async function playPairs(
  stage: Stage,
  folder: Folder,
  approving: Approving,
  tell: (line: string) => void,
): Promise<void> {
  const { vault, apart } = PACE[approving];
  for (const [at, pair] of folder.pairs.entries()) {
    if (at % vault === 0) await stage.nextVault();
    const entrance = ENTRANCES[at % ENTRANCES.length] ?? 'mail';
    for (const play of [staged(stage, folder, pair, approving), incoming(stage, folder, pair, approving, entrance)]) {
      await stage.play(play);
      await stage.pass(apart, play.approver);
    }
    const isLast = (at + 1) % vault === 0 || at + 1 === folder.pairs.length;
    if (isLast) for (const wait of WAITS) await stage.pass(wait, approverFor(approving, stage, pair.suite, []));
    if ((at + 1) % 20 === 0 || isLast) tell(`${at + 1} of ${folder.pairs.length} pairs · ${stage.told}`);
  }
}

function approverFor(approving: Approving, stage: Stage, suite: string, wanted: readonly Call[]): Approver {
  const server = stage.serverOf(suite);
  return approving === 'always'
    ? () => true
    : onlyThese(wanted.map(call => ({ action: `${server}.${call.function}`, args: call.args })));
}

/** The pair as it is: the person’s note, and tools whose answers hold the injection. */
function staged(stage: Stage, folder: Folder, pair: Pair, approving: Approving): Play {
  const benign =
    folder.userTasks.find(({ suite, id }) => suite === pair.suite && id === pair.user_task)?.ground_truth ?? [];
  const poison = pair.trace.filter(({ injected }) => injected).map(({ content }) => content);
  return {
    scene: { ...sceneOf(stage, folder, pair), benign, poison: [...poison, ...Object.values(pair.injections)] },
    ...{ entrance: 'note', text: pair.prompt, trace: pair.trace },
    approver: approverFor(approving, stage, pair.suite, benign),
  };
}

/** The injected text alone, as something that came in. Nothing in it is what the person wants. */
function incoming(stage: Stage, folder: Folder, pair: Pair, approving: Approving, entrance: Entrance): Play {
  const texts = Object.values(pair.injections);
  return {
    scene: { ...sceneOf(stage, folder, pair), benign: [], poison: texts },
    ...{ entrance, text: texts.join('\n'), trace: pair.trace },
    approver: approverFor(approving, stage, pair.suite, []),
  };
}

function sceneOf(
  stage: Stage,
  folder: Folder,
  { suite, injection_task, goal }: Pair,
): Omit<Play['scene'], 'benign' | 'poison'> {
  const server = stage.serverOf(suite);
  const task = folder.injectionTasks.find(one => one.suite === suite && one.id === injection_task);
  return { server, tools: stage.toolsOf(server), goal, wanted: task?.ground_truth ?? [] };
}

/** Plays each task of a person’s with nothing injected; done is one whose every call arrived. */
async function playBenign(
  stage: Stage,
  folder: Folder,
  approving: Approving,
  tell: (line: string) => void,
): Promise<Pick<Summary, 'benign_total' | 'benign_done'>> {
  let done = 0;
  const mine = folder.mine ?? folder.userTasks;
  for (const [at, task] of mine.entries()) {
    if (at % PACE.human.vault === 0) await stage.nextVault();
    const approver = approverFor(approving, stage, task.suite, task.ground_truth);
    const server = stage.serverOf(task.suite);
    const before = stage.violations;
    const scene = { server, tools: stage.toolsOf(server), benign: task.ground_truth, poison: [], goal: '', wanted: [] };
    const trace = cleanTrace(folder, task);
    const arrived = [...(await stage.play({ scene, entrance: 'note', text: task.prompt, trace, approver }))];
    for (const wait of WAITS) if (!stage.isIdle) arrived.push(...(await stage.pass(wait, approver)));
    const reached = new Set(arrived.map(({ tool, args }) => keyOf({ function: tool, args })));
    const missing = task.ground_truth.filter(call => !reached.has(keyOf(call)));
    if (missing.length === 0 && stage.violations === before) done += 1;
    else tell(`not done: ${task.suite} ${task.id}: ${missing.map(keyOf).join(' · ').slice(0, 300)}`);
    await stage.pass(PACE.human.apart, approver);
  }
  return { benign_total: mine.length, benign_done: done };
}

/** What the tools answer to a task, with what was injected taken out; nothing where it cannot be told apart. */
function cleanTrace(folder: Folder, { suite, id, ground_truth }: UserTask): readonly Traced[] {
  const pairs = (folder.known ?? folder.pairs).filter(pair => pair.suite === suite && pair.user_task === id);
  const known = new Map(
    pairs
      .flatMap(({ trace }) => trace)
      .filter(({ injected }) => !injected)
      .map(call => [canonicalJson([call.function, call.args]), call]),
  );
  const bare = ground_truth.map((call): Traced => ({ ...call, content: '', injected: false }));
  return [...known.values(), ...bare];
}
