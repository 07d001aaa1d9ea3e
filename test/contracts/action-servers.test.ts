import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';
import { isActionServer } from '../../core/action-server.ts';
import { discover } from '../../core/discover.ts';
import { grantClock, signGrant } from '../../core/grant.ts';
import { Vault } from '../../core/vault.ts';
import { RunningServer, type Told } from '../helpers/action-server.ts';
import { envelopeFor } from '../helpers/envelopes.ts';
import { REPOSITORY } from '../helpers/tree.ts';
import { ODD_PATHS, SAMPLES, type Sample } from './action-samples.ts';

const servers = await discover(path.join(REPOSITORY, 'mcp-servers'), value =>
  isActionServer(value) ? value : undefined,
);

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
    const offered = server.offer(far.settings, { vault, dropFolders: [], secrets: far.secrets, now: () => new Date() });
    await far.close();
    assert.ok(offered.ok && offered.value.length > 0);
    assert.deepEqual(offered.value.map(tool => tool.name).sort(), Object.keys(sample.tools).sort());
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
          assert.ok(sample.tools[tool.name]?.paths[key], `${tool.name}.${key} takes a path that the sample leaves out`);
        }
      }
    }
    for (const tool of tools) {
      assert.ok(tool.title && tool.description && tool.annotations, tool.name);
      assert.equal(tool.annotations.readOnlyHint, tool.name === 'reconcile', tool.name);
      assert.ok(tool.outputSchema, `${tool.name} has no output schema`);
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

  test(`${name}: without the executor’s own grant for exactly this action nothing happens`, async () => {
    const sample = sampleOf(name);
    await using running = await RunningServer.start(name, sample);
    const before = running.snapshot();
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const entries = Object.entries(sample.tools);
    for (const [tool, { args }] of entries) {
      const envelope = await running.envelope(tool, args);
      const other = await running.envelope(tool, args);
      const good = running.grant(envelope);
      const elsewhere = { ...envelope, server: `${name}x` };
      const another = { ...envelope, tool: entries.find(([one]) => one !== tool)?.[0] ?? `${tool}x` };
      const bent = { ...envelope, arguments: { ...args, extra: 'more' } };
      const tries: Record<string, Promise<Told>> = {
        'no envelope and no grant': running.call(tool, args),
        'an envelope alone': running.perform(envelope, null),
        'a grant that is text': running.perform(envelope, 'yes'),
        'a grant by a stranger': running.perform(envelope, signGrant(stranger, envelope, 1, grantClock())),
        'a grant for another action': running.perform(envelope, running.grant(other)),
        'a grant made longer': running.perform(envelope, { ...good, expires: good.expires + 1 }),
        'a grant for another attempt': running.perform(envelope, { ...good, attempt: 2 }),
        'a grant that has lapsed': running.perform(envelope, running.grant(envelope, grantClock() - 31_000)),
        'a grant from before the start': running.perform(envelope, running.grant(envelope, running.started - 1000)),
        'a grant from the future': running.perform(envelope, running.grant(envelope, grantClock() + 3_600_000)),
        'other arguments': running.call(tool, args, {
          'steward/envelope': bent,
          'steward/grant': running.grant(bent),
        }),
        'another tool': running.call(tool, args, {
          'steward/envelope': another,
          'steward/grant': running.grant(another),
        }),
        'another server': running.perform(elsewhere, running.grant(elsewhere)),
        'an envelope changed after it was granted': running.perform({ ...envelope, title: 'x' }, good),
      };
      for (const [what, told] of Object.entries(tries)) assertRefused(await told, `${name}.${tool}, ${what}`);
    }
    assert.deepEqual(running.snapshot(), before);
    assert.equal(running.effects(), 0);
  });

  test(`${name}: a granted action is done once, its grant is worth nothing a second time, and it loses no file`, async () => {
    const sample = sampleOf(name);
    for (const [tool, { args }] of Object.entries(sample.tools)) {
      await using running = await RunningServer.start(name, sample);
      const before = running.snapshot();
      const envelope = await running.envelope(tool, args);
      const grant = running.grant(envelope);
      const told = await running.perform(envelope, grant);
      assert.equal(told.outcome?.outcome, 'confirmed', `${tool}: ${told.text}`);
      const after = running.snapshot();
      assert.ok(running.effects() === 1 || !isSame(before, after), `${tool} did nothing`);
      assertRefused(await running.perform(envelope, grant), `${tool}, replayed`);
      assert.deepEqual(running.snapshot(), after);
      assert.ok(running.effects() <= 1);
      assertKept(before, after, tool);
    }
  });

  test(`${name}: what stands where an action would write stays as it is`, async () => {
    const sample = sampleOf(name);
    for (const [tool, { args }] of Object.entries(sample.tools)) {
      const written = await writtenBy(name, sample, tool);
      await using running = await RunningServer.start(name, sample);
      for (const file of written) {
        const decoy = path.join(running.folder.path, file);
        mkdirSync(path.dirname(decoy), { recursive: true });
        writeFileSync(decoy, 'it was here first\n');
      }
      const before = running.snapshot();
      await running.perform(await running.envelope(tool, args));
      const after = running.snapshot();
      for (const file of written) assert.equal(after.get(file), before.get(file), `${tool} overwrote ${file}`);
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

  test(`${name}: asking whether something happened changes nothing, before and after`, async () => {
    const sample = sampleOf(name);
    for (const [tool, { args }] of Object.entries(sample.tools)) {
      await using running = await RunningServer.start(name, sample);
      const envelope = await running.envelope(tool, args);
      const before = running.snapshot();
      const early = await running.call('reconcile', { envelope });
      assert.ok(early.outcome && early.outcome.outcome !== 'confirmed', `${tool}: ${early.text}`);
      assert.deepEqual(running.snapshot(), before);
      await running.perform(envelope);
      const after = running.snapshot();
      const late = await running.call('reconcile', { envelope });
      assert.ok(late.outcome && late.outcome.outcome !== 'not_sent', `${tool}: ${late.text}`);
      assert.deepEqual(running.snapshot(), after);
      assert.ok(running.effects() <= 1);
    }
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
    assert.equal(listed.tools.length, Object.keys(sampleOf(name).tools).length + 1);
    assert.equal(stderr.trim(), '', `the inspector has something to say about ${name}`);
  }
});

const isSame = (one: ReadonlyMap<string, string>, two: ReadonlyMap<string, string>): boolean =>
  JSON.stringify([...one]) === JSON.stringify([...two]);

/** The files that a tool makes with its sample. */
async function writtenBy(name: string, sample: Sample, tool: string): Promise<string[]> {
  await using running = await RunningServer.start(name, sample);
  const before = running.snapshot();
  await running.perform(await running.envelope(tool, sample.tools[tool]?.args ?? {}));
  return [...running.snapshot().keys()].filter(file => !before.has(file));
}

/** Whatever was held somewhere is still held somewhere, and only what moved left its place. */
function assertKept(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>, what: string): void {
  const held = new Set(after.values());
  for (const [file, digest] of before) {
    assert.ok(held.has(digest), `${what} lost what stood at ${file}`);
    assert.ok(!after.has(file) || after.get(file) === digest, `${what} changed ${file}`);
  }
}
