import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, type Stats, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseConfig } from '../../core/config.ts';
import { canonicalJson, digestOf, Json } from '../../core/digest.ts';
import { discover } from '../../core/discover.ts';
import { GrantChecker, publicHalf, signGrant } from '../../core/grant.ts';
import { readOffers, writeOffers } from '../../core/offers.ts';
import { Settle } from '../../core/settle.ts';
import {
  ACTION_HOME,
  ACTION_MOVES,
  type ActionState,
  FOLDERS,
  isSettled,
  nextActionState,
  verdictOf,
} from '../../core/states.ts';
import { parseJsonStrictly } from '../../core/strict-json.ts';
import { envelopeWith, nastyJson } from '../helpers/any-envelope.ts';
import { TempFolder } from '../helpers/temp.ts';

test('canonical JSON is what RFC 8785 prints: numbers, escapes, and names in the order of their UTF-16 units', () => {
  const numbers = { numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001] };
  assert.equal(canonicalJson(numbers), '{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}');
  assert.equal(
    canonicalJson({ string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/' }),
    '{"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  const sorted = canonicalJson({ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, ö: 7 });
  assert.deepEqual(
    Object.keys(JSON.parse(sorted)).filter(key => key !== '1'),
    ['\r', '\u0080', 'ö', '€', '\ud83d\ude00', '\ufb33'],
  );
  assert.equal(canonicalJson([-0, 1e21, 1e-7, 2 ** 53 + 1]), '[0,1e+21,1e-7,9007199254740992]');
});

test('every encoding that means the same has the same digest, and what has no canonical form has none', () => {
  fc.assert(
    fc.property(nastyJson, value => {
      const spaced = Json.parse(
        JSON.parse(
          JSON.stringify(value, null, 3).replace(
            /[^\x20-\x7e\n]/g,
            unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
          ),
        ),
      );
      assert.equal(digestOf(spaced), digestOf(value));
    }),
    { numRuns: 500 },
  );
  assert.equal(digestOf({ a: 1, b: [2] }), digestOf({ b: [2], a: 1 }));
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, '\ud800']) assert.throws(() => canonicalJson(bad));
});

test('JSON with a name twice, a name programs stumble over, broken text or endless nesting is refused in words', () => {
  for (const bad of [
    '{"a":1,"a":1}',
    '{"a":{"b":1,"\\u0062":2}}',
    '{"__proto__":1}',
    '"\\ud800"',
    '['.repeat(70) + ']'.repeat(70),
    '1e999',
    '',
    '{a:1}',
    '[1,]',
    'NaN',
  ]) {
    const read = parseJsonStrictly(bad);
    assert.ok(!read.ok && read.failure.message.length > 3, bad);
  }
  for (const good of ['{"a":{"a":[{"a":1}]},"b":{"a":2}}', '["a","a"]', '"a\\":\\"a"', '{"a":"{\\"a\\":1,\\"a\\":2}"}'])
    assert.ok(parseJsonStrictly(good).ok, good);
  const from = performance.now();
  assert.ok(parseJsonStrictly(`{"a":"${'\\n'.repeat(900_000)}"}`).ok);
  assert.ok(performance.now() - from < 3000);
});

const stats = (ino: number, size: number, mtimeMs: number): Stats =>
  Object.assign(Object.create(null), { ino, size, mtimeMs });

test('a file counts as quiet by its own time, and by watching where the clock jumped a day either way', () => {
  let [wall, mono] = [1_000_000_000, 0];
  const settle = new Settle(
    () => wall,
    () => mono,
  );
  assert.equal(settle.wait('a', stats(1, 1, wall - 5000), 3000), 0, 'old already');
  assert.equal(settle.wait('b', stats(2, 1, wall), 3000), 3000);
  mono += 1000;
  wall -= 86_400_000;
  assert.equal(settle.wait('b', stats(2, 1, 1_000_000_000), 3000), 2000, 'the clock went back: watched for the rest');
  mono += 2000;
  assert.equal(settle.wait('b', stats(2, 1, 1_000_000_000), 3000), 0);
  assert.equal(settle.wait('c', stats(3, 1, wall + 86_400_000), 3000), 3000, 'from tomorrow: watched');
  mono += 3000;
  assert.equal(settle.wait('c', stats(3, 1, wall + 86_400_000), 3000), 0);
  assert.equal(settle.wait('c', stats(3, 2, wall + 86_400_000), 3000), 3000, 'it grew: from the start');
  assert.equal(settle.wait('d', stats(4, 1, 0), 3000, 'by-watching'), 3000, 'a copy with an old time is watched');
});

