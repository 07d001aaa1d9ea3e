import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Git } from '../../orchestrator/sync/git.ts';
import { GitRefs } from '../../orchestrator/sync/git-refs.ts';
import { NoAnswer, ObjectReader } from '../../orchestrator/sync/object-reader.ts';
import { FLUSH, NotPktLines, PktLines, pktLine } from '../../orchestrator/sync/pkt-line.ts';
import { ReceivePack } from '../../orchestrator/sync/receive-pack.ts';
import { placeOf } from '../../orchestrator/sync/remote-place.ts';
import { TempFolder } from '../helpers/temp.ts';

/** A program in place of git. */
function program(folder: TempFolder, name: string, script: string): string {
  const file = path.join(folder.path, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

function bare(folder: TempFolder, name: string): string {
  const repository = path.join(folder.path, name);
  assert.equal(spawnSync('git', ['init', '--quiet', '--bare', repository]).status, 0);
  return repository;
}

test('lines are the same in whatever pieces they come, and what is none of them is not guessed at', () => {
  const sent = Buffer.concat([pktLine('one\n'), pktLine('zwei: ü\n'), FLUSH, FLUSH, pktLine('three'), FLUSH]);
  for (let size = 1; size <= sent.length; size += 1) {
    const lines = new PktLines();
    const lists: (readonly string[])[] = [];
    for (let at = 0; at < sent.length; at += size) lists.push(...lines.take(sent.subarray(at, at + size)));
    assert.deepEqual(lists, [['one', 'zwei: ü'], [], ['three']], `in pieces of ${size}`);
  }
  for (const odd of ['Welcome to this host!\n', '0003', '0001', 'fffff'])
    assert.throws(() => new PktLines().take(Buffer.from(odd)), NotPktLines, odd);
});

test('a remote that greets, says nothing or breaks off is told of in words, and nothing counts as sent', async () => {
  using folder = new TempFolder();
  const place = placeOf(bare(folder, 'there.git'));
  const told = {
    'echo "Welcome to this host"': /^The remote cannot be reached: what answers there does not speak .+ git does\.$/,
    'echo "fatal: the disk is full" >&2; exit 1': /^The remote cannot be reached: fatal: the disk is full\.$/,
    'exit 0': /^The remote cannot be reached: it said nothing\.$/,
  };
  for (const [script, expected] of Object.entries(told)) {
    const talk = await ReceivePack.open(new Git(folder.path, undefined, program(folder, 'git-odd', script)), place);
    assert.ok(talk !== undefined && !talk.ok && talk.failure.kind === 'retryable', script);
    assert.match(talk.failure.message, expected);
  }
  // It dies with the pack in its hands: nobody knows what became of it, so that it is looked up.
  const dying = program(folder, 'git-dying', 'git "$@" | head -c 4000 & sleep 0.2; kill $!; exit 1');
  const begun = await ReceivePack.open(new Git(folder.path, undefined, dying), place);
  assert.ok(begun?.ok, 'it tells its refs first');
  const command = { ref: 'refs/heads/main', from: undefined, to: '1'.repeat(40) };
  const sent = await begun.value.send([command], Buffer.from('no pack'), 30_000);
  assert.ok(!sent.ok && sent.failure.kind === 'retryable');
});

test('a remote that never answers is given up, and so is a git that is asked for an object', {
  timeout: 60_000,
}, async () => {
  using folder = new TempFolder();
  // What it started holds its output open, as ssh does for git.
  const git = new Git(folder.path, undefined, program(folder, 'git-hangs', 'sleep 4 & sleep 4'));
  const reader = new ObjectReader(git, '--batch', 100);
  await assert.rejects(Promise.all([reader.read('1'.repeat(40)), reader.read('2'.repeat(40))]), NoAnswer);
  assert.equal(reader.isOpen, false);
  await assert.rejects(reader.read('3'.repeat(40)), /git did not answer for a minute, and was ended/);
  const ran = await git.run(['fetch'], { longest: 100 });
  assert.match(ran.said, /it did not end within/);
});

test('what a record says is fetched only where no node told of it, and what was told counts only where it stands', async () => {
  using folder = new TempFolder();
  const remote = bare(folder, 'there.git');
  const log = path.join(folder.path, 'log');
  const counting = program(folder, 'git-counting', `echo "$1" >> '${log}'\nexec git "$@"`);
  const ran = (): readonly string[] => {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
    writeFileSync(log, '');
    return lines.filter(line => line !== '');
  };
  const told: string[] = [];
  const one = new GitRefs(new Git(bare(folder, 'one.git')), remote, text => told.push(text));
  const other = new GitRefs(new Git(bare(folder, 'other.git'), undefined, counting), remote);
  const renew = async (text: string): Promise<void> => {
    const seen = await one.list();
    assert.ok(seen.ok);
    const swapped = await one.swap([{ name: 'presence/one', expected: seen.value.get('presence/one')?.oid, text }]);
    assert.ok(swapped.ok && swapped.value.get('presence/one') !== 'refused');
  };
  const look = async (): Promise<string | undefined> => {
    const listed = await other.list();
    assert.ok(listed.ok, JSON.stringify(listed));
    return listed.value.get('presence/one')?.text;
  };
  await renew('{"n":1}');
  assert.equal(await look(), '{"n":1}');
  assert.ok(ran().includes('fetch'), 'nobody told of it');
  await renew('{"n":2}');
  assert.deepEqual(told, ['{"n":1}', '{"n":2}']);
  other.hear('{"n":2}');
  other.hear('{"n":99,"a lie":true}');
  assert.equal(await look(), '{"n":2}');
  // Nothing new: one talk, and the lease of this node goes with it.
  const swapped = await other.swap([{ name: 'presence/other', expected: undefined, text: '{"m":1}' }]);
  assert.ok(swapped.ok && swapped.value.get('presence/other') !== 'refused');
  assert.deepEqual(ran(), ['receive-pack'], 'looking and renewing are one exchange');
  await renew('{"n":3}');
  assert.equal(await look(), '{"n":3}');
  assert.ok(ran().includes('fetch'), 'what was not told is looked up');
});
