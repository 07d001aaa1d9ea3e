import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { publishStanding, SharedClaims } from '../../core/claims.ts';
import { ensureFolder } from '../../core/durable.ts';
import { whoDoes } from '../../core/effect-claims.ts';
import { readNotices, syncNotices } from '../../core/notices.ts';
import { Spool } from '../../core/spool.ts';
import { stateFolderOf } from '../../core/state-folder.ts';
import type { Role } from '../../core/sync-settings.ts';
import { Claiming } from '../../orchestrator/sync/claiming.ts';
import { hear, StopTelling } from '../../orchestrator/sync/direct.ts';
import { MemoryRefs, RefsOverWay } from '../helpers/ref-store.ts';
import { TempFolder } from '../helpers/temp.ts';

const LEASE = 100;

/** A node: the side that syncs, and the planner’s, over the files between them. */
class TestNode {
  readonly state;
  readonly lines: string[] = [];
  readonly way: RefsOverWay;
  readonly claiming: Claiming;
  readonly planner: SharedClaims;
  readonly #clock: { now: number };

  constructor(base: string, node: string, role: Role, refs: MemoryRefs, clock: { now: number }) {
    this.#clock = clock;
    this.state = stateFolderOf(path.join(base, node), path.join(base, `${node}-vault`), '0'.repeat(16));
    for (const folder of [this.state.root, this.state.tmp, this.state.executorSpool])
      mkdirSync(folder, { recursive: true });
    this.way = new RefsOverWay(refs);
    const log = { event: (line: string) => this.lines.push(line), trouble: () => undefined, clear: () => undefined };
    const uptime = (): number => this.#clock.now;
    this.claiming = new Claiming({
      ...{ state: this.state, node, role, lease: LEASE, refs: this.way, log, uptime },
      now: () => new Date('2026-11-28T08:00:00Z'),
    });
    this.planner = new SharedClaims(this.state, LEASE, { uptime });
  }

  /** What the planner asks for, and what a round of sync makes of it. */
  async round(wanted: readonly string[], isDone = true, isAllSent = true): Promise<void> {
    this.planner.refresh();
    for (const name of wanted) this.planner.ask(`${name}.md`, name);
    this.planner.say(new Map());
    await this.claiming.before();
    if (isDone) this.claiming.after(isAllSent);
    else this.claiming.publish();
    this.planner.refresh();
  }

  get notices(): readonly string[] {
    return Object.values(readNotices(syncNotices(this.state)));
  }
}

function two(folder: TempFolder): { local: TestNode; cloud: TestNode; clock: { now: number }; refs: MemoryRefs } {
  const refs = new MemoryRefs();
  const clock = { now: 1000 };
  const local = new TestNode(folder.path, 'local', 'local', refs, clock);
  return { local, cloud: new TestNode(folder.path, 'cloud', 'cloud', refs, clock), clock, refs };
}

test('what a planner asks for is its own after a round, and the other planner is told whose it is', async () => {
  using folder = new TempFolder();
  const { local, cloud } = two(folder);
  await cloud.round(['mail-a']);
  await local.round(['mail-a', 'mail-b']);
  assert.deepEqual([cloud.planner.mayThink('mail-a.md'), local.planner.mayThink('mail-a.md')], ['yes', 'no']);
  assert.equal(local.planner.holder('mail-a.md'), 'cloud');
  assert.equal(local.claiming.holder('mail-a'), 'cloud');
  assert.equal(local.planner.mayThink('mail-b.md'), 'yes');
});

test('what was claimed before a round that failed may not be thought about yet', async () => {
  using folder = new TempFolder();
  const { local } = two(folder);
  await local.round(['mail-a'], false);
  assert.equal(local.planner.mayThink('mail-a.md'), 'ask');
  await local.round(['mail-a']);
  assert.equal(local.planner.mayThink('mail-a.md'), 'yes');
});

test('a claim is let go only after a round has sent what was filed', async () => {
  using folder = new TempFolder();
  const { local, refs } = two(folder);
  await local.round(['mail-a']);
  await local.round([], false);
  for (let round = 0; round < 3; round += 1) await local.round([], true, false);
  assert.ok(refs.refs.has('claims/mail-a'), 'not everything was sent since');
  await local.round([]);
  await local.round([]);
  await local.round([]);
  assert.equal(refs.refs.has('claims/mail-a'), false);
});