test('a configuration names every mistake at once, each with its line', () => {
  const text =
    'node: Laptop 1\nbrian: claude\napproval_hours: -3\ndrop_folders:\n  - /ok\n  - relative\nsettle:\n  note: soon\n  tack: 1\n';
  const parsed = parseConfig(text, 'config.yaml');
  const message = parsed.ok ? '' : parsed.failure.message;
  for (const [line, what] of [
    [1, 'node'],
    [2, 'brian'],
    [3, 'approval_hours'],
    [6, 'drop_folders.1'],
    [8, 'settle.note'],
    [9, 'tack'],
  ] as const) {
    assert.match(message, new RegExp(`line ${line}: [^;]*${what}`), message);
  }
  assert.equal(parseConfig('', 'x').ok, true);
  for (const broken of ['node: [', 'node: a\nnode: b', '- a', 'node: &a local\nbrain: *b', 'just words'])
    assert.equal(parseConfig(broken, 'x').ok, false, broken);
  const open = parseConfig('node: [\n', 'x');
  assert.match(open.ok ? '' : open.failure.message, /^x cannot be read: line 2: [^:]* end with a \]\.$/);
});

test('a module that is malformed, misnamed or there twice stops the start and names the known ones', async () => {
  using folder = new TempFolder();
  const named = (value: unknown): { name: string } | undefined =>
    typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'
      ? { name: value.name }
      : undefined;
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['twice', { 'a.ts': 'export default { name: "a" };', 'a/index.ts': 'export default { name: "a" };' }, /called “a”/],
    [
      'malformed',
      { 'a.ts': 'export default { name: "a" };', 'b.ts': 'export default 5;' },
      /b\.ts does not export.*Known in .*: a, b/,
    ],
    ['misnamed', { 'a.ts': 'export default { name: "b" };' }, /calls itself “b”, not “a”/],
    ['broken', { 'a.ts': 'throw new Error("no");' }, /cannot be loaded: no\. Known/],
  ];
  for (const [name, files, why] of cases) {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder.path, name, file)), { recursive: true });
      writeFileSync(path.join(folder.path, name, file), text);
    }
    await assert.rejects(discover(path.join(folder.path, name), named), why);
  }
  const fine = path.join(folder.path, 'fine');
  mkdirSync(path.join(fine, 'c'), { recursive: true });
  for (const [file, text] of [
    ['main.ts', 'throw 1;'],
    ['a.ts', 'export default { name: "a" };'],
    ['notes.md', ''],
    ['c/index.ts', 'export default { name: "c" };'],
  ] as const)
    writeFileSync(path.join(fine, file), text);
  assert.deepEqual([...(await discover(fine, named)).keys()], ['a', 'c']);
});

test('a grant counts once, for one envelope, from one executor, for seconds, and only after the server started', () => {
  const key = generateKeyPairSync('ed25519').privateKey;
  const other = generateKeyPairSync('ed25519').privateKey;
  const envelope = envelopeWith();
  const checker = new GrantChecker(publicHalf(key), 1000);
  const grant = signGrant(key, envelope, 1, 2000);
  const asked = (given: unknown, of = envelope): Parameters<GrantChecker['admit']>[0] => {
    const { server, tool, arguments: values } = of;
    return { server, tool, arguments: values, envelope: of, grant: given };
  };
  const refused = (given: unknown, of = envelope, now = 2000): string => {
    const admitted = checker.admit(asked(given, of), now);
    return admitted.ok ? assert.fail('accepted') : admitted.failure.message;
  };
  assert.match(refused(undefined), /no grant/);
  assert.match(refused({ ...grant, extra: 1 }), /no grant/);
  assert.match(refused({ ...grant, digest: '0'.repeat(64) }), /another action/);
  assert.match(refused({ ...grant, expires: grant.expires + 1 }), /not signed/);
  assert.match(refused({ ...grant, attempt: 2 }), /not signed/);
  assert.match(refused(signGrant(other, envelope, 1, 2000)), /not signed/);
  assert.match(refused(grant, envelopeWith({ nonce: 'f'.repeat(32) })), /another action/);
  assert.match(refused(grant, envelopeWith({ arguments: { to: 'elsewhere' } })), /another action/);
  assert.match(refused(grant, envelope, 40_000), /expired/);
  assert.ok(checker.admit(asked(grant), 2000).ok);
  assert.match(refused(grant), /used before/);
});

