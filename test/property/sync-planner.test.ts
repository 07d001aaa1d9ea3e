import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sameName } from '../../orchestrator/sync/same-name.ts';
import type { Step } from '../../orchestrator/sync/steps.ts';
import { apply, Blobs, type Files, planFor, type Side } from '../helpers/sync-model.ts';

/** Random cases of three trees: the last one that was synced, mine and theirs. */
const isLong = process.env.STEWARD_TEST_LONG === '1';
const RUNS = isLong ? 200_000 : 2000;
/** The short run is a sample that is the same each time; the long one looks elsewhere each time. */
const SEED = isLong ? {} : { seed: Number(process.env.STEWARD_TEST_SEED ?? 20_261_121) };
const LOCAL: Side = { me: 'local', role: 'local', bringer: () => 'cloud', holder: () => 'cloud' };
const CLOUD: Side = { me: 'cloud', role: 'cloud', bringer: () => 'local', holder: () => 'cloud' };

const FLOW = [
  'Needs_Action',
  'In_Progress/local',
  'In_Progress/cloud',
  'Plans',
  'Pending_Approval',
  'Outbox',
  'Approved',
];
const FILED = ['Rejected', 'Rejected/2026-11', 'Done/2026-11', 'Failed/2026-11', 'Questions', 'Quarantine'];
const FLOW_PATHS = [...FLOW, ...FILED].flatMap(folder =>
  ['a-1-approval-1.md', 'b-2.md'].map(name => `${folder}/${name}`),
);
const OWN_PATHS = ['Logs/2026-11-21-local.md', 'Logs/2026-11-21-cloud.md', 'Updates/cloud/x.md', 'Updates/local/y.md'];
const NOTES = ['n.md', 'Documents/n.md', 'Documents/N.md', 'documents/o.md', 'Documents', 'Documents/n.md/deep.md'];
const NAMES = [
  'caf\u00e9.md',
  'cafe\u0301.md',
  'photo.png',
  'Photo.PNG',
  'n (conflict 01234567).md',
  `${'ü'.repeat(120)}.md`,
];
const CONTROL = ['Policies.md', 'Company_Handbook.md', 'STOP.md', 'Skills/s/SKILL.md', 'Memory/People/ann.md'];
const BAD = ['.gitattributes', '.obsidian/app.json', '.obsidian/plugins/p/main.js', '.claude/x', 'a\\b.md', 'C:x.md'];
const ORDINARY = [...FLOW_PATHS, ...OWN_PATHS, ...NOTES, ...NAMES];
const EVERYWHERE = [...ORDINARY, ...CONTROL, ...BAD];

const line = fc.constantFrom('one', 'two', 'three', '- [ ] tick', 'ü', '\ufeff', '<<<<<<< mine');
const content = fc
  .oneof(
    fc
      .array(line, { maxLength: 6 })
      .chain(lines => fc.constantFrom(`${lines.join('\n')}\n`, lines.join('\r\n'), lines.join('\n'))),
    fc.constantFrom('', '---\na: 1\n---\nbody\n', '---\nb: 2\n---\nbody\n', '\u0000\u00ff\u0000', 'x'.repeat(300)),
  )
  .map(text => Buffer.from(text, 'utf8').toString('latin1'));

/** What somebody does to a tree. */
type Edit = {
  readonly kind: 'put' | 'remove' | 'move' | 'edit';
  readonly one: number;
  readonly two: string;
  readonly text: string;
};
const edits = (paths: readonly string[]): fc.Arbitrary<Edit[]> =>
  fc.array(
    fc.record({
      kind: fc.constantFrom('put' as const, 'remove' as const, 'move' as const, 'edit' as const, 'move' as const),
      one: fc.nat(),
      two: fc.constantFrom(...paths),
      text: content,
    }),
    { maxLength: 6 },
  );

/** Puts a file where a tree can hold one: what is in its way as a file or a folder goes. */
function place(files: Record<string, string>, path: string, text: string): void {
  for (const other of Object.keys(files)) {
    if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) delete files[other];
  }
  files[path] = text;
}

function change(files: Files, done: readonly Edit[]): Files {
  const now = { ...files };
  for (const { kind, one, two, text } of done) {
    const from = Object.keys(now)[one % Math.max(1, Object.keys(now).length)];
    if (kind === 'put' || from === undefined) place(now, two, text);
    else if (kind === 'remove') delete now[from];
    else if (kind === 'edit') place(now, from, one % 2 === 0 ? `${text}${now[from]}` : text);
    else {
      const moved = now[from] ?? '';
      delete now[from];
      // Mostly as a note of the flow moves: into another folder, under its name.
      const name = from.split('/').at(-1) ?? '';
      const folder = two.split('/').slice(0, -1).join('/');
      place(now, one % 4 === 0 || folder === '' ? two : `${folder}/${name}`, moved);
    }
  }
  return now;
}

