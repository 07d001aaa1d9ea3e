import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Facts, Judgement } from '../../../core/policy.ts';
import { judge } from '../../../orchestrator/decide/policy/judge.ts';
import { parsePolicy } from '../../../orchestrator/decide/policy/parse.ts';
import { readRepository } from '../../helpers/tree.ts';
import { factsWith } from './facts.ts';

/** The page of a new vault with one of its samples in force, as a person would take it: without the `# `. */
function withSample(name: string): (part: Partial<Facts>) => Extract<Judgement, { kind: 'judged' }> {
  const lines = readRepository('vault-template/Policies.md').split('\n');
  const from = lines.indexOf(`  # - name: ${name}`);
  assert.notEqual(from, -1, `there is no sample “${name}”`);
  const length = lines.slice(from).findIndex(line => !/^ {2}# {1,3}[^ ]/.test(line));
  const taken = lines.map((line, at) => (at >= from && at < from + length ? line.replace('  # ', '  ') : line));
  const parsed = parsePolicy(taken.join('\n'));
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.failure.message);
  return part => {
    const judgement = judge(factsWith(part), parsed.value, []);
    assert.ok(judgement.kind === 'judged');
    return judgement;
  };
}

test('the sample that lets lists grow does so, where it says and nowhere else', () => {
  const judged = withSample('adding to my lists without asking');
  const adding = (path: string, text = '- a line', kind: 'rule' | 'incoming' = 'rule') =>
    judged({
      action: 'files.append',
      ...{ reach: { does: 'change', egress: false, routing: ['path'] }, arguments: { path, text }, destinations: [] },
      origins: { path: kind === 'rule' ? { kind, skill: 'Skills' } : { kind, source: 'mail' } },
    }).zone;
  assert.equal(adding('Documents/Read later.md'), 'yellow');
  assert.equal(adding('Accounting/2026.md'), 'yellow');
  assert.equal(adding('Inbox/x.md'), 'red');
  assert.equal(adding('Documents/x.md', '- a line', 'incoming'), 'red');
  assert.equal(adding('Documents/x.md', '![](https://evil.example)'), 'red');
});

test('the sample for the night has asked what would be done by itself, and by day it changes nothing', () => {
  const judged = withSample('nothing by itself at night');
  assert.deepEqual([judged({ minute: 23 * 60 }).zone, judged({ minute: 600 }).zone], ['red', 'yellow']);
});

test('the sample that wants a signature wants it for payments alone', () => {
  const judged = withSample('payments need my key');
  const paying: Partial<Facts> = { action: 'bank.pay', reach: { does: 'pay', egress: true, routing: ['to'] } };
  assert.deepEqual([judged(paying).signature, judged({}).signature], [true, false]);
});