test('a silent node is told of once, its work is offered to the person’s own node, and both end when it is back', async () => {
  using folder = new TempFolder();
  const { local, cloud, clock } = two(folder);
  await cloud.round(['mail-a']);
  await local.round([]);
  for (let look = 0; look < 8; look += 1) {
    clock.now += LEASE / 4;
    await local.round([]);
  }
  assert.equal(local.lines.filter(line => line.startsWith('silent')).length, 1);
  assert.equal(local.notices.length, 1);
  assert.match(
    local.notices[0] ?? '',
    /^The node “cloud” has not been heard of since 2026-11-28 \d\d:\d\d\. Nothing is lost: this node does what comes in/,
  );
  assert.deepEqual(local.planner.silent, ['cloud']);
  await local.round(['mail-a']);
  assert.equal(local.planner.mayThink('mail-a.md'), 'yes');
  await local.round(['mail-a']);
  assert.equal(local.notices.length, 1, 'giving it up is no sign of its life');
  await cloud.round(['mail-a']);
  await local.round(['mail-a']);
  assert.deepEqual([local.notices, local.planner.silent], [[], []]);
  assert.deepEqual([cloud.planner.mayThink('mail-a.md'), local.planner.mayThink('mail-a.md')], ['no', 'yes']);
});

test('cut off, the planner learns it, goes by what it holds until the lease is over, and drafts from then on', async () => {
  using folder = new TempFolder();
  const { local, clock } = two(folder);
  await local.round(['mail-a']);
  local.way.weather = 'cut';
  clock.now += 1;
  await local.round(['mail-a', 'mail-b'], false);
  assert.deepEqual([local.planner.mayThink('mail-a.md'), local.planner.mayThink('mail-b.md')], ['yes', 'ask']);
  clock.now += 40;
  await local.round(['mail-a', 'mail-b'], false);
  assert.equal(local.planner.mayThink('mail-b.md'), 'yes');
  local.way.weather = 'clear';
  await local.round(['mail-a', 'mail-b']);
  assert.deepEqual([local.planner.mayThink('mail-a.md'), local.planner.mayThink('mail-b.md')], ['yes', 'yes']);
});

test('after the process that syncs starts anew, what the planner holds is held on, and nothing is let go for it', async () => {
  using folder = new TempFolder();
  const { local, refs, clock } = two(folder);
  await local.round(['mail-a']);
  const again = new TestNode(folder.path, 'local', 'local', refs, clock);
  assert.equal(again.planner.mayThink('mail-a.md'), 'yes', 'as long as the lease lasts');
  await again.round(['mail-a']);
  assert.equal(again.planner.mayThink('mail-a.md'), 'yes');
  assert.equal(JSON.parse(refs.refs.get('claims/mail-a')?.text ?? '{}').epoch, 1);
});

test('a thousand tasks are claimed in one exchange, and holding them costs one record', async () => {
  using folder = new TempFolder();
  const { local, refs, clock } = two(folder);
  const names = Array.from({ length: 1000 }, (_, index) => `mail-${index}`);
  await local.round(names);
  assert.ok(names.every(name => local.planner.mayThink(`${name}.md`) === 'yes'));
  refs.history.length = 0;
  clock.now += LEASE / 2;
  await local.round(names);
  assert.deepEqual(
    refs.history.map(({ name }) => name),
    ['presence/local'],
  );
  assert.ok(names.every(name => local.planner.mayThink(`${name}.md`) === 'yes'));
});

test('a damaged file of wants lets nothing go', async () => {
  using folder = new TempFolder();
  const { local, refs } = two(folder);
  await local.round(['mail-a']);
  const file = path.join(local.state.root, 'claims', 'wants.json');
  const whole = readFileSync(file, 'utf8');
  writeFileSync(file, whole.slice(0, 10));
  for (let round = 0; round < 4; round += 1) {
    await local.claiming.before();
    local.claiming.after(true);
  }
  assert.ok(refs.refs.has('claims/mail-a'));
});

