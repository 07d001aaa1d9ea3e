import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import tls from 'node:tls';
import type { Outcome } from '../../core/action-server.ts';
import { oneClickAddresses } from '../../mcp-servers/email/list-header.ts';
import { oneClick } from '../../mcp-servers/email/one-click.ts';
import { isPublic } from '../../mcp-servers/email/public-address.ts';
import { type ClickFault, FakeList } from '../fakes/one-click.ts';

const list = await FakeList.start();
const known = tls.getCACertificates('default');
after(async () => {
  tls.setDefaultCACertificates(known);
  await list[Symbol.asyncDispose]();
});
const HERE = ['localhost'];

async function leave(
  fault?: ClickFault,
  url = list.url,
): Promise<{ outcome: Outcome; left: number; asked: readonly string[] }> {
  const over = new AbortController();
  const [left, asked] = [list.left, list.asked.length];
  list.fault = fault;
  list.struck = () => (fault?.ends === 'hang' ? over.abort() : undefined);
  const outcome = await oneClick(url, HERE, over.signal);
  return { outcome, left: list.left - left, asked: list.asked.slice(asked) };
}

test('a list whose certificate nobody vouches for is asked nothing', async () => {
  const { outcome, asked } = await leave();
  assert.ok(outcome.outcome === 'not_sent' && !outcome.retry, JSON.stringify(outcome));
  assert.deepEqual(asked, []);
  tls.setDefaultCACertificates([...known, list.certificate]);
});

test('one click is one POST of the one body, and what its answer says is what is told', async () => {
  const cases: readonly (readonly [ClickFault | undefined, Outcome['outcome'], retry?: boolean])[] = [
    [undefined, 'confirmed'],
    [{ status: 202, keeps: true }, 'confirmed'],
    [{ status: 303, location: '/thanks', keeps: true }, 'confirmed'],
    [{ status: 302, location: '/thanks', keeps: true }, 'unknown'],
    [{ status: 500, keeps: true }, 'unknown'],
    [{ status: 503 }, 'unknown'],
    [{ status: 408 }, 'unknown'],
    [{ ends: 'break', keeps: true }, 'unknown'],
    [{ ends: 'break' }, 'unknown'],
    [{ ends: 'hang', keeps: true }, 'unknown'],
    [{ ends: 'hang' }, 'unknown'],
    [{ status: 429 }, 'not_sent', true],
    [{ status: 404 }, 'not_sent', false],
    [{ status: 301, location: '/elsewhere' }, 'not_sent', false],
    [{ status: 307, location: 'https://other.example/u' }, 'not_sent', false],
    [{ status: 308, location: 'http://localhost/u' }, 'not_sent', false],
  ];
  for (const [fault, expected, retry] of cases) {
    const { outcome, left, asked } = await leave(fault);
    const what = `${JSON.stringify(fault)} ${JSON.stringify(outcome)}`;
    assert.equal(outcome.outcome, expected, what);
    if (outcome.outcome === 'not_sent') assert.deepEqual([outcome.retry, left], [retry, 0], what);
    if (outcome.outcome === 'confirmed') assert.equal(left, 1, what);
    assert.deepEqual(asked, ['POST /leave?who=me List-Unsubscribe=One-Click'], 'once, and never by GET');
  }
});

test('within the same host the POST is followed a few steps, and no longer', async () => {
  const { outcome, asked } = await leave({ status: 307, location: '/again' });
  assert.ok(outcome.outcome === 'not_sent' && !outcome.retry, JSON.stringify(outcome));
  assert.equal(asked.length, 3);
  assert.ok(asked.every(line => line.startsWith('POST ')));
});

test('no host of this computer, of the local network or of nobody is asked, however it is written', async () => {
  const port = new URL(list.url).port;
  const asked = list.asked.length;
  const hosts = [
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '10.0.0.1',
    '192.168.1.1',
  ];
  const more = [
    '169.254.169.254',
    '[fe80::1]',
    '[fd00::1]',
    '100.64.0.1',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    'localhost',
  ];
  for (const host of [...hosts, ...more]) {
    for (const url of [`https://${host}/u`, `https://${host}:${port}/u`]) {
      const outcome = await oneClick(url, [], AbortSignal.timeout(10_000));
      assert.ok(outcome.outcome === 'not_sent' && !outcome.retry, `${url} ${JSON.stringify(outcome)}`);
    }
  }
  assert.equal(list.asked.length, asked);
  for (const address of ['93.184.216.34', '2606:2800:220:1::1', '8.8.8.8', '172.32.0.1'])
    assert.ok(isPublic(address), address);
  for (const address of ['172.16.0.1', '255.255.255.255', '::', 'ff02::1', '2001:db8::1', 'x'])
    assert.ok(!isPublic(address), address);
});

test('a head offers one click only where both of its fields say so, once each', () => {
  const way = 'List-Unsubscribe: <mailto:a@b.test?subject=x>, <https://b.test/\r\n u?1>';
  const post = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click';
  assert.deepEqual(oneClickAddresses(`${way}\r\n${post}\r\n`), ['https://b.test/u?1']);
  assert.deepEqual(oneClickAddresses(`${post.toUpperCase()}\n${way.replace('https', 'HTTPS')}`), [
    'HTTPS://b.test/u?1',
  ]);
  for (const head of [
    way,
    post,
    `${way}\r\n${post}\r\n${post}`,
    `${way}\r\n${way}\r\n${post}`,
    `${way}\r\n${post} please`,
  ])
    assert.deepEqual(oneClickAddresses(head), [], head);
  assert.deepEqual(oneClickAddresses(`List-Unsubscribe: <http://b.test/u>, https://b.test/u\r\n${post}`), []);
});
