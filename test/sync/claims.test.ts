import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Role } from '../../core/sync-settings.ts';
import { ClaimRecord, readRecordText } from '../../orchestrator/sync/claim-record.ts';
import { Claims, type Want } from '../../orchestrator/sync/claims.ts';
import { Presence } from '../../orchestrator/sync/presence.ts';
import { MemoryRefs, RefsOverWay, type Weather } from '../helpers/ref-store.ts';

const LEASE = 100;
const TASKS = ['mail-a', 'mail-b'];

/** One node of a history: its own clock, which starts anywhere and runs a little fast or slow. */
class TestNode {
  readonly name: string;
  readonly role: Role;
  readonly way: RefsOverWay;
  readonly wants = new Map<string, Want>();
  readonly released = new Set<string>();
  readonly #world: World;
  readonly #rate: number;
  readonly #start: number;
  presence: Presence;
  claims: Claims;
  isBusy = false;

  constructor(world: World, name: string, role: Role, start: number, rate: number) {
    this.#world = world;
    this.name = name;
    this.role = role;
    this.#start = start;
    this.#rate = rate;
    this.way = new RefsOverWay(world.refs, () => world.meanwhile());
    [this.presence, this.claims] = this.#boot();
  }

  get uptime(): number {
    return this.#start + this.#world.now * this.#rate;
  }

  /** Its process starts anew: what it knew is gone, its state folder is not. */
  restart(): void {
    [this.presence, this.claims] = this.#boot();
  }

  #boot(): [Presence, Claims] {
    const instance = this.name === 'local' ? '00000000000000a1' : '00000000000000c1';
    const presence = new Presence({ node: this.name, role: this.role, instance, lease: LEASE });
    const setup = { node: this.name, role: this.role, refs: this.way, presence, uptime: () => this.uptime };
    return [presence, new Claims(setup)];
  }

  want(task: string, state: Want['state'] = 'thinking'): void {
    this.wants.set(task, { name: task, stem: task, state });
  }

  async turn(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      const done = await this.claims.turn(this.wants, this.released);
      if (done.ok) this.claims.confirm();
    } finally {
      this.isBusy = false;
    }
  }

  thinksAbout(task: string): boolean {
    return this.claims.standing.get(task)?.kind === 'mine' && this.uptime < this.presence.until;
  }
}

/** Two nodes and a remote, with a time that only the test moves. */
class World {
  now = 0;
  readonly refs = new MemoryRefs();
  readonly nodes: readonly TestNode[];
  /** What happens during the next calls to the remote, one for each. */
  readonly interludes: (() => Promise<void>)[] = [];
  /** Who was last seen to think about a task, and in which epoch. */
  readonly #epochs = new Map<string, { epoch: number; node: string }>();

  constructor(starts: readonly [number, number] = [0, 5000], rates: readonly [number, number] = [1, 1]) {
    this.nodes = [
      new TestNode(this, 'local', 'local', starts[0], rates[0]),
      new TestNode(this, 'cloud', 'cloud', starts[1], rates[1]),
    ];
  }

  get local(): TestNode {
    return this.nodes[0] ?? assert.fail();
  }

  get cloud(): TestNode {
    return this.nodes[1] ?? assert.fail();
  }

  async meanwhile(): Promise<void> {
    await this.interludes.shift()?.();
    this.check();
  }

  /** Never two who think, never two holders in one epoch, never an epoch that falls. */
  check(): void {
    for (const task of TASKS) {
      const thinking = this.nodes.filter(node => node.thinksAbout(task));
      assert.ok(thinking.length <= 1, `${thinking.map(({ name }) => name).join(' and ')} think about ${task}`);
    }
    for (const { name, text } of this.refs.history.splice(0)) {
      const claim = text === undefined ? undefined : readRecordText(ClaimRecord, text);
      if (claim === undefined) continue;
      const known = this.#epochs.get(name);
      if (known !== undefined && claim.node !== known.node)
        assert.ok(claim.epoch > known.epoch, `${name}: epoch ${claim.epoch} of ${claim.node} after ${known.epoch}`);
      this.#epochs.set(name, { epoch: claim.epoch, node: claim.node });
    }
  }
}

