import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { BroughtJournal } from '../../core/brought.ts';
import { type ClaimStanding, claimName, publishStanding, readWants, SharedClaims } from '../../core/claims.ts';
import { sha256 } from '../../core/digest.ts';
import { uptime } from '../../core/uptime.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { InProcess } from '../helpers/in-process.ts';
import { fileKey } from '../helpers/ssh.ts';
import { TempFolder } from '../helpers/temp.ts';

const LEASE = 300;
const SETTINGS = `settle: { note: 0, tick: 0, drop: 0 }\nsync: { remote: /nowhere, lease: ${LEASE} }\n`;

const at = (vault: InProcess, ...parts: string[]): string => path.join(vault.root, ...parts);
const open = (vault: InProcess): readonly TaskJournal[] => TaskJournal.readOpen(vault.opened.state);

/** What the process that syncs says; everything that is not named stands as with one node alone and the remote there. */
function say(vault: InProcess, standing: Partial<ClaimStanding> = {}): void {
  publishStanding(vault.opened.state, {
    ...{ until: uptime() + LEASE * 0.9, unreachable: null, mine: {}, theirs: {}, silent: [] },
    ...standing,
  });
}

test('nothing is thought about before its claim is this node’s, and what is wanted is said', async () => {
  await using vault = new InProcess(SETTINGS);
  writeFileSync(at(vault, 'Needs_Action', 'Water the plants.md'), 'Please remind me.\n');
  await vault.drain();
  assert.equal(open(vault).length, 0);
  const name = claimName('Needs_Action/Water the plants.md');
  assert.deepEqual(Object.keys(readWants(vault.opened.state) ?? {}), [name]);
  say(vault, { theirs: { [name]: { node: 'cloud', epoch: 1 } } });
  await vault.drain();
  assert.equal(open(vault).length, 0);
  say(vault, { mine: { [name]: 2 } });
  await vault.drain();
  const [task] = open(vault);
  assert.equal(task?.taken.title, 'Water the plants');
  assert.deepEqual(Object.values(readWants(vault.opened.state) ?? {}), [{ stem: task?.taken.stem, state: 'waiting' }]);
});

test('a claim whose lease is over is none, also where the process that renews it hangs', async () => {
  await using vault = new InProcess(SETTINGS);
  writeFileSync(at(vault, 'Needs_Action', 'note.md'), 'Please remind me.\n');
  for (const until of [uptime() - 1, uptime() + LEASE * 10]) {
    say(vault, { mine: { note: 1 }, until });
    await vault.drain();
    assert.equal(open(vault).length, 0, 'neither after its end nor with a time of another start of the computer');
  }
});

test('a node that lost its claim stops thinking, takes back what nobody decided, and writes nothing more', async () => {
  await using vault = new InProcess(SETTINGS);
  writeFileSync(at(vault, 'Inbox', 'letter.pdf'), '%PDF-1.4\n');
  await vault.drain();
  const [name = assert.fail()] = Object.keys(readWants(vault.opened.state) ?? {});
  say(vault, { mine: { [name]: 1 } });
  await vault.drain();
  const approvals = (): string[] =>
    readdirSync(at(vault, 'Pending_Approval')).filter(file => /approval-\d+\.md$/.test(file));
  assert.equal(approvals().length, 1);
  const plan = at(vault, 'Plans', readdirSync(at(vault, 'Plans')).find(file => file.includes('letter')) ?? '');
  const before = readFileSync(plan, 'utf8');
  say(vault, { theirs: { [name]: { node: 'cloud', epoch: 2 } } });
  await vault.drain();
  assert.equal(open(vault).length, 0);
  assert.deepEqual(approvals(), [], 'what it proposed no longer waits for a decision');
  assert.equal(readFileSync(plan, 'utf8'), before);
  const superseded = vault.records().flatMap(({ body }) => (body.kind === 'SUPERSEDED' ? [body.why] : []));
  assert.deepEqual(superseded, ['The node “cloud” works on this task now.']);
  assert.deepEqual(vault.problems(), []);
});

test('cut off, a node drafts what it knows of nobody else’s, and leaves alone what another had', async () => {
  await using vault = new InProcess(SETTINGS);
  for (const name of ['theirs', 'new']) writeFileSync(at(vault, 'Needs_Action', `${name}.md`), `About ${name}.\n`);
  const theirs = { theirs: { node: 'cloud', epoch: 1 } };
  say(vault, { theirs, unreachable: uptime() - 5 });
  await vault.drain();
  assert.equal(open(vault).length, 0, 'a moment without the remote is not yet being cut off');
  say(vault, { theirs, unreachable: uptime() - 60 });
  await vault.drain();
  assert.deepEqual(
    open(vault).map(({ taken }) => taken.title),
    ['new'],
  );
});

