import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { parseConfig, readEnvironment } from '../../core/config.ts';
import { stateFolderOf } from '../../core/state-folder.ts';
import { Vault } from '../../core/vault.ts';
import { checkAccounts } from '../../scripts/doctor/accounts.ts';
import type { Finding, Patient } from '../../scripts/doctor/finding.ts';
import { checkThinking } from '../../scripts/doctor/thinking.ts';
import { FakeImap } from '../fakes/imap.ts';
import { FakeSmtp } from '../fakes/smtp.ts';
import { PASSWORD } from '../helpers/mail.ts';
import { TempFolder } from '../helpers/temp.ts';

const KEY = 'sk-ant-api03-not-a-real-key-at-all';

/** A patient with these settings and secrets, whose vault is empty. */
function patientIn(folder: TempFolder, config: string, secrets: Record<string, string>, isOffline = false): Patient {
  const parsed = parseConfig(config, 'config.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return {
    environment: { ...readEnvironment({}), secrets },
    root: folder.path,
    id: '0123456789abcdef',
    vault: new Vault(folder.path, 'person'),
    state: stateFolderOf(path.join(folder.path, 'state'), folder.path, '0123456789abcdef'),
    config: parsed.value,
    isConfigured: true,
    isOffline,
    now: new Date(),
  };
}

/** A far end that answers every question with this, and remembers what it was asked. */
async function farEnd(
  status: number,
  body: object,
): Promise<{ url: string; asked: IncomingMessage[] } & AsyncDisposable> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

const only = (findings: readonly Finding[], check: string): Finding => {
  const [found, ...more] = findings.filter(one => one.check === check);
  assert.ok(found !== undefined && more.length === 0, JSON.stringify(findings));
  return found;
};

test('Claude is asked for its model, which costs nothing, and a wrong key is told without showing it', async () => {
  using folder = new TempFolder();
  const model = { type: 'model', id: 'm', display_name: 'Claude M', created_at: '2026-01-01T00:00:00Z' };
  await using well = await farEnd(200, model);
  const config = (url: string): string => `brain: claude\nbrains: { claude: { url: "${url}", model: m } }\n`;
  const patient = patientIn(folder, config(well.url), { ANTHROPIC_API_KEY: KEY });
  assert.deepEqual(only(await checkThinking(patient), 'brain'), {
    ...{ check: 'brain', state: 'ok', what: 'claude answers: Claude M' },
  });
  assert.deepEqual(
    well.asked.map(({ method, url }) => `${method} ${url}`),
    ['GET /v1/models/m'],
  );
  const error = { type: 'error', error: { type: 'authentication_error', message: `bad key ${KEY}` } };
  await using wrong = await farEnd(401, error);
  const refused = only(
    await checkThinking({ ...patient, config: patientIn(folder, config(wrong.url), {}).config }),
    'brain',
  );
  assert.equal(refused.state, 'BROKEN');
  assert.ok(!JSON.stringify(refused).includes(KEY), refused.what);
  await using unknown = await farEnd(404, { type: 'error', error: { type: 'not_found_error', message: 'model: m' } });
  const missing = only(
    await checkThinking({ ...patient, config: patientIn(folder, config(unknown.url), {}).config }),
    'brain',
  );
  assert.match(missing.what, /knows no model “m”/);
  assert.match(missing.mend ?? '', /brains\.claude/);
});

test('a local model is asked for its names, and one that it does not have or that does not answer is told', async () => {
  using folder = new TempFolder();
  await using well = await farEnd(200, { data: [{ id: 'tiny' }, { id: 'large' }] });
  const looked = async (settings: string, isOffline = false): Promise<Finding> => {
    const patient = patientIn(folder, `brain: local\nbrains: { local: { ${settings} } }\n`, {}, isOffline);
    return only(await checkThinking(patient), 'brain');
  };
  assert.equal((await looked(`url: "${well.url}", model: tiny`)).what, 'local answers: tiny, large');
  assert.match((await looked(`url: "${well.url}", model: huge`)).what, /has no model “huge”. It has tiny, large/);
  const before = well.asked.length;
  assert.match((await looked(`url: "${well.url}"`, true)).what, /not asked: offline/);
  assert.equal(well.asked.length, before, 'it was asked though nothing may be');
  const nobody = await looked('url: "http://127.0.0.1:9/v1"');
  assert.equal(nobody.state, 'BROKEN');
  assert.match(nobody.mend ?? '', /Is it running/);
});

test('a mail account is logged into and nothing is sent; a wrong password is told, and offline nobody is asked', async () => {
  using folder = new TempFolder();
  await using server = await FakeSmtp.start({ user: 'me', password: PASSWORD });
  const config = `servers: { email: { from: me@example.test, host: 127.0.0.1, port: ${server.port}, security: none, user: me } }\n`;
  const with_ = (password: string, isOffline = false): Patient =>
    patientIn(folder, config, { STEWARD_EMAIL_PASSWORD: password }, isOffline);
  assert.equal(only(await checkAccounts(with_(PASSWORD)), 'account').what, 'email: 127.0.0.1 lets me in');
  const wrong = only(await checkAccounts(with_('not the password')), 'account');
  assert.equal(wrong.state, 'BROKEN');
  assert.match(wrong.mend ?? '', /STEWARD_EMAIL_PASSWORD/);
  assert.ok(!JSON.stringify(wrong).includes('not the password'));
  const before = server.connections;
  assert.match(only(await checkAccounts(with_(PASSWORD, true)), 'account').what, /offline/);
  assert.equal(server.connections, before);
  assert.deepEqual(server.delivered, []);
  assert.deepEqual(await checkAccounts(patientIn(folder, '', {})), []);
});

test('the mailbox behind a mail account is looked into too, and what does not let me in there is told', async () => {
  using folder = new TempFolder();
  await using server = await FakeSmtp.start({ user: 'me', password: PASSWORD });
  await using mailbox = await FakeImap.start('me', PASSWORD);
  const imap = `imap: { host: 127.0.0.1, port: ${mailbox.port}, security: none }`;
  const config = `servers: { email: { from: me@example.test, host: 127.0.0.1, port: ${server.port}, security: none, user: me, ${imap} } }\n`;
  const found = await checkAccounts(patientIn(folder, config, { STEWARD_EMAIL_PASSWORD: PASSWORD }));
  assert.equal(only(found, 'account').what, 'email: 127.0.0.1 lets me in; 127.0.0.1 shows the mailbox of me');
  const secrets = { STEWARD_EMAIL_PASSWORD: PASSWORD, STEWARD_EMAIL_IMAP_PASSWORD: 'not the password' };
  const wrong = only(await checkAccounts(patientIn(folder, config, secrets)), 'account');
  assert.equal(wrong.state, 'BROKEN');
  assert.match(`${wrong.what} ${wrong.mend}`, /does not let Steward into the mailbox.*STEWARD_EMAIL_IMAP_PASSWORD/);
  assert.ok(!JSON.stringify(wrong).includes('not the password'));
  assert.deepEqual([mailbox.changes, server.delivered], [[], []]);
});

test('a budget that contradicts itself is told', async () => {
  using folder = new TempFolder();
  const patient = patientIn(folder, 'budget: { task: { money: 20 }, roles: { clerk: { money: 50 } } }\n', {});
  const told = (await checkThinking(patient)).filter(({ check }) => check === 'budget').map(({ what }) => what);
  assert.equal(told.length, 2);
  assert.match(told.join(' '), /One task may take more than the day.*role clerk/);
});
