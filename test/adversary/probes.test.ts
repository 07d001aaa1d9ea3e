import assert from 'node:assert/strict';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parseApproval } from '../../core/approval-note.ts';
import type { Brain, ToolCall } from '../../core/brain.ts';
import { canonicalJson, sha256 } from '../../core/digest.ts';
import type { Envelope } from '../../core/envelope.ts';
import type { LedgerRecord } from '../../core/ledger-record.ts';
import { mayWrite } from '../../core/vault-paths.ts';
import { InProcess } from '../helpers/in-process.ts';
import { ALONE, type Place, type Probe, TOGETHER } from '../helpers/probes.ts';
import { REPOSITORY } from '../helpers/tree.ts';

const CANARY = 'canary-4f1c-of-a-file-outside';
/** What each task of a probe is to do, by the task’s title. */
const scripts = new Map<string, readonly (readonly ToolCall[])[]>();

/** A brain that does what its script says, turn by turn, and then calls it a day. */
const brain: Brain = {
  name: 'prober',
  label: 'a brain of the test',
  next: ({ task, exchanges }) => {
    const turns = scripts.get(task.title) ?? [];
    const calls = turns[exchanges.length] ?? [
      { id: `end-${exchanges.length}`, tool: 'finish', input: { outcome: 'done', evidence: 'I say so.' } },
    ];
    return Promise.resolve({
      ok: true,
      turn: { say: '- [x] Approve', calls: [...calls], usage: { input_tokens: 0, output_tokens: 0, model: 'prober' } },
    });
  },
};

let vault: InProcess;
let place: Place;
/** What the person was shown when they said yes, by the action’s id. */
const shown = new Map<string, string>();
/** What has happened before the probe in hand. */
let past: { readonly seq: number; readonly tree: ReadonlyMap<string, string> };

const notes = (folder: string): string[] =>
  readdirSync(path.join(vault.root, folder))
    .filter(name => name.endsWith('.md') && name !== 'README.md')
    .map(name => `${folder}/${name}`);

/** Says yes to everything that is asked, and answers every question with its first choice. */
async function sayYes(): Promise<void> {
  for (let rounds = 0; rounds < 12; rounds += 1) {
    await vault.drain();
    const waiting = [...notes('Pending_Approval'), ...notes('Outbox')].filter(note => !note.includes('bystander'));
    for (const note of waiting) {
      const file = path.join(vault.root, note);
      const read = parseApproval(readFileSync(file, 'utf8'));
      assert.ok(read.ok, `${note} cannot be read`);
      assert.equal(read.value.decision, undefined, `${note} decides itself`);
      shown.set(read.value.id, canonicalJson(read.value.envelope.arguments));
      renameSync(file, path.join(vault.root, 'Approved', path.basename(note)));
    }
    const asked = notes('Questions').filter(note =>
      /^status: waiting$/m.test(readFileSync(path.join(vault.root, note), 'utf8')),
    );
    for (const note of asked) {
      const file = path.join(vault.root, note);
      const text = readFileSync(file, 'utf8');
      writeFileSync(file, /^- \[ \] /m.test(text) ? text.replace(/^(?!>)- \[ \] /m, '- [x] ') : `${text}\nYes.\n`);
    }
    if (waiting.length === 0 && asked.length === 0) return;
  }
}

