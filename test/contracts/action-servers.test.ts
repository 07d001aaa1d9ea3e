import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';
import { isActionServer, META } from '../../core/action-server.ts';
import { discover } from '../../core/discover.ts';
import { isPlainRead } from '../../core/reach.ts';
import { Vault } from '../../core/vault.ts';
import { RunningServer, type Told } from '../helpers/action-server.ts';
import { envelopeFor } from '../helpers/envelopes.ts';
import { GRANT_FORGERIES } from '../helpers/grant-forgeries.ts';
import { REPOSITORY } from '../helpers/tree.ts';
import { until } from '../helpers/vault.ts';
import { ODD_PATHS, SAMPLES, type Sample } from './action-samples.ts';

const servers = await discover(path.join(REPOSITORY, 'mcp-servers'), value =>
  isActionServer(value) ? value : undefined,
);

/** The files that each tool makes with its sample, as they were found when it was done. */
const written = new Map<string, readonly string[]>();

function sampleOf(name: string): Sample {
  const sample = SAMPLES[name];
  assert.ok(sample, `add a sample of the action server “${name}” to test/contracts/action-samples.ts`);
  return sample;
}

/** Nothing was done: a refusal in words, or proof that nothing was sent. */
function assertRefused(told: Told, what: string): void {
  assert.ok(told.outcome === undefined || told.outcome.outcome === 'not_sent', `${what}: ${told.text}`);
  assert.ok(told.text.length > 0, `${what}: refused without a word`);
}

test('there are action servers to look at, and the table of odd paths is long enough to mean something', () => {
  assert.ok(servers.size >= 2);
  assert.ok(new Set(ODD_PATHS).size >= 60);
});

