import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { renderAllowedSigners } from '../../core/allowed-signers.ts';
import { renderApproval } from '../../core/approval-note.ts';
import type { SignedDecision } from '../../core/signed-decision.ts';
import { SignedExecutor } from '../helpers/signed-executor.ts';
import { allowed, fileKey, onOneLine, putSignature, signedBy, tokenKey } from '../helpers/ssh.ts';
import { TempFolder } from '../helpers/temp.ts';

test('keys of every kind approve what policy wants signed, and the signature and its signer are on record', async () => {
  await using signed = await SignedExecutor.start();
  using folder = new TempFolder();
  const keys = {
    ed25519: fileKey(folder.path, 'a'),
    rsa: fileKey(folder.path, 'b', 'rsa'),
    ecdsa: fileKey(folder.path, 'c', 'ecdsa'),
    'a token, ed25519': tokenKey('ed25519'),
    'a token, ecdsa': tokenKey('ecdsa'),
  };
  for (const [index, [kind, key]] of Object.entries(keys).entries()) {
    await signed.allow(key, `person${index}`);
    const { action, decision } = await signed.propose({ signature: 'required' });
    const signature = signedBy(key, decision('approved'));
    signed.put('Approved', action, putSignature(renderApproval(action), onOneLine(signature)));
    await signed.drain();
    const record = signed.approvals().find(({ id }) => id === action.id);
    assert.ok(record, `${kind}: ${signed.said()}`);
    assert.equal(record.way, 'signed');
    assert.equal(record.by, `person${index}`);
    assert.match(record.signature ?? '', /^-----BEGIN SSH SIGNATURE-----\n/);
  }
  assert.equal(signed.performed, 5);
});

test('without a signature, what policy wants signed is only wanted, however it was approved', async () => {
  await using signed = await SignedExecutor.start();
  const moved = await signed.propose({ signature: 'required' });
  signed.put('Approved', moved.action);
  const ticked = await signed.propose({ signature: 'required' });
  signed.put(
    'Pending_Approval',
    ticked.action,
    renderApproval(ticked.action).replace('- [ ] Approve', '- [x] Approve'),
  );
  const typed = await signed.propose({ signature: 'required' });
  signed.say(typed.action.id, 'approved');
  await signed.drain();
  assert.deepEqual(signed.approvals(), []);
  for (const { action } of [moved, ticked, typed]) {
    assert.equal(signed.stateOf(action.id), 'wanted');
    assert.match(signed.wantedFor(action.id), /Policy wants this decision signed: {2}steward approve \S+ --sign/);
  }
  assert.equal(signed.performed, 0);
});

test('what was wanted is done once it is signed: by the command here, or in the note that comes by sync', async () => {
  await using signed = await SignedExecutor.start(['Syncthing']);
  const key = await signed.person('anna');
  const here = await signed.propose({});
  const there = await signed.propose({});
  for (const { action } of [here, there]) signed.put('Approved', action);
  await signed.drain();
  assert.match(signed.wantedFor(here.action.id), /Syncthing also writes to this vault/);
  signed.say(here.action.id, 'approved', signedBy(key, here.decision('approved')));
  signed.put(
    'Approved',
    there.action,
    putSignature(renderApproval(there.action), onOneLine(signedBy(key, there.decision('approved')))),
  );
  await signed.drain();
  assert.deepEqual(
    signed.approvals().map(({ way, by }) => [way, by]),
    [
      ['signed', 'anna'],
      ['signed', 'anna'],
    ],
  );
  assert.equal(signed.performed, 2);
});

test('a word given here confirms what came by sync, as long as policy wants no signature', async () => {
  await using signed = await SignedExecutor.start(['Syncthing']);
  const { action } = await signed.propose({});
  signed.say(action.id, 'approved');
  await signed.drain();
  assert.equal(signed.approvals()[0]?.way, 'command');
});

test('changed values are not approved by a signature, and the sentence says what to do', async () => {
  await using signed = await SignedExecutor.start();
  const key = await signed.person('anna');
  for (const signature of ['required', undefined] as const) {
    const { action, decision } = await signed.propose(signature === undefined ? {} : { signature });
    const changed = renderApproval(action).replace('Hello Anna.', 'Hello Ben.');
    const signatures = [
      signedBy(key, decision('approved')),
      signedBy(key, decision('approved', { arguments: { text: 'Hello Ben.' } })),
    ];
    signed.put('Approved', action, putSignature(changed, onOneLine(signatures[signature === undefined ? 0 : 1] ?? '')));
    await signed.drain();
    assert.equal(signed.stateOf(action.id), 'wanted');
    assert.match(signed.wantedFor(action.id), /Its values were changed.*approve it unchanged, or reject it/);
  }
  assert.equal(signed.performed, 0);
});