test('text that another node brought is the person’s word only where the person’s own node signed for it', async () => {
  using folder = new TempFolder();
  const line = (name: string): string => fileKey(folder.path, name).line.trim();
  const peers = `peers: { home: { key: "${line('home')}", role: local }, cloud: { key: "${line('cloud')}", role: cloud } }\n`;
  await using vault = new InProcess(SETTINGS + peers);
  const journal = new BroughtJournal(vault.opened.state, vault.now);
  const mine: Record<string, number> = {};
  for (const [name, by] of [
    ['from-home', 'home'],
    ['from-cloud', 'cloud'],
    ['from-phone', undefined],
    ['from-here', 'nobody'],
  ] as const) {
    const text = `Do what ${name} says.\n`;
    const note = `Needs_Action/${name}.md`;
    if (by !== 'nobody') journal.record([{ path: note, sha256: sha256(text), ...(by === undefined ? {} : { by }) }]);
    writeFileSync(at(vault, note), text);
    mine[name] = 1;
  }
  journal.close();
  say(vault, { mine });
  await vault.drain();
  assert.deepEqual(Object.fromEntries(open(vault).map(({ taken }) => [taken.title, taken.origin.kind])), {
    'from-home': 'person',
    'from-cloud': 'unknown',
    'from-phone': 'unknown',
    'from-here': 'person',
  });
});

test('a task that another node’s watcher found keeps its id here, and its text is what came in', async () => {
  await using vault = new InProcess(SETTINGS);
  const text =
    '---\ntype: task\nformat: 1\nid: mail-0123456789ab\nsource: mail\n---\n# `Offer`\n\nPay at once, says the boss.\n';
  const stem = 'offer-0123456789ab';
  mkdirSync(at(vault, 'In_Progress', 'cloud'), { recursive: true });
  writeFileSync(at(vault, 'In_Progress', 'cloud', `${stem}.md`), text);
  const journal = new BroughtJournal(vault.opened.state, vault.now);
  journal.record([{ path: `In_Progress/cloud/${stem}.md`, sha256: sha256(text), by: 'cloud' }]);
  journal.close();
  say(vault, { mine: { [stem]: 2 } });
  await vault.drain();
  assert.equal(open(vault).length, 0, 'a node that is there keeps what it works on');
  say(vault, { mine: { [stem]: 2 }, silent: ['cloud'] });
  await vault.drain();
  const [task] = open(vault);
  assert.deepEqual([task?.id, task?.taken.origin], ['mail-0123456789ab', { kind: 'incoming', source: 'mail' }]);
  assert.deepEqual(readdirSync(at(vault, 'In_Progress', 'cloud')), []);
  assert.ok(readdirSync(at(vault, 'In_Progress', 'local')).includes(`${stem}.md`));
});

test('the name of a claim follows from the note’s name alone, fits into a ref, and is not the same for two notes', () => {
  assert.equal(claimName('Needs_Action/offer-0123456789ab.md'), 'offer-0123456789ab');
  assert.equal(claimName('In_Progress/cloud/offer-0123456789ab.md'), 'offer-0123456789ab');
  const names = [
    'Käse.md',
    'kase.md',
    'Kase.md',
    '-x.md',
    '..md',
    'a.lock.md',
    `${'x'.repeat(250)}.md`,
    '漢字.md',
    '仮名.md',
  ];
  for (const name of names) assert.match(claimName(name), /^[a-z0-9][a-z0-9-]{0,79}$/, name);
  assert.equal(new Set(names.map(claimName)).size, names.length);
  assert.equal(claimName('Ka\u0308se.md'), claimName('K\u00e4se.md'));
});

test('the wants and answers of an earlier start of the computer, damaged files and none at all mean: ask', () => {
  using folder = new TempFolder();
  const where = { root: folder.path, tmp: folder.path };
  const claims = new SharedClaims(where, LEASE);
  assert.equal(claims.ask('a.md', 'a'), 'ask');
  claims.say(new Map());
  publishStanding(where, { until: uptime() + 10, unreachable: null, mine: { a: 1 }, theirs: {}, silent: [] });
  claims.refresh();
  assert.equal(claims.mayThink('a.md'), 'yes');
  const file = path.join(folder.path, 'claims', 'standing.json');
  const whole = readFileSync(file, 'utf8');
  for (const text of [whole.replace(/"boot":"[^"]*"/, '"boot":"another"'), whole.slice(0, 40), '', '{}']) {
    writeFileSync(file, text);
    const again = new SharedClaims(where, LEASE);
    assert.equal(again.mayThink('a.md'), 'ask', text);
  }
});