for (const [name, server] of servers) {
  test(`${name}: each tool has a sample, title, description, annotations and a schema that converts to JSON Schema`, async () => {
    const sample = sampleOf(name);
    await using running = await RunningServer.start(name, sample);
    const far = await sample.open();
    const vault = new Vault(running.vault, 'server');
    const context = { vault, state: running.folder.path, dropFolders: [], secrets: far.secrets, now: () => new Date() };
    const offered = server.offer(far.settings, context);
    await far.close();
    assert.ok(offered.ok && offered.value.length > 0);
    const readers = offered.value.filter(({ reach }) => isPlainRead(reach)).map(tool => tool.name);
    assert.deepEqual(readers.sort(), Object.keys(sample.readers ?? {}).sort());
    const sampled = Object.keys({ ...sample.tools, ...sample.readers });
    assert.deepEqual(offered.value.map(tool => tool.name).sort(), sampled.sort());
    const { tools } = await running.tools();
    assert.deepEqual(
      tools.map(tool => tool.name).sort(),
      [...offered.value.map(tool => tool.name), 'reconcile'].sort(),
      'what is served is what is offered, and reconcile',
    );
    for (const tool of offered.value) {
      assert.match(tool.name, /^[a-z][a-z0-9_]*$/);
      assert.ok(tool.title.length > 3 && tool.description.length > 10, tool.name);
      const schema = z.toJSONSchema(tool.input, { io: 'input' });
      assert.equal(schema.additionalProperties, false, `${tool.name} takes arguments that it does not know`);
      for (const [key, property] of Object.entries(schema.properties ?? {})) {
        assert.match(key, /^[a-z][a-z0-9_]{0,40}$/);
        const said = typeof property === 'object' ? (property.description ?? '') : '';
        if (/relative to the vault/i.test(said)) {
          const { paths } = { ...sample.tools, ...sample.readers }[tool.name] ?? {};
          assert.ok(paths?.[key], `${tool.name}.${key} takes a path that the sample leaves out`);
        }
      }
    }
    for (const tool of tools) {
      assert.ok(tool.title && tool.description && tool.annotations, tool.name);
      const isReader = readers.includes(tool.name);
      assert.equal(tool.annotations.readOnlyHint, isReader || tool.name === 'reconcile', tool.name);
      assert.ok(isReader || tool.outputSchema, `${tool.name} has no output schema`);
    }
  });

  test(`${name}: a dry run describes the action and does nothing`, async () => {
    const sample = sampleOf(name);
    await using running = await RunningServer.start(name, sample);
    const before = running.snapshot();
    for (const [tool, { args }] of Object.entries(sample.tools)) {
      const first = await running.describe(tool, args);
      assert.ok(first && first.title.length > 5, tool);
      assert.deepEqual(await running.describe(tool, args), first, `${tool} describes the same action in two ways`);
    }
    assert.deepEqual(running.snapshot(), before);
    assert.equal(running.effects(), 0);
  });

  test(`${name}: without the executor’s own grant for exactly this action nothing happens, and each refusal is told`, async () => {
    const sample = sampleOf(name);
    await using running = await RunningServer.start(name, sample);
    const before = running.snapshot();
    const forgeries = Object.entries(GRANT_FORGERIES);
    assert.ok(forgeries.length >= 35, `${forgeries.length} forgeries`);
    let refused = 0;
    for (const [tool, { args }] of Object.entries(sample.tools)) {
      const envelope = await running.envelope(tool, args);
      const other = await running.envelope(tool, args);
      const otherTool = Object.keys(sample.tools).find(one => one !== tool) ?? `${tool}x`;
      for (const [what, { why, call }] of forgeries) {
        const told = await call({ running, tool, args, envelope, other, otherTool });
        assertRefused(told, `${name}.${tool}, ${what}`);
        assert.match(told.text, why, `${name}.${tool}, ${what}`);
        if (!/A file has changed/.test(told.text)) refused += 1;
      }
    }
    assert.deepEqual(running.snapshot(), before);
    assert.equal(running.effects(), 0);
    await until(
      () => running.complaints.length >= refused,
      () => `${refused} refusals, told of: ${running.complaints.join('\n')}`,
    );
    for (const line of running.complaints) {
      assert.match(
        line,
        new RegExp(`^refused ${name}\\.[a-z_]+: [A-Z][^{}"]{10,120}$`),
        'nothing of what came in is in it',
      );
    }
  });

  test(`${name}: the same envelope, arguments and grant in another spelling are the same, and count once`, async () => {
    const sample = sampleOf(name);
    for (const [tool, { args }] of Object.entries(sample.tools)) {
      await using running = await RunningServer.start(name, sample);
      const envelope = await running.envelope(tool, args);
      const grant = running.grant(envelope);
      const turned = <T extends object>(value: T): Record<string, unknown> =>
        Object.fromEntries(Object.entries(value).reverse());
      const meta = { [META.envelope]: turned({ ...envelope, arguments: turned(args) }), [META.grant]: turned(grant) };
      const told = await running.call(tool, turned(args), meta);
      assert.equal(told.outcome?.outcome, 'confirmed', `${tool}: ${told.text}`);
      const after = running.snapshot();
      const bytes = Buffer.from(grant.signature, 'base64').toString('hex');
      const respelled = [...'BCDEFGHIJKLMNOPQRSTUVWXYZ']
        .map(last => `${grant.signature.slice(0, -3)}${last}==`)
        .filter(text => text !== grant.signature && Buffer.from(text, 'base64').toString('hex') === bytes);
      const again = [
        grant,
        running.grant(envelope),
        ...respelled.slice(0, 3).map(signature => ({ ...grant, signature })),
      ];
      for (const one of again) {
        const replayed = await running.perform(envelope, one);
        assertRefused(replayed, `${tool}, replayed`);
        assert.match(replayed.text, /was used before/);
      }
      assert.deepEqual(running.snapshot(), after);
      assert.ok(running.effects() <= 1);
    }
  });

  test(`${name}: a granted action is done once, its grant is worth nothing a second time, it loses no file, and asking whether it happened changes nothing before and after`, async () => {
    const sample = sampleOf(name);
    for (const [tool, { args }] of Object.entries(sample.tools)) {
      await using running = await RunningServer.start(name, sample);
      const before = running.snapshot();
      const envelope = await running.envelope(tool, args);
      const early = await running.call('reconcile', { envelope });
      assert.ok(early.outcome && early.outcome.outcome !== 'confirmed', `${tool}: ${early.text}`);
      assert.deepEqual(running.snapshot(), before);
      const grant = running.grant(envelope);
      const told = await running.perform(envelope, grant);
      assert.equal(told.outcome?.outcome, 'confirmed', `${tool}: ${told.text}`);
      const after = running.snapshot();
      written.set(
        `${name}.${tool}`,
        [...after.keys()].filter(file => !before.has(file)),
      );
      assert.ok(running.effects() === 1 || !isSame(before, after), `${tool} did nothing`);
      assertRefused(await running.perform(envelope, grant), `${tool}, replayed`);
      const late = await running.call('reconcile', { envelope });
      assert.ok(late.outcome && late.outcome.outcome !== 'not_sent', `${tool}: ${late.text}`);
      assert.deepEqual(running.snapshot(), after);
      assert.ok(running.effects() <= 1);
      assertKept(before, after, tool);
    }
  });

  test(`${name}: what stands where an action would write stays as it is`, async () => {
    const sample = sampleOf(name);
    for (const [tool, { args }] of Object.entries(sample.tools)) {
      const places = written.get(`${name}.${tool}`) ?? assert.fail(`${tool} was not done before`);
      if (places.length === 0) continue;
      await using running = await RunningServer.start(name, sample);
      for (const file of places) {
        const decoy = path.join(running.folder.path, file);
        mkdirSync(path.dirname(decoy), { recursive: true });
        writeFileSync(decoy, 'it was here first\n');
      }
      const before = running.snapshot();
      await running.perform(await running.envelope(tool, args));
      const after = running.snapshot();
      for (const file of places) assert.equal(after.get(file), before.get(file), `${tool} overwrote ${file}`);
      assertKept(before, after, tool);
    }
  });

  test(`${name}: no way of writing a path reaches what steers Steward or leaves the vault`, async () => {
    const sample = sampleOf(name);
    await using running = await RunningServer.start(name, sample);
    const before = running.snapshot();
    let tried = 0;
    for (const [tool, { paths }] of Object.entries(sample.tools)) {
      for (const [key, withPath] of Object.entries(paths)) {
        for (const odd of ODD_PATHS) {
          const what = `${name}.${tool} ${key}=${JSON.stringify(odd)}`;
          const args = withPath(odd);
          assert.equal(await running.describe(tool, args), undefined, `${what} was prepared`);
          assertRefused(await running.perform(envelopeFor(name, tool, args)), what);
          tried += 1;
        }
      }
    }
    assert.ok(tried === 0 || tried >= ODD_PATHS.length);
    assert.deepEqual(running.snapshot(), before);
    assert.equal(running.effects(), 0);
  });

  test(`${name}: what only reads answers without a grant, changes nothing, and reaches nothing that steers Steward`, async () => {
    const sample = sampleOf(name);
    await using running = await RunningServer.start(name, sample);
    const before = running.snapshot();
    for (const [tool, { args, paths }] of Object.entries(sample.readers ?? {})) {
      const told = await running.call(tool, args);
      assert.ok(told.text.length > 0 && told.outcome === undefined, `${tool}: ${told.text}`);
      for (const withPath of Object.values(paths))
        for (const odd of ODD_PATHS)
          assert.doesNotMatch((await running.call(tool, withPath(odd))).text, /held at|outside/);
    }
    assert.deepEqual(running.snapshot(), before);
    assert.equal(running.effects(), 0);
  });
}

