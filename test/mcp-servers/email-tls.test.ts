import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { SMTPServer } from 'smtp-server';
import { Vault } from '../../core/vault.ts';
import { accountAt, MAIL, PASSWORD, perform, toolNamed, toolsOf } from '../helpers/mail.ts';
import { TempFolder } from '../helpers/temp.ts';

/** A certificate for localhost that nobody has signed. */
function certificate(folder: string): { key: string; cert: string } {
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert]);
  assert.equal(made.status, 0, String(made.stderr));
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}

for (const security of ['tls', 'starttls'] as const) {
  test(`over ${security} a real server gets the mail once if its certificate is good, and nothing at all if it is not`, async () => {
    using folder = new TempFolder();
    const { key, cert } = certificate(folder.path);
    const got: string[] = [];
    const logins: boolean[] = [];
    const server = new SMTPServer({
      ...{ key, cert, secure: security === 'tls', logger: false },
      onAuth: ({ username, password }, session, done) => {
        logins.push(session.secure);
        if (username === 'me' && password === PASSWORD) done(null, { user: 'me' });
        else done(new Error('wrong password'));
      },
      onData: (stream, _, done) => {
        let text = '';
        stream.on('data', (data: Buffer) => {
          text += data.toString('latin1');
        });
        stream.on('end', () => {
          got.push(text);
          done();
        });
      },
    });
    server.on('error', () => undefined);
    const listening = server.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const address = listening.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const settings = accountAt(port, { host: 'localhost', security, user: 'me' });
    const vault = new Vault(folder.path, 'server');
    const send = toolNamed(toolsOf(vault, settings, { STEWARD_EMAIL_PASSWORD: PASSWORD }), 'send');
    const known = tls.getCACertificates('default');
    try {
      const distrusted = await perform(send, MAIL);
      assert.ok(distrusted.outcome === 'not_sent' && !distrusted.retry, JSON.stringify(distrusted));
      assert.deepEqual([got, logins], [[], []], 'the password must not go to a server that is not known');
      tls.setDefaultCACertificates([...known, cert]);
      const sent = await perform(send, MAIL);
      assert.equal(sent.outcome, 'confirmed', JSON.stringify(sent));
      assert.equal(got.length, 1);
      assert.deepEqual(logins, [true]);
      const wrong = toolNamed(toolsOf(vault, settings, { STEWARD_EMAIL_PASSWORD: 'wrong one' }), 'send');
      const refused = await perform(wrong, MAIL);
      assert.ok(refused.outcome === 'not_sent' && !refused.retry, JSON.stringify(refused));
      assert.equal(got.length, 1);
    } finally {
      tls.setDefaultCACertificates(known);
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      await closed;
    }
  });
}