const trees = (paths: readonly string[]): fc.Arbitrary<{ base: Files; mine: Files; theirs: Files }> =>
  fc
    .tuple(edits(paths), edits(paths), edits(paths), fc.constantFrom('synced', 'synced', 'synced', 'first'))
    .map(([before, here, there, kind]) => {
      const old = change({}, before);
      return { base: kind === 'first' ? {} : old, mine: change(old, here), theirs: change(old, there) };
    });

const contentsOf = (...all: Files[]): string => all.flatMap(files => Object.values(files)).join('\u0001');
const without = (files: Files, paths: ReadonlySet<string>): Files =>
  Object.fromEntries(
    Object.entries(files)
      .filter(([path]) => !paths.has(path))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
/** Paths at which vault and tree are meant to differ. */
const apart = (steps: readonly Step[]): ReadonlySet<string> =>
  new Set(
    steps.flatMap(step => {
      const isBad = step.do === 'set_aside' && step.mine === undefined;
      return isBad || ['hold', 'leave', 'refuse'].includes(step.do) ? [step.path] : [];
    }),
  );

/** Whether all lines of a text stand in some file: what is left of a version that was merged. */
function isIn(text: string, files: Files, base: string | undefined): boolean {
  const lines = text.split('\n').filter(line => !(base ?? '').split('\n').includes(line));
  return Object.values(files).some(file => lines.every(one => file.includes(one)));
}

/** Whether two notes of the flow share a name: then a move can be read in two ways, and either is right. */
const hasTwins = (files: Files): boolean => {
  const names = Object.keys(files)
    .filter(path => FLOW_PATHS.includes(path))
    .map(path => path.split('/').at(-1));
  return new Set(names).size < names.length;
};

const check = (paths: readonly string[], property: (base: Files, mine: Files, theirs: Files) => void): void => {
  fc.assert(
    fc.property(trees(paths), ({ base, mine, theirs }) => property(base, mine, theirs)),
    { numRuns: RUNS, ...SEED },
  );
};

test('no byte of mine is lost: each stands in the vault, or beside, or was in the history before', () => {
  let moved = 0;
  check(EVERYWHERE, (base, mine, theirs) => {
    for (const side of [LOCAL, CLOUD]) {
      const blobs = new Blobs();
      const steps = planFor(blobs, base, mine, theirs, side);
      const { vault } = apply(blobs, steps, mine, theirs);
      const all = contentsOf(vault, base, theirs);
      for (const [path, text] of Object.entries(mine)) {
        if (text === base[path] || all.includes(text)) continue;
        // It went into a conflict note behind its properties, or line by line into a merged one.
        const body = text.replace(/^---\n(?:(?!---\n)[^\n]*\n)*---\n/, '');
        const isMerged = steps.some(step => step.do === 'merge' && step.path === path);
        const isKept = all.includes(body) || (isMerged && isIn(text, vault, base[path]));
        assert.ok(isKept, `${path} of mine is gone`);
      }
      moved += steps.length;
    }
  });
  assert.ok(moved > RUNS, 'there was something to plan');
});

test('vault and next commit are the same, but where a step says otherwise, and planning again finds nothing to do', () => {
  check(EVERYWHERE, (base, mine, theirs) => {
    for (const side of [LOCAL, CLOUD]) {
      const blobs = new Blobs();
      const steps = planFor(blobs, base, mine, theirs, side);
      const { vault, tree } = apply(blobs, steps, mine, theirs);
      const open = apart(steps);
      assert.deepEqual(without(vault, open), without(tree, open));
      const again = planFor(blobs, tree, vault, tree, side).filter(({ path }) => !open.has(path));
      assert.deepEqual(again, []);
      if ([base, mine, theirs].some(hasTwins)) continue;
      // A push that was refused, or whose answer was lost: the vault is written, the base has not moved.
      const refused = apply(blobs, planFor(blobs, base, vault, theirs, side), vault, theirs);
      assert.deepEqual(without(refused.tree, open), without(tree, open), 'the same commit comes out again');
      const lost = apply(blobs, planFor(blobs, base, vault, tree, side), vault, tree);
      assert.deepEqual(without(lost.tree, open), without(tree, open), 'what was pushed already is not changed');
      assert.deepEqual(without(lost.vault, open), without(vault, open));
    }
  });
});

test('a folder that stands on both sides keeps its spelling, whatever is put into it, and a refused push makes no copy of a copy', () => {
  const base = { 'documents/o.md': '' };
  const theirs = { ...base, 'Documents/n.md/deep.md': '\n' };
  for (const side of [LOCAL, CLOUD]) {
    const blobs = new Blobs();
    const first = apply(blobs, planFor(blobs, base, base, theirs, side), base, theirs);
    const again = apply(blobs, planFor(blobs, base, first.vault, theirs, side), first.vault, theirs);
    assert.deepEqual(again.tree, first.tree);
    assert.deepEqual(again.vault, first.vault);
  }
});

test('where both put an approval back that stands decided already, and each another one, the words of both are kept', () => {
  const base = { 'Rejected/a-1-approval-1.md': '\n' };
  const [mine, theirs] = ['mine\n', 'theirs\n'].map(text => ({ ...base, 'Approved/a-1-approval-1.md': text }));
  assert.ok(mine !== undefined && theirs !== undefined);
  const blobs = new Blobs();
  const one = apply(blobs, planFor(blobs, base, mine, theirs, LOCAL), mine, theirs);
  const two = apply(blobs, planFor(blobs, base, theirs, mine, CLOUD), theirs, mine);
  assert.deepEqual(without(one.tree, new Set()), without(two.tree, new Set()));
  assert.deepEqual(one.vault, one.tree);
  assert.equal('Approved/a-1-approval-1.md' in one.vault, false);
  for (const text of ['mine\n', 'theirs\n']) assert.ok(Object.values(one.vault).includes(text), text);
});

test('two nodes that plan against each other at the same time come to one tree, copies and names included', () => {
  check(ORDINARY, (base, mine, theirs) => {
    const blobs = new Blobs();
    const local = planFor(blobs, base, mine, theirs, LOCAL);
    const cloud = planFor(blobs, base, theirs, mine, CLOUD);
    const open = new Set([...apart(local), ...apart(cloud)]);
    const [one, two] = [apply(blobs, local, mine, theirs), apply(blobs, cloud, theirs, mine)];
    assert.deepEqual(without(one.tree, open), without(two.tree, open));
  });
});

test('what a phone or the cloud takes away goes, but not most of a folder or the vault at once: that stays until the person says', () => {
  const many = fc.record({
    here: fc.integer({ min: 0, max: 130 }),
    elsewhere: fc.integer({ min: 0, max: 130 }),
    gone: fc.integer({ min: 0, max: 130 }),
    moved: fc.integer({ min: 0, max: 40 }),
    bringer: fc.constantFrom('cloud' as const, 'unsigned' as const, 'local' as const, 'person' as const),
  });
  let held = 0;
  fc.assert(
    fc.property(many, ({ here, elsewhere, gone, moved, bringer }) => {
      const names = (folder: string, count: number): string[] =>
        Array.from({ length: count }, (_, index) => `${folder}/${folder}-${index}.md`);
      const all = [...names('Projects', here), ...names('Documents', elsewhere)];
      const base: Files = Object.fromEntries(all.map(path => [path, path]));
      const theirs: Record<string, string> = { ...base };
      for (const path of all.slice(0, gone)) delete theirs[path];
      for (const path of all.slice(0, Math.min(gone, moved))) theirs[`Archive/${path}`] = path;
      const run = (removals: 'held' | 'let' | 'undone', side = LOCAL): ReturnType<typeof apply> => {
        const blobs = new Blobs();
        const rules = { ...side, bringer: () => bringer, removals };
        return apply(blobs, planFor(blobs, base, base, theirs, rules), base, theirs);
      };
      const lost = Math.max(0, Math.min(gone, all.length) - moved);
      const [near, far] = [Math.max(0, Math.min(gone, here) - moved), Math.max(0, Math.min(gone, all.length) - here)];
      const isMuch = (count: number, of: number): boolean => count > 50 && count * 2 > of;
      const isHeld =
        (bringer === 'cloud' || bringer === 'unsigned') &&
        (isMuch(lost, all.length) || isMuch(near, here) || (moved <= here && isMuch(far, elsewhere)));
      if (moved > here && gone > here) return;
      const now = run('held');
      assert.deepEqual(without(now.tree, new Set()), without(theirs, new Set()), 'nothing is sent before');
      if (!isHeld) assert.deepEqual(without(now.vault, new Set()), without(theirs, new Set()));
      else {
        held += 1;
        const left = Object.keys(base).filter(path => !(path in now.vault));
        if (isMuch(lost, all.length))
          assert.equal(left.length, Math.min(gone, all.length) - lost, 'what moved has gone');
        const undone = run('undone');
        assert.deepEqual(without(undone.vault, new Set()), without(undone.tree, new Set()));
        if (isMuch(lost, all.length)) assert.equal(Object.keys(undone.tree).length, all.length);
      }
      for (const free of [run('let'), run('held', { ...CLOUD, role: 'cloud' })])
        assert.deepEqual(without(free.vault, new Set()), without(theirs, new Set()));
    }),
    { numRuns: isLong ? 5000 : 150, ...SEED },
  );
  assert.ok(held > 10, `only ${held} were held`);
});

test('one push of the one node and one look of the other, and both have the same', () => {
  check(EVERYWHERE, (base, mine, theirs) => {
    for (const [here, there] of [[LOCAL, CLOUD] as const, [CLOUD, LOCAL] as const]) {
      const blobs = new Blobs();
      const steps = planFor(blobs, base, mine, theirs, here);
      const first = apply(blobs, steps, mine, theirs);
      // The other has pushed what it had, and looks at what came back.
      const seen = planFor(blobs, theirs, theirs, first.tree, there);
      const second = apply(blobs, seen, theirs, first.tree);
      const third = planFor(blobs, first.tree, first.vault, second.tree, here);
      const last = apply(blobs, third, first.vault, second.tree);
      const open = new Set([...apart(steps), ...apart(seen), ...apart(third)]);
      assert.deepEqual(without(last.tree, open), without(second.tree, open), 'no commit is needed any more');
      assert.deepEqual(without(last.vault, open), without(second.vault, open));
    }
  });
});

test('no step leaves the vault, and nothing hidden, linked, or of a name that does not fit is written', () => {
  const links = ['link:/etc/passwd', 'link:../x'];
  fc.assert(
    fc.property(trees(EVERYWHERE), fc.constantFrom(...EVERYWHERE), fc.constantFrom(...links), (all, path, link) => {
      const { base, mine, theirs } = { ...all, theirs: { ...all.theirs } };
      place(theirs, path, link);
      for (const side of [LOCAL, CLOUD]) {
        const blobs = new Blobs();
        const steps = planFor(blobs, base, mine, theirs, side);
        const { vault } = apply(blobs, steps, mine, theirs);
        for (const [written, text] of Object.entries(vault)) {
          if (mine[written] === text) continue;
          assert.doesNotMatch(written, /(^|\/)\.|\\|^\/|^[a-zA-Z]:/, 'a name that is not let in');
          assert.ok(written.split('/').every(part => Buffer.byteLength(part) <= 255));
          assert.ok(!text.startsWith('link:') || written.startsWith('Quarantine/') || base[written] === text);
        }
        for (const step of steps) {
          if (step.do === 'take') assert.equal(step.entry.mode, '100644');
        }
      }
    }),
    { numRuns: RUNS, ...SEED },
  );
});

test('no two names stand beside each other that some file system takes for one, unless both did before', () => {
  check(ORDINARY, (base, mine, theirs) => {
    const blobs = new Blobs();
    const { tree } = apply(blobs, planFor(blobs, base, mine, theirs, LOCAL), mine, theirs);
    const known = new Set([...Object.keys(base)]);
    const bySame = new Map<string, string[]>();
    for (const path of Object.keys(tree)) bySame.set(sameName(path), [...(bySame.get(sameName(path)) ?? []), path]);
    for (const twins of bySame.values()) {
      assert.ok(twins.length === 1 || twins.some(path => known.has(path)), `both: ${twins.join(', ')}`);
    }
    for (const path of Object.keys(tree)) {
      assert.ok(!Object.keys(tree).some(other => other.startsWith(`${path}/`)), `${path} is file and folder`);
    }
  });
});

test('from the cloud node or a phone nothing that steers Steward comes in, and nothing takes a stop away', () => {
  check([...CONTROL, 'n.md'], (base, mine, theirs) => {
    for (const bringer of ['cloud', 'unsigned'] as const) {
      const blobs = new Blobs();
      const side: Side = { ...LOCAL, bringer: () => bringer };
      const { vault } = apply(blobs, planFor(blobs, base, mine, theirs, side), mine, theirs);
      for (const path of CONTROL) {
        if (path === 'STOP.md' && mine[path] === undefined) continue;
        assert.equal(vault[path], mine[path], `${path} is as it was here`);
      }
    }
  });
});