test('a stop that the person said on another node is obeyed, one that comes from the cloud is not, nor from a stranger', () => {
  using folder = new TempFolder();
  const { local } = two(folder);
  const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPK7deB2ghXUI13rGHUGLrY+0A7/e99MCVpBO5j4odDa x';
  const peers = { study: { key: line, role: 'local' as const }, cloud: { key: line, role: 'cloud' as const } };
  let looks = 0;
  const hearing = {
    ...{ state: local.state, peers, log: { event: () => undefined } },
    look: () => {
      looks += 1;
    },
  };
  const spool = new Spool(local.state.executorSpool, local.state.tmp);
  const waiting = (): readonly string[] => spool.waiting(assert.fail).map(({ message }) => message.kind);
  for (const from of ['cloud', 'stranger', 'constructor']) hear(from, 'stop', hearing);
  hear('study', 'resume', hearing);
  assert.deepEqual([waiting(), looks], [[], 0]);
  hear('cloud', 'wake', hearing);
  hear('study', 'stop', hearing);
  hear('study', 'stop', hearing);
  assert.deepEqual([waiting(), looks], [['stop'], 1]);
});

test('the others are told once that Steward was stopped here, as soon as they can be, and again at the next stop', () => {
  let isStopped = false;
  let isLive = false;
  const said: string[] = [];
  const stops = new StopTelling(() => isStopped, { tell: (to, text) => isLive && said.push(`${to} ${text}`) > 0 });
  assert.equal(stops.tell(), false);
  isStopped = true;
  assert.equal(stops.tell(), true);
  assert.deepEqual(said, []);
  isLive = true;
  for (let look = 0; look < 3; look += 1) stops.tell();
  assert.deepEqual(said, ['* stop']);
  isStopped = false;
  stops.tell();
  isStopped = true;
  stops.tell();
  assert.equal(said.length, 2);
});

test('what the planner is told is written only where it changed', () => {
  using folder = new TempFolder();
  const where = { root: folder.path, tmp: folder.path };
  ensureFolder(path.join(folder.path, 'claims'));
  const standing = { until: 5, unreachable: null, mine: {}, theirs: {}, silent: [] };
  publishStanding(where, standing);
  const file = path.join(folder.path, 'claims', 'standing.json');
  const before = readFileSync(file, 'utf8');
  writeFileSync(`${file}.mark`, '');
  publishStanding(where, standing);
  assert.equal(readFileSync(file, 'utf8'), before);
});

test('of two nodes that may both do an action one is told that it does it, and cut off neither is told anything', async () => {
  using folder = new TempFolder();
  const { local, cloud } = two(folder);
  const [one, other] = ['a'.repeat(64), 'b'.repeat(64)];
  assert.equal(await whoDoes(local.state, one, 0), undefined);
  assert.equal(await whoDoes(cloud.state, one, 0), undefined);
  local.way.weather = 'cut';
  await local.claiming.answerEffects();
  assert.equal(await whoDoes(local.state, one, 0), undefined);
  await cloud.claiming.answerEffects();
  local.way.weather = 'clear';
  await local.claiming.answerEffects();
  assert.deepEqual(await whoDoes(cloud.state, one, 0), { node: 'cloud', mine: true });
  assert.deepEqual(await whoDoes(local.state, one, 0), { node: 'cloud', mine: false });
  local.way.weather = 'reply lost';
  await whoDoes(local.state, other, 0);
  await local.claiming.answerEffects();
  local.way.weather = 'clear';
  await local.claiming.answerEffects();
  assert.deepEqual(await whoDoes(local.state, other, 0), { node: 'local', mine: true });
});

test('once everything is claimed or let go nothing more is asked, and a lease that cannot be had is not asked for all the time', async () => {
  using folder = new TempFolder();
  const { local, refs, clock } = two(folder);
  await local.round(['mail-a']);
  assert.equal(local.claiming.isAsked, false);
  assert.ok(local.claiming.dueIn > 10_000, `${local.claiming.dueIn} ms`);
  for (let round = 0; round < 4; round += 1) await local.round([]);
  assert.equal(refs.refs.has('claims/mail-a'), false);
  assert.equal(local.claiming.isAsked, false);
  const twin = new TestNode(path.join(folder.path, 'twin'), 'local', 'local', refs, clock);
  await twin.round([]);
  assert.match(twin.notices[0] ?? '', /Another computer calls itself “local” too/);
  assert.ok(twin.claiming.dueIn >= 10_000, `${twin.claiming.dueIn} ms`);
});