test('a grant that was used is used in every spelling of its signature, and an attempt that was made is not made again', () => {
  const key = generateKeyPairSync('ed25519').privateKey;
  const envelope = envelopeWith();
  const { server, tool, arguments: values } = envelope;
  const checker = new GrantChecker(publicHalf(key), 1000);
  const admit = (grant: unknown): boolean =>
    checker.admit({ server, tool, arguments: values, envelope, grant }, 2000).ok;
  const grant = signGrant(key, envelope, 2, 2000);
  assert.ok(admit(grant));
  const bytes = Buffer.from(grant.signature, 'base64');
  const spellings = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map(last => `${grant.signature.slice(0, -3)}${last}==`);
  const same = spellings.filter(text => Buffer.from(text, 'base64').equals(bytes) && text !== grant.signature);
  for (const signature of same) assert.ok(!admit({ ...grant, signature }));
  assert.ok(!admit(signGrant(key, envelope, 2, 2001)), 'the same attempt, signed anew');
  assert.ok(!admit(signGrant(key, envelope, 1, 2001)), 'an earlier attempt');
  assert.ok(admit(signGrant(key, envelope, 3, 2001)));
});

test('every state of an action has a home, can be reached and left, and no move but the ones in the table is made', () => {
  const states = Object.keys(ACTION_HOME);
  const folders: readonly string[] = Object.values(FOLDERS);
  const events = new Set(ACTION_MOVES.map(({ event }) => event));
  const known = (name: string): name is ActionState => name in ACTION_HOME;
  const reached = new Set<string>(['proposed']);
  for (let round = 0; round < states.length; round += 1)
    for (const { from, to } of ACTION_MOVES) if (reached.has(from)) reached.add(to);
  for (const state of states.filter(known)) {
    assert.ok(folders.includes(ACTION_HOME[state]), state);
    assert.ok(reached.has(state) || state === 'held', `${state} cannot be reached`);
    const out = ACTION_MOVES.filter(({ from }) => from === state);
    if (!isSettled(state)) assert.ok(out.length > 0, `${state} is a trap`);
    for (const event of events) {
      const listed = out.filter(move => move.event === event);
      assert.ok(listed.length <= 1, `${state} ${event} is there twice`);
      assert.equal(nextActionState(state, event), listed[0]?.to);
    }
  }
  for (const state of ['confirmed', 'failed', 'rejected', 'superseded'] as const)
    for (const event of events) assert.equal(nextActionState(state, event), undefined);
  for (const { from, event } of ACTION_MOVES)
    if (event === 'INTENT') assert.ok(['approved', 'capped', 'retrying'].includes(from), from);
});

test('a task is done only where every action that counts is confirmed', () => {
  const states = Object.keys(ACTION_HOME).filter((name): name is ActionState => name in ACTION_HOME);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...states), { maxLength: 5 }),
      fc.constantFrom('done', 'rejected', 'failed'),
      (actions, intended) => {
        const verdict = verdictOf(actions, intended);
        if (verdict === 'done')
          assert.ok(intended === 'done' && actions.every(state => state === 'confirmed' || state === 'superseded'));
        if (actions.includes('failed') || intended === 'failed') assert.equal(verdict, 'failed');
      },
    ),
  );
});

test('offers that were cut off or damaged offer nothing, and nobody fails on them until they are written anew', () => {
  using folder = new TempFolder();
  const file = path.join(folder.path, 'offers.json');
  const whole = `${JSON.stringify({ key: 'k', offers: [] })}\n`;
  for (const damaged of [whole.slice(0, 9), '', '\u0000'.repeat(20), '[]', '{"key":1}']) {
    writeFileSync(file, damaged);
    assert.equal(readOffers(file), undefined, JSON.stringify(damaged));
  }
  writeOffers(file, folder.path, { key: 'k', offers: [] });
  assert.deepEqual(readOffers(file), { key: 'k', offers: [] });
});
