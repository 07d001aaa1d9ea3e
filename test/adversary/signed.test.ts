import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { renderApproval } from '../../core/approval-note.ts';
import { type Proposed, SignedExecutor } from '../helpers/signed-executor.ts';
import { type AtHand, SIGNED_FORGERIES } from '../helpers/signed-forgeries.ts';
import { certified, onOneLine, putSignature, signedBy, tokenKey } from '../helpers/ssh.ts';

const HOUR = 3_600_000;

/** What a forger has at hand beside the action itself. */
async function gather(signed: SignedExecutor): Promise<Omit<AtHand, 'action' | 'decision'>> {
  const at = (later: number): string => new Date(Date.now() + later).toISOString();
  const anna = await signed.person('anna');
  const authority = await signed.person('authority');
  const revoked = await signed.person('revoked');
  await signed.revoke('revoked');
  const untouched = tokenKey('ed25519', false);
  await signed.allow(untouched, 'careless');
  return {
    ...{ anna, revoked, untouched, stranger: signed.stranger('stranger'), other: await signed.propose({}) },
    expired: await signed.person('expired', { before: at(-HOUR) }),
    early: await signed.person('early', { after: at(HOUR) }),
    certified: certified(anna, authority),
    vouched: certified(signed.stranger('vouched'), authority),
  };
}

for (const [mode, syncers, each] of [
  ['where policy wants a signature', [], 1],
  ['where the decision came by sync', ['Syncthing'], 3],
] as const) {
  test(`${mode}, no forged signature approves: each is only wanted, with its reason`, async t => {
    await using signed = await SignedExecutor.start(syncers);
    const hand = await gather(signed);
    const all = Object.keys(SIGNED_FORGERIES);
    assert.ok(all.length >= 50, `${all.length} forgeries`);
    const names = all.filter((_, index) => index % each === 0);
    const tried: { name: string; why: RegExp; proposed: Proposed }[] = [];
    for (const name of names) {
      const { why, make } = SIGNED_FORGERIES[name] ?? assert.fail();
      const proposed = await signed.propose(syncers.length > 0 ? {} : { signature: 'required' });
      signed.put(
        'Approved',
        proposed.action,
        putSignature(renderApproval(proposed.action), make({ ...hand, ...proposed })),
      );
      tried.push({ name, why, proposed });
    }
    await signed.drain();
    for (const { name, why, proposed } of tried) {
      await t.test(name, () => {
        assert.equal(signed.stateOf(proposed.action.id), 'wanted', signed.said());
        assert.match(signed.wantedFor(proposed.action.id), why);
        assert.ok(
          signed.said().includes(`! ${proposed.action.title}: ${signed.wantedFor(proposed.action.id)}`),
          'it is told',
        );
        assert.ok(
          signed.files('Approved').includes(`${proposed.action.note}.md`),
          'the note stays where the person put it',
        );
      });
    }
    assert.deepEqual(signed.approvals(), []);
    assert.equal(signed.performed, 0);
    assert.ok(!existsSync('/tmp/steward-forged'));
    await t.test('with the right signature each of them is approved, so that nothing else was in its way', async () => {
      for (const { proposed } of tried) {
        const line = onOneLine(signedBy(hand.anna, proposed.decision('approved')));
        signed.put('Approved', proposed.action, putSignature(renderApproval(proposed.action), line));
      }
      await signed.drain();
      assert.equal(signed.approvals().length, tried.length);
      assert.ok(signed.approvals().every(({ way, by }) => way === 'signed' && by === 'anna'));
    });
  });
}

test('a signature counts once: replayed after the effect, under another name or for what lapsed, it is set aside or asked again', async () => {
  await using signed = await SignedExecutor.start();
  const anna = await signed.person('anna');
  const { action, decision } = await signed.propose({ signature: 'required' });
  const text = putSignature(renderApproval(action), onOneLine(signedBy(anna, decision('approved'))));
  signed.put('Approved', action, text);
  await signed.drain();
  assert.equal(signed.performed, 1);
  signed.put('Approved', action, text);
  signed.put('Approved', action, text, 'again.md');
  signed.say(action.id, 'approved', signedBy(anna, decision('approved')));
  await signed.drain();
  assert.equal(signed.performed, 1);
  assert.equal(signed.approvals().length, 1);
  assert.ok(signed.files('Quarantine').includes('again.why.md'), 'it was decided before');
  const lapsing = await signed.propose({ signature: 'required' });
  const late = putSignature(renderApproval(lapsing.action), onOneLine(signedBy(anna, lapsing.decision('approved'))));
  signed.at(new Date(Date.now() + 2 * HOUR));
  signed.put('Approved', lapsing.action, late);
  await signed.drain();
  assert.equal(signed.performed, 1, 'what has lapsed is asked again, signed or not');
});

test('a true signature saves no note that was altered: the altered one is set aside and its action not approved', async () => {
  await using signed = await SignedExecutor.start();
  const anna = await signed.person('anna');
  const alterations: readonly ((text: string) => string)[] = [
    text => text.replace(/^> {2}"signature": "required",\n/m, ''),
    text => text.replace('"zone": "red"', '"zone": "green"'),
    text => text.replace('Waiting for you', 'Nothing to see'),
    text => text.replace('\ndecision:', '\ndecision: rejected'),
    text => text.replace('\nid: ', '\nsignature: x\nid: '),
  ];
  for (const alter of alterations) {
    const { action, decision } = await signed.propose({ signature: 'required' });
    const text = putSignature(renderApproval(action), onOneLine(signedBy(anna, decision('approved'))));
    assert.notEqual(alter(text), text);
    signed.put('Approved', action, alter(text), `altered-${action.id}.md`);
    await signed.drain();
    assert.ok(signed.files('Quarantine').includes(`altered-${action.id}.why.md`), alter.toString());
    assert.equal(signed.stateOf(action.id), 'proposed');
  }
  assert.equal(signed.performed, 0);
});

test('an armour with CRLF, over several lines or on one, is the same signature', async () => {
  await using signed = await SignedExecutor.start();
  const anna = await signed.person('anna');
  const forms: readonly ((armoured: string) => string)[] = [
    armoured => `"${armoured.trim().replaceAll('\n', '\\r\\n')}"`,
    armoured => `|\n  ${armoured.trim().replaceAll('\n', '\n  ')}`,
    armoured => `"${onOneLine(armoured)}"`,
    armoured => `ssh:${onOneLine(armoured)}`,
  ];
  for (const form of forms) {
    const { action, decision } = await signed.propose({ signature: 'required' });
    const text = putSignature(renderApproval(action), form(signedBy(anna, decision('approved'))));
    signed.put('Approved', action, text.replaceAll('\n', '\r\n'));
    await signed.drain();
    assert.equal(signed.approvals().length, forms.indexOf(form) + 1, signed.said());
  }
  assert.equal(signed.performed, forms.length);
});
