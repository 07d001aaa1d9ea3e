import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  faultsOfNode,
  type Held,
  nodeFor,
  nodeOfPerson,
  roleWorksHere,
  watchesHere,
  type Zone,
} from '../../core/node-role.ts';
import type { Reach } from '../../core/reach.ts';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA test';
const LAPTOP: Zone = { node: 'laptop', role: 'local', peers: { cloud: { key: KEY, role: 'cloud' } }, runs: {} };
const CLOUD: Zone = { node: 'cloud', peers: { laptop: { key: KEY, role: 'local' } }, runs: {} };
const SEND: Reach = { does: 'send', egress: true, routing: ['to'] };
const DRAFT: Reach = { does: 'draft', egress: false, routing: ['to'] };
const send = { server: 'email', tool: 'send', reach: SEND, isAsked: false };
const draft = { server: 'email', tool: 'draft', reach: DRAFT, isAsked: false };

test('a cloud node drafts, and whatever leaves a computer is done where the person is', () => {
  assert.equal(nodeFor(draft, CLOUD), 'cloud');
  assert.equal(nodeFor(send, CLOUD), 'laptop');
  assert.equal(nodeFor({ ...send, server: 'files', tool: 'move', reach: { ...DRAFT, does: 'move' } }, CLOUD), 'laptop');
});

test('what a person must be asked about is done where the person is, also where runs gives it to the cloud', () => {
  assert.equal(nodeFor({ ...send, isAsked: true }, { ...CLOUD, runs: { 'email.send': 'cloud' } }), 'laptop');
  assert.equal(nodeFor({ ...draft, isAsked: true }, CLOUD), 'laptop');
  assert.equal(nodeFor(send, { ...CLOUD, runs: { 'email.send': 'cloud' } }), 'cloud');
});

test('the narrowest line of runs counts, and a star alone gives the cloud no sending', () => {
  assert.equal(nodeFor(draft, { ...CLOUD, runs: { 'email.*': 'cloud', 'email.draft': 'laptop' } }), 'laptop');
  assert.equal(nodeFor(send, { ...CLOUD, runs: { '*': 'cloud' } }), 'laptop');
  assert.equal(nodeFor(send, { ...CLOUD, runs: { '*': 'laptop', 'email.*': 'cloud' } }), 'cloud');
});

test('nothing crosses from where the person is to a cloud node', () => {
  assert.equal(nodeFor(send, { ...LAPTOP, runs: { '*': 'cloud', 'email.draft': 'cloud' } }), 'laptop');
  const two = { ...LAPTOP, peers: { ...LAPTOP.peers, desk: { key: KEY, role: 'local' as const } } };
  assert.equal(nodeFor(send, { ...two, runs: { '*': 'desk' } }), 'desk');
  assert.equal(nodeFor(send, { ...LAPTOP, runs: { '*': 'nobody' } }), 'laptop');
});

test('no line of runs gives a cloud node a messenger, a bank or a payment', () => {
  for (const server of ['whatsapp', 'bank', 'payments', 'stripe', 'fints']) {
    const action = { server, tool: 'read', reach: { ...SEND, does: 'pay' as const }, isAsked: false };
    assert.equal(nodeFor(action, { ...CLOUD, runs: { [`${server}.*`]: 'cloud' } }), 'laptop', server);
    assert.equal(watchesHere(server, { ...CLOUD, runs: { [`watcher.${server}`]: 'cloud' } }), false, server);
  }
});

test('a watcher and a role work on the node that runs gives them to, and without a word everywhere', () => {
  assert.equal(watchesHere('mail', CLOUD), true);
  assert.equal(watchesHere('mail', { ...LAPTOP, runs: { 'watcher.mail': 'cloud' } }), false);
  assert.equal(watchesHere('mail', { ...CLOUD, runs: { 'watcher.mail': 'cloud' } }), true);
  assert.equal(roleWorksHere('bookkeeper', { ...CLOUD, runs: { 'role.bookkeeper': 'laptop' } }), false);
  assert.equal(roleWorksHere('bookkeeper', CLOUD), true);
});

test('without a paired node of the person’s what a cloud node prepares waits, and is not done there', () => {
  assert.equal(nodeOfPerson({ ...CLOUD, peers: {} }), 'local');
  assert.equal(nodeFor(send, { ...CLOUD, peers: {} }), 'local');
});

test('a cloud node does not start with a session, a bank’s or payment’s secret, or a key that can approve', () => {
  const nothing: Held = { secrets: [], servers: [], watchers: [], approving: [] };
  const faults = (held: Partial<Held>): readonly string[] => faultsOfNode(CLOUD, { ...nothing, ...held });
  for (const name of [
    ...['STEWARD_WHATSAPP_TOKEN', 'STEWARD_BANK_PASSWORD', 'STEWARD_ODOO_PAYMENT_KEY', 'STEWARD_STRIPE_KEY'],
    ...['STEWARD_FINTS_PASSWORD', 'STEWARD_EMAIL_BANK_PASSWORD'],
  ]) {
    const [told = ''] = faults({ secrets: [name] });
    assert.match(told, new RegExp(`holds ${name}, which must never leave your own computer`), name);
  }
  assert.deepEqual(faults({ secrets: ['STEWARD_EMAIL_IMAP_PASSWORD', 'ANTHROPIC_API_KEY'] }), []);
  assert.match(faults({ servers: ['whatsapp'] })[0] ?? '', /servers\.whatsapp/);
  assert.match(faults({ approving: ['id_ed25519'] })[0] ?? '', /is a key that may approve/);
  assert.deepEqual(faultsOfNode(LAPTOP, { ...nothing, secrets: ['STEWARD_WHATSAPP_TOKEN'] }), []);
});