test('a no counts with a signature, without one, and with a wrong one; only a true one puts a name on record', async () => {
  await using signed = await SignedExecutor.start(['Syncthing']);
  const key = await signed.person('anna');
  const three = [
    await signed.propose({}),
    await signed.propose({}),
    await signed.propose({ signature: 'required' }),
  ] as const;
  const [one, two, other] = three;
  signed.put(
    'Rejected',
    one.action,
    putSignature(renderApproval(one.action), onOneLine(signedBy(key, one.decision('rejected')))),
  );
  signed.put(
    'Rejected',
    two.action,
    putSignature(renderApproval(two.action), onOneLine(signedBy(key, two.decision('approved')))),
  );
  signed.put('Rejected', other.action);
  await signed.drain();
  const told = signed.refusals();
  assert.deepEqual(
    three.map(({ action }) => told.get(action.id)),
    ['signed by anna', 'moved by tester', 'moved by tester'],
  );
  assert.match(signed.said(), /It was rejected all the same/);
});

test('a list of keys that was changed by another way than the command is not used, and that is told once', async () => {
  await using signed = await SignedExecutor.start();
  const key = await signed.person('anna');
  using folder = new TempFolder();
  const thief = fileKey(folder.path, 'thief');
  const { action, decision } = await signed.propose({ signature: 'required' });
  const list = signed.context.state.allowedSigners;
  const attempts = [
    () => writeFileSync(list, renderAllowedSigners([...signed.keys, allowed(thief, 'anna')])),
    () => writeFileSync(list, renderAllowedSigners([])),
    () => rmSync(list),
  ];
  for (const attempt of attempts) {
    attempt();
    for (const signer of [thief, key]) {
      signed.say(action.id, 'approved', signedBy(signer, decision('approved')));
      await signed.drain();
    }
    assert.equal(signed.stateOf(action.id), 'wanted');
  }
  assert.equal(signed.said().split(`! ${list} is not the list of keys that is on record`).length - 1, 1);
  await signed.allow(key, 'anna');
  signed.say(action.id, 'approved', signedBy(key, decision('approved')));
  await signed.drain();
  assert.equal(signed.performed, 1, signed.said());
});

test('a list that nobody put on record lets nobody in', async () => {
  await using signed = await SignedExecutor.start();
  using folder = new TempFolder();
  const thief = fileKey(folder.path, 'thief');
  writeFileSync(signed.context.state.allowedSigners, renderAllowedSigners([allowed(thief, 'anna')]));
  const { action, decision } = await signed.propose({});
  signed.say(action.id, 'approved', signedBy(thief, decision('approved')));
  await signed.drain();
  assert.equal(signed.performed, 0);
});

test('allowing and revoking are on record, say who did it, and come through twice as once', async () => {
  await using signed = await SignedExecutor.start();
  const key = await signed.person('anna');
  await signed.allow(key, 'anna');
  await signed.revoke('nobody');
  await signed.revoke('anna');
  await signed.revoke('anna');
  const changes = signed
    .records()
    .flatMap(({ body }) => (body.kind === 'KEYS' ? [[body.change, body.keys.length, body.by]] : []));
  assert.deepEqual(changes, [
    ['allowed', 1, 'tester'],
    ['revoked', 0, 'tester'],
  ]);
});

test('a signature of another kind is refused by name, as long as nothing here can check it', async () => {
  await using signed = await SignedExecutor.start();
  const { action } = await signed.propose({});
  signed.put('Approved', action, putSignature(renderApproval(action), 'passkey:AAAA'));
  await signed.drain();
  assert.match(signed.wantedFor(action.id), /Signatures of the kind “passkey” are not known here/);
});

test('where ssh-keygen is missing nothing is approved, nothing is lost, and it counts once it is there', async () => {
  await using signed = await SignedExecutor.start();
  const key = await signed.person('anna');
  const { action, decision } = await signed.propose({ signature: 'required' });
  signed.put('Approved', action, putSignature(renderApproval(action), onOneLine(signedBy(key, decision('approved')))));
  const { PATH } = process.env;
  process.env.PATH = '/nowhere';
  try {
    await signed.drain();
  } finally {
    process.env.PATH = PATH;
  }
  assert.equal(signed.stateOf(action.id), 'proposed');
  assert.match(signed.said(), /ssh-keygen is not on this computer\. Install/);
  await signed.drain();
  assert.equal(signed.performed, 1);
});

test('what is signed names its vault, so that a computer with only the note signs the same text', async () => {
  await using signed = await SignedExecutor.start();
  await signed.proposeBy({ id: 'tester-0123456789ab-a1' });
  const envelope = signed.context.ledger.book.actions.get('tester-0123456789ab-a1')?.proposed;
  const vault: SignedDecision['vault'] | undefined = envelope?.vault;
  assert.match(vault ?? '', /^[0-9a-f]{16}$/);
  assert.ok(signed.context.state.root.endsWith(vault ?? '-'));
});
