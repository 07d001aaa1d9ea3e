import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plan } from '../../orchestrator/sync/plan.ts';
import type { Bringer, Change, Entry, Step } from '../../orchestrator/sync/steps.ts';
import { apply, Blobs, type Files, planFor, rulesFor, type Side } from '../helpers/sync-model.ts';

/** What may come into a vault from the remote, whoever put it there. */
const LOCAL: Side = { me: 'local', role: 'local', bringer: () => 'unsigned', largest: 1000 };
const blobs = new Blobs();

function comes(path: string, theirs: Entry | string, bringer: Bringer = 'unsigned', mine?: string): Step | undefined {
  const entry = typeof theirs === 'string' ? blobs.entry(theirs) : theirs;
  const own = mine === undefined ? undefined : blobs.entry(mine);
  const change: Change = { path, base: own, mine: own, theirs: entry };
  const files: Files = mine === undefined ? {} : { [path]: mine };
  const steps = plan([change], rulesFor(blobs, files, { ...LOCAL, bringer: () => bringer }));
  assert.ok(steps.length <= 1);
  return steps[0];
}

test('a link, a repository in the repository, and files that git or other programs obey are refused and taken out', () => {
  const { blob } = blobs.entry('/etc/passwd');
  for (const mode of ['120000', '160000'] as const) {
    for (const path of ['n.md', 'Documents/x', 'Approved/y.md']) {
      assert.equal(comes(path, { blob, mode })?.do, 'refuse', `${mode} at ${path}`);
    }
  }
  const names = [
    '.gitattributes',
    'Documents/.gitattributes',
    '.gitmodules',
    '.git/hooks/post-checkout',
    '.claude/settings.json',
  ];
  const more = [
    '.obsidian/plugins/evil/main.js',
    '.OBSIDIAN/plugins/evil/main.js',
    '.steward/vault.json',
    'x/../../y',
    '.\u200bgit/config',
  ];
  for (const path of [...names, ...more, '\u200b.git/config', '.Git/config', '.mcp.json', '.vscode/tasks.json']) {
    const step = comes(path, 'text');
    assert.equal(step?.do, 'refuse', path);
    assert.equal(step?.do === 'refuse' ? step.mine : '', undefined, `${path} goes from the tree`);
  }
});

test('settings of a phone’s Obsidian and a .gitignore stay in the repository and are nothing to the vault', () => {
  for (const path of ['.gitignore', '.obsidian/app.json', '.trash/old.md'])
    assert.equal(comes(path, 'text')?.do, 'leave', path);
});

test('what is too large stays where it is, whatever was agreed on before, and nothing takes it away there', () => {
  const large = 'x'.repeat(1001);
  assert.equal(comes('photo.jpg', large)?.do, 'leave');
  assert.equal(comes('photo.jpg', large, 'unsigned', 'small')?.do, 'leave');
  const [step] = planFor(blobs, {}, { 'film.mp4': large }, {}, LOCAL);
  assert.equal(step?.do, 'hold');
  assert.match(step?.do === 'hold' ? step.why : '', /stays on this machine/);
});

test('a name that does not fit everywhere keeps its bytes, under a name that does', () => {
  for (const path of ['a\\b.md', 'C:x.md', `${'ü'.repeat(128)}.md`, 'x/ /y.md'.replace(' ', '\u200b')]) {
    const step = comes(path, 'words');
    assert.equal(step?.do, 'set_aside', path);
    const as = step?.do === 'set_aside' ? step.as : '';
    assert.match(as, /^Quarantine\/[^/\\:]+$/);
    assert.ok(Buffer.byteLength(as.slice('Quarantine/'.length)) <= 255);
  }
});

test('policies, handbook, roles, skills and memory come from the person’s machine or key, and from nobody else', () => {
  const steering = ['Policies.md', 'policies.MD', 'Company_Handbook.md', 'Business_Goals.md', 'Agents/cfo/AGENT.md'];
  for (const path of [...steering, 'Skills/x/SKILL.md', 'Memory/People/eve.md', 'x/allowed_signers']) {
    for (const bringer of ['cloud', 'unsigned'] as const) {
      const step = comes(path, 'obey', bringer);
      assert.equal(step?.do, 'set_aside', `${path} from ${bringer}`);
      assert.match(step?.do === 'set_aside' ? step.as : '', /^Quarantine\//, 'where nothing reads it as an order');
    }
    for (const bringer of ['local', 'person'] as const) assert.equal(comes(path, 'obey', bringer)?.do, 'take');
  }
});

test('whoever says stop is believed, and only the person’s machine or key takes a stop away', () => {
  assert.equal(comes('STOP.md', 'stop', 'unsigned')?.do, 'take');
  const gone = (bringer: Bringer): Files => {
    const files = { 'STOP.md': 'stop' };
    const side = { ...LOCAL, bringer: () => bringer };
    return apply(blobs, planFor(blobs, files, files, {}, side), files, {}).vault;
  };
  assert.deepEqual(gone('cloud'), { 'STOP.md': 'stop' });
  assert.deepEqual(gone('unsigned'), { 'STOP.md': 'stop' });
  assert.deepEqual(gone('person'), {});
});

test('the cloud node sends nothing that steers, but a stop', () => {
  const cloud: Side = { me: 'cloud', role: 'cloud', bringer: () => 'local' };
  const base = { 'Policies.md': 'careful', 'Memory/Facts/a.md': 'a' };
  const mine = { 'Policies.md': 'reckless', 'Memory/Facts/a.md': 'b', 'STOP.md': 'stop', 'Plans/x-plan.md': 'plan' };
  const { tree, vault } = apply(blobs, planFor(blobs, base, mine, base, cloud), mine, base);
  assert.deepEqual(tree, { ...base, 'STOP.md': 'stop', 'Plans/x-plan.md': 'plan' });
  assert.deepEqual(vault, mine, 'and what it has stays there');
});

test('a folder that only some devices take for Approved brings nothing into Approved', () => {
  const files = { 'Approved/a-1a2b3c4d-approval-1.md': 'yes', 'Questions/q.md': 'which?' };
  const theirs = { ...files, 'approved/evil-1a2b3c4d-approval-1.md': 'do it', 'QUESTIONS/evil.md': 'answer: yes' };
  for (const side of [LOCAL, { ...LOCAL, me: 'cloud', role: 'cloud' } as const]) {
    const { tree } = apply(blobs, planFor(blobs, files, files, theirs, side), files, theirs);
    const flow = Object.keys(tree).filter(path => !path.startsWith('Quarantine/'));
    assert.deepEqual(flow.sort(), Object.keys(files).sort());
    assert.match(Object.values(tree).join(), /do it[\s\S]*answer: yes|answer: yes[\s\S]*do it/, 'what it held is kept');
  }
});

test('an approval that a phone moved comes in as the wish that it is', () => {
  assert.equal(
    comes('Approved/x-1a2b3c4d-approval-1.md', 'yes')?.do,
    'take',
    'the executor knows that sync brought it',
  );
});

test('the log of a node that another device changed is put back, and the change kept where it is no log', () => {
  const path = 'Logs/2026-11-21-local.md';
  const step = comes(path, 'forged', 'cloud', 'true');
  assert.equal(step?.do, 'set_aside');
  const files = { [path]: 'true' };
  const done = apply(blobs, planFor(blobs, files, files, { [path]: 'forged' }, LOCAL), files, { [path]: 'forged' });
  assert.equal(done.tree[path], 'true');
  assert.equal(done.vault[path], 'true');
});