test('every action server is clean under the strict MCP inspector', async () => {
  const run = promisify(execFile);
  for (const [name] of servers) {
    await using running = await RunningServer.start(name, sampleOf(name));
    const served = ['node_modules/.bin/node', 'mcp-servers/main.ts', name];
    const asked = [
      '--cli',
      ...served,
      '-e',
      `STEWARD_SERVER=${running.settings}`,
      '--method',
      'tools/list',
      '--strict',
    ];
    const { stdout, stderr } = await run('node_modules/.bin/mcp-inspector', asked, {
      cwd: REPOSITORY,
      timeout: 60_000,
    });
    const listed = z.object({ tools: z.array(z.object({ name: z.string() })) }).parse(JSON.parse(stdout));
    const { tools, readers } = sampleOf(name);
    assert.equal(listed.tools.length, Object.keys({ ...tools, ...readers }).length + 1);
    assert.equal(stderr.trim(), '', `the inspector has something to say about ${name}`);
  }
});

const isSame = (one: ReadonlyMap<string, string>, two: ReadonlyMap<string, string>): boolean =>
  JSON.stringify([...one]) === JSON.stringify([...two]);

/** Whatever was held somewhere is still held somewhere, and only what moved left its place. */
function assertKept(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>, what: string): void {
  const held = new Set(after.values());
  for (const [file, digest] of before) {
    assert.ok(held.has(digest), `${what} lost what stood at ${file}`);
    assert.ok(!after.has(file) || after.get(file) === digest, `${what} changed ${file}`);
  }
}
