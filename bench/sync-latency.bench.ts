import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isShort, type Measured, median, pass } from './measured.ts';
import { PlainGit } from './plain-git.ts';
import { cpuWithEnded } from './processes.ts';
import { SyncedNodes } from './synced-nodes.ts';

/** Rounds that are measured, and before them such in which everything is done for the first time. */
const ROUNDS = isShort ? 6 : 30;
const FIRST = 4;
/** Notes that the vaults hold before. */
const NOTES = 1000;
/** Milliseconds between two rounds: each node writes in every other one, and by then sends a change at once again. */
const BETWEEN = 2200;
/** Milliseconds after which nothing goes on any more. */
const CALM = 25_000;
/** Milliseconds for which idling is measured: a lease is renewed every 100 seconds, which is most of what idling costs. */
const IDLE = isShort ? 100_000 : 300_000;
/** Task notes in a burst. */
const BURST = 1000;

const FOLDER = 'Needs_Action';
const namesOf = (what: string, many: number): readonly string[] =>
  Array.from({ length: many }, (_, index) => `${what}-${index}.md`);
const noteOf = (name: string): string =>
  `---\ntype: task\ncreated: 2026-01-02T03:04:05Z\n---\n# ${name}\n\n${'A line of this note.\n'.repeat(20)}`;

/** A note from its write on one node until it stands on the other, and the same by plain git, in turn. */
async function latency(nodes: SyncedNodes): Promise<Measured> {
  const plain = new PlainGit({ base: nodes.base, login: nodes.login, port: nodes.port, ssh: nodes.person });
  try {
    await plain.start(['one', 'two'], folder => {
      mkdirSync(path.join(folder, FOLDER), { recursive: true });
      for (const name of namesOf('before', NOTES)) writeFileSync(path.join(folder, FOLDER, name), noteOf(name));
    });
    const [ours, floor]: [number[], number[]] = [[], []];
    for (let index = -FIRST; index < ROUNDS; index += 1) {
      const name = `note-${index + FIRST}.md`;
      const isOdd = index % 2 !== 0;
      let begun = performance.now();
      const [one, two] = isOdd ? ['one', 'two'] : ['two', 'one'];
      await plain.carry(one, two, path.join(FOLDER, name), noteOf(name));
      const floorTook = performance.now() - begun;
      await pass(BETWEEN / 2);
      const [from, to] = isOdd ? [nodes.local, nodes.cloud] : [nodes.cloud, nodes.local];
      begun = performance.now();
      from.put(name, noteOf(name));
      await to.has(name);
      const took = performance.now() - begun;
      await pass(BETWEEN / 2);
      if (index < 0) continue;
      ours.push(took);
      floor.push(floorTook);
    }
    return {
      name: `sync: from a write on one node to the note on the other, ${NOTES.toLocaleString('en')} notes`,
      unit: 'times',
      value: median(ours) / median(floor),
      bound: 1.3,
      floor: 'git add, commit and push over a kept SSH connection, a line over another, git fetch and checkout',
    };
  } finally {
    plain.stop();
  }
}

/** Two nodes that have nothing to do. */
async function idle(nodes: SyncedNodes): Promise<readonly Measured[]> {
  const pids = [nodes.local.pid, nodes.cloud.pid];
  await pass(CALM);
  const [bytes, used] = [nodes.bytes, cpuWithEnded(pids)];
  await pass(IDLE);
  const seconds = IDLE / 1000;
  return [
    {
      name: 'sync: idle, each node',
      unit: '% of a core',
      value: ((cpuWithEnded(pids) - used) / seconds / pids.length) * 100,
      bound: 0.1,
      floor: 'nothing to do',
    },
    {
      name: 'sync: idle, both nodes',
      unit: 'bytes a second over SSH',
      value: (nodes.bytes - bytes) / seconds,
      bound: 200,
      floor: 'nothing to say',
    },
  ];
}

/** So many task notes at once. */
async function burst(nodes: SyncedNodes): Promise<Measured> {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', nodes.repository, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 }).trim();
  const commits = (): number => Number(git('rev-list', '--count', 'main'));
  const there = (): number =>
    git('ls-tree', '--name-only', 'main', `${FOLDER}/`)
      .split('\n')
      .filter(name => name.includes('burst-')).length;
  const before = commits();
  await nodes.local.putAll(namesOf('burst', BURST), noteOf);
  while (there() < BURST) await pass(100);
  return {
    name: `sync: ${BURST.toLocaleString('en')} task notes at once, until all are at the remote`,
    unit: 'commits',
    value: commits() - before,
    bound: 20,
    floor: 'a bound in commits',
  };
}

export default async function measure(): Promise<Measured[]> {
  using nodes = await SyncedNodes.start();
  const before = namesOf('before', NOTES);
  await nodes.local.putAll(before, noteOf);
  for (const name of before) await nodes.cloud.has(name);
  await pass(isShort ? 5000 : CALM);
  return [await latency(nodes), ...(await idle(nodes)), await burst(nodes)];
}