type Move = readonly [kind: string, who: number, task: number, amount: number];

async function play(world: World, [kind, who, which, amount]: Move): Promise<void> {
  const node = world.nodes[who] ?? assert.fail();
  const task = TASKS[which] ?? assert.fail();
  const weathers: readonly Weather[] = ['clear', 'cut', 'reply lost'];
  if (kind === 'turn') await node.turn();
  else if (kind === 'want') node.want(task, amount % 5 === 0 ? 'waiting' : 'thinking');
  else if (kind === 'drop') {
    node.wants.delete(task);
    node.released.add(task);
  } else if (kind === 'pause') world.now += amount;
  else if (kind === 'weather') node.way.weather = weathers[amount % 3] ?? 'clear';
  else if (kind === 'restart') {
    if (!node.isBusy) node.restart();
  } else if (kind === 'meanwhile') {
    // In the middle of somebody’s next calls: time passes, and the other node goes on.
    world.interludes.push(async () => {
      world.now += amount;
      await world.nodes[1 - who]?.turn();
    });
  }
  world.check();
}

const move: fc.Arbitrary<Move> = fc.tuple(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant('turn') },
    ...['want', 'drop', 'pause', 'pause', 'weather', 'restart', 'meanwhile', 'meanwhile'].map(kind => ({
      weight: 1,
      arbitrary: fc.constant(kind),
    })),
  ),
  fc.nat(1),
  fc.nat(1),
  fc.oneof(fc.nat(30), fc.nat(300)),
);