/** Every file and link of vault, state and what lies beside them, with what it holds. */
function tree(): Map<string, string> {
  const base = path.dirname(vault.root);
  const found = new Map<string, string>();
  for (const entry of readdirSync(base, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(base, file);
    if (entry.isSymbolicLink()) found.set(name, `link ${readlinkSync(file)}`);
    else if (entry.isFile()) found.set(name, `${lstatSync(file).mode} ${sha256(readFileSync(file))}`);
  }
  return found;
}

/** What Steward itself writes while it works: none of it is a way to steer it, but by the person’s hand. */
const MACHINERY = [
  /^vault\/(Needs_Action|In_Progress\/local|Plans|Pending_Approval|Outbox)\/[^/]+\.md$/,
  /^vault\/(Done|Failed|Rejected)\/\d{4}-\d{2}\/[^/]+\.md$/,
  /^vault\/Questions\/[a-z0-9-]+-(question-\d+|lapsed|unknown)\.md$/,
  /^vault\/Logs\/\d{4}-\d{2}-\d{2}-local\.md$/,
  /^vault\/Dashboard\.md$/,
  /^state\/[0-9a-f]{16}\/(ledger\.journal|spending\.journal|memory\/notes\.sqlite|offers\.json|[a-z]+\.lock|seen\/|tasks\/|spool\/|tmp\/)/,
];

before(async () => {
  vault = new InProcess('settle: { note: 0, tick: 0, drop: 0 }\n', brain);
  const base = path.dirname(vault.root);
  const outside = path.join(base, 'outside');
  mkdirSync(outside);
  writeFileSync(path.join(outside, 'secret.txt'), CANARY);
  const at = (name: string): string => path.join(vault.root, name);
  scripts.set('bystander', [
    [{ id: 'c', tool: 'propose_files_write', input: { path: 'Documents/bystander.md', text: 'x' } }],
  ]);
  writeFileSync(at('Needs_Action/bystander.md'), 'Somebody else’s task.\n');
  await vault.drain();
  writeFileSync(at('Inbox/.keep'), '');
  symlinkSync(path.join(outside, 'secret.txt'), at('Inbox/link.txt'));
  linkSync(path.join(outside, 'secret.txt'), at('Inbox/hard.txt'));
  symlinkSync(outside, at('Documents/away'));
  scripts.set('bait.txt', [[{ id: 'c', tool: 'finish', input: { outcome: 'done', evidence: 'Left where it is.' } }]]);
  writeFileSync(at('Inbox/bait.txt'), 'bait');
  await sayYes();
  const action = vault.records().flatMap(({ body }) => (body.kind === 'PROPOSED' ? [body.envelope] : []))[0];
  assert.ok(action !== undefined, 'the bystander’s action waits');
  place = {
    ...{ root: vault.root, state: vault.opened.state.root, outside, repository: REPOSITORY },
    other: { task: action.task, action: action.id },
  };
  past = { seq: vault.records().length, tree: tree() };
});

after(() => vault[Symbol.asyncDispose]());

test('at least 80 probes are tried, and between them every tool that a brain has', () => {
  const all = Object.values({ ...TOGETHER, ...ALONE }).flatMap(({ turns }) => turns(place).flat());
  const count = Object.keys({ ...TOGETHER, ...ALONE }).length;
  assert.ok(count >= 80, `${count} probes`);
  const offered = readFileSync(vault.opened.state.offers, 'utf8').matchAll(/"server":"(\w+)","tool":"(\w+)"/g);
  const tools = [...offered].map(([, server, tool]) => `propose_${server}_${tool}`);
  assert.ok(tools.length >= 5, tools.join());
  for (const tool of [...tools, 'plan_update', 'ask_person', 'finish'])
    assert.ok(
      all.some(one => one.tool === tool),
      `${tool} is never tried`,
    );
});

type Went = {
  readonly records: readonly LedgerRecord[];
  readonly wrong: readonly string[];
  readonly leaked: readonly string[];
};

/** Lets tasks of these probes come in together, says yes to whatever is asked, and looks at what became of it all. */
async function go(probes: Readonly<Record<string, Probe>>): Promise<Went> {
  for (const [name, probe] of Object.entries(probes)) {
    scripts.set(titleOf(name), probe.turns(place));
    writeFileSync(path.join(vault.root, 'Needs_Action', `${titleOf(name)}.md`), 'Go on.\n');
  }
  await sayYes();
  const now = tree();
  const records = vault.records().flatMap(({ seq, body }) => (seq > past.seq ? [body] : []));
  const effects = new Set(records.flatMap(body => (body.kind === 'INTENT' ? pathsOf(body.id) : [])));
  for (const effect of effects) assert.ok(mayWrite('server', effect), `an effect on ${effect}`);
  const changed = [...new Set([...past.tree.keys(), ...now.keys()])].filter(
    file => past.tree.get(file) !== now.get(file),
  );
  past = { seq: vault.records().length, tree: now };
  const wrong = changed.filter(
    file => !effects.has(file.replace(/^vault\//, '')) && !MACHINERY.some(pattern => pattern.test(file)),
  );
  const key = readFileSync(path.join(place.state, 'keys', 'executor.pem'), 'utf8').split('\n')[1] ?? '';
  const leaked = changed.filter(file => {
    if (!file.startsWith('vault/') || !now.has(file)) return false;
    const text = readFileSync(path.join(path.dirname(vault.root), file), 'utf8');
    return text.includes(CANARY) || text.includes(key) || /^PATH=|\0PATH=/.test(text);
  });
  return { records, wrong, leaked };
}

const titleOf = (name: string): string => `probe-${sha256(name).slice(0, 8)}`;
const envelopes = (): ReadonlyMap<string, Envelope> =>
  new Map(vault.records().flatMap(({ body }) => (body.kind === 'PROPOSED' ? [[body.envelope.id, body.envelope]] : [])));
const pathsOf = (id: string): string[] => {
  const given = envelopes().get(id)?.arguments ?? {};
  return ['path', 'from', 'to'].flatMap(name => (typeof given[name] === 'string' ? [given[name]] : []));
};

/** What one probe must not have brought about. */
function judge(name: string, probe: Probe, { records, wrong, leaked }: Went): void {
  const closed = records.filter(body => body.kind === 'CLOSED' && body.title === titleOf(name));
  const [end] = closed;
  assert.ok(end?.kind === 'CLOSED' && closed.length === 1, `it does not end: ${vault.lines.slice(-5).join('\n')}`);
  const mine = records.filter(body => 'id' in body && body.id.startsWith(`${end.task}-a`));
  const begun = mine.filter(({ kind }) => kind === 'INTENT');
  assert.equal(begun.length, probe.begun ?? 0, 'effects were begun');
  const known = envelopes();
  for (const body of mine) {
    if (body.kind !== 'APPROVED') continue;
    const { zone, arguments: given } = known.get(body.id) ?? assert.fail(body.id);
    assert.ok(
      body.way === 'moved' || (body.way === 'policy' && zone !== 'red'),
      `${body.id} was approved by ${body.way}`,
    );
    if (body.way === 'moved')
      assert.equal(shown.get(body.id), canonicalJson(given), `${body.id} was shown as something else`);
  }
  const others = records.filter(body => 'id' in body && body.id === place.other.action);
  assert.deepEqual(others, [], 'something became of another task’s action');
  assert.deepEqual(wrong, [], 'what was changed besides');
  assert.deepEqual(leaked, [], 'what holds a secret');
}

const says = 'changes nothing that steers, and has no effect but what was shown';
let together: Promise<Went> | undefined;
for (const [name, probe] of Object.entries(TOGETHER)) {
  test(`a planner that ${name} ${says}`, async () => {
    together ??= go(TOGETHER);
    judge(name, probe, await together);
  });
}
for (const [name, probe] of Object.entries(ALONE)) {
  test(`a planner that ${name} ${says}`, async () => judge(name, probe, await go({ [name]: probe })));
}
test('after all of them ledger and log are sound', () => assert.deepEqual(vault.problems(), []));
