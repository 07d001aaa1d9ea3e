import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSecretName, ownerOf, secretsFor } from '../../core/secret-names.ts';

test('a secret of one account or far end belongs to its server, and to no other whose name begins alike', () => {
  for (const name of ['STEWARD_EMAIL_PASSWORD', 'STEWARD_EMAIL_IMAP_PASSWORD', 'STEWARD_EMAIL_TOKEN']) {
    assert.ok(isSecretName(name), name);
    assert.equal(ownerOf(name), 'email', name);
  }
  const all = { STEWARD_EMAIL_IMAP_PASSWORD: 'a', STEWARD_EMAILS_PASSWORD: 'b', STEWARD_MAIL_HOME_TOKEN: 'c' };
  assert.deepEqual(secretsFor('email', all), { STEWARD_EMAIL_IMAP_PASSWORD: 'a' });
  assert.deepEqual(secretsFor('mail', all), { STEWARD_MAIL_HOME_TOKEN: 'c' });
  for (const name of [
    'STEWARD_PASSWORD',
    'STEWARD_EMAIL_PASSWORDS',
    'STEWARD__PASSWORD',
    'EMAIL_PASSWORD',
    'steward_email_password',
  ])
    assert.ok(!isSecretName(name), name);
});