describe('claims of two nodes', () => {
  test('in any history there is never more than one who thinks, nor two holders in one epoch, and afterwards it goes on', async () => {
    const runs = process.env.STEWARD_TEST_LONG === undefined ? 300 : 60_000;
    const clocks = fc.record({ start: fc.nat(1_000_000), rate: fc.double({ min: 0.96, max: 1.04, noNaN: true }) });
    const history = fc.array(move, { minLength: 5, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(clocks, clocks, history, async (one, other, moves) => {
        const world = new World([one.start, other.start], [one.rate, other.rate]);
        for (const each of moves) await play(world, each);
        // The way is clear again: whoever alone wants something, gets it within a few turns beyond a lease.
        world.interludes.length = 0;
        for (const node of world.nodes) node.way.weather = 'clear';
        world.cloud.wants.clear();
        world.local.released.clear();
        for (const task of TASKS) world.local.want(task);
        for (let turn = 0; turn < 8; turn += 1) {
          await world.local.turn();
          world.check();
          world.now += LEASE / 5;
        }
        await world.local.turn();
        for (const task of TASKS) assert.ok(world.local.thinksAbout(task), `${task} is stuck`);
      }),
      { numRuns: runs },
    );
  });

  test('both want the same: one gets it, and the other knows who has it', async () => {
    const world = new World();
    for (const node of world.nodes) node.want('mail-a');
    await world.cloud.turn();
    await world.local.turn();
    assert.ok(world.cloud.thinksAbout('mail-a'));
    assert.deepEqual(world.local.claims.standing.get('mail-a'), { kind: 'theirs', node: 'cloud', epoch: 1 });
    assert.equal(world.local.claims.holder('mail-a'), 'cloud');
  });

  test('a claim that is renewed is never taken over, however long it lasts', async () => {
    const world = new World();
    for (const node of world.nodes) node.want('mail-a');
    for (let turn = 0; turn < 60; turn += 1) {
      await world.cloud.turn();
      await world.local.turn();
      world.now += LEASE / 3;
    }
    assert.ok(world.cloud.thinksAbout('mail-a'));
    assert.equal(world.local.claims.standing.get('mail-a')?.kind, 'theirs');
  });

  test('what a silent node left is taken over in a higher epoch, and when it comes back it does not think on', async () => {
    const world = new World();
    world.cloud.want('mail-a');
    await world.cloud.turn();
    world.local.want('mail-a');
    await world.local.turn();
    world.now += LEASE * 1.2;
    assert.ok(!world.cloud.thinksAbout('mail-a'), 'its own lease is over before the other takes it');
    await world.local.turn();
    assert.ok(world.local.thinksAbout('mail-a'));
    assert.equal(world.local.claims.standing.get('mail-a')?.epoch, 2);
    await world.cloud.turn();
    assert.equal(world.cloud.claims.standing.get('mail-a')?.kind, 'theirs');
  });

  test('a node that only slept goes on with what it had where nobody wanted it', async () => {
    const world = new World();
    world.cloud.want('mail-a');
    await world.cloud.turn();
    world.now += LEASE * 50;
    assert.ok(!world.cloud.thinksAbout('mail-a'));
    await world.cloud.turn();
    assert.ok(world.cloud.thinksAbout('mail-a'));
    assert.equal(world.cloud.claims.standing.get('mail-a')?.epoch, 1);
  });

  test('the cloud does not take over what waits for the person, the person’s own node does', async () => {
    const world = new World();
    world.local.want('mail-a', 'waiting');
    world.cloud.want('mail-b', 'waiting');
    await world.local.turn();
    await world.cloud.turn();
    world.cloud.want('mail-a');
    await world.cloud.turn();
    world.now += LEASE * 3;
    await world.cloud.turn();
    await world.cloud.turn();
    assert.equal(world.cloud.claims.holder('mail-a'), 'local');
    world.local.want('mail-b');
    await world.local.turn();
    world.now += LEASE * 3;
    await world.local.turn();
    assert.ok(world.local.thinksAbout('mail-b'));
  });

  test('what was claimed counts only once everything has been taken in that stood there before', async () => {
    const world = new World();
    world.local.want('mail-a');
    await world.local.claims.turn(world.local.wants, new Set());
    assert.ok(!world.local.thinksAbout('mail-a'));
    world.local.claims.confirm();
    assert.ok(world.local.thinksAbout('mail-a'));
  });

  test('what was let go is gone, and the next to claim it has a higher epoch', async () => {
    const world = new World();
    world.local.want('mail-a');
    await world.local.turn();
    world.local.wants.clear();
    world.local.released.add('mail-a');
    await world.local.turn();
    await world.local.turn();
    assert.equal(world.refs.refs.has('claims/mail-a'), false);
    world.cloud.want('mail-a');
    await world.cloud.turn();
    assert.equal(world.cloud.claims.standing.get('mail-a')?.epoch, 2);
  });

  test('two computers under one name never both think: the second waits, and says so', async () => {
    const world = new World();
    world.local.want('mail-a');
    await world.local.turn();
    const presence = new Presence({ node: 'local', role: 'local', instance: '00000000000000ff', lease: LEASE });
    const setup = { node: 'local', role: 'local' as const, refs: world.refs, presence, uptime: () => world.now };
    const claims = new Claims(setup);
    const wants = new Map([['mail-a', { name: 'mail-a', stem: 'mail-a', state: 'thinking' as const }]]);
    for (let turn = 0; turn < 20; turn += 1) {
      await world.local.turn();
      await claims.turn(wants, new Set());
      claims.confirm();
      assert.ok(world.local.thinksAbout('mail-a') && claims.standing.get('mail-a')?.kind !== 'mine');
      world.now += LEASE / 4;
    }
    assert.ok(presence.isTaken);
  });

  test('idle, a node writes only its lease, three times in its length', async () => {
    const world = new World();
    for (const task of TASKS) world.cloud.want(task);
    await world.cloud.turn();
    world.refs.history.length = 0;
    for (let turn = 0; turn < 100; turn += 1) {
      await world.cloud.claims.turn(world.cloud.wants, new Set());
      world.now += LEASE / 10;
    }
    assert.ok(world.refs.history.length <= 32, `${world.refs.history.length} records for ten leases`);
    assert.ok(world.refs.history.every(({ name }) => name === 'presence/cloud'));
  });
});
