import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { CANARIES, canariesIn, filesWithCanaries } from '../helpers/canaries.ts';
import { LAUNCH } from '../helpers/cli.ts';
import { TestVault } from '../helpers/vault.ts';

const VALUE = CANARIES.STEWARD_EMAIL_PASSWORD;

/** What is done on a desktop whose keychain is open, in one session: a D-Bus of its own and a Secret Service on it. */
const SESSION = `
printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
steward() { "$NODE" "$LAUNCH" "$@" 2>&1; echo "= $?"; }
printf '%s\\n' "$VALUE" | steward secret set STEWARD_EMAIL_PASSWORD
steward secret list
steward doctor
ls -R "$STEWARD_HOME"
export VALUE=
"$NODE" --input-type=module -e '
  const { readKeychain } = await import(process.env.KEYCHAIN);
  const read = await readKeychain({ root: process.env.STATE }, "STEWARD_EMAIL_PASSWORD");
  console.log("read", read.ok && Buffer.from(read.value).toString("base64url").length);
'
steward secret remove STEWARD_EMAIL_PASSWORD
steward secret list
`;

test('where there is a keychain that works, a secret is kept there, found again, and stands in no file of Steward’s', async () => {
  await using vault = new TestVault();
  const home = path.join(vault.base, 'home');
  mkdirSync(home, { mode: 0o700 });
  const said = spawnSync('dbus-run-session', ['--', 'sh', '-c', SESSION], {
    env: {
      ...vault.environment,
      ...{
        HOME: home,
        XDG_RUNTIME_DIR: home,
        XDG_DATA_HOME: home,
        NODE: process.execPath,
        LAUNCH,
        VALUE,
        STATE: vault.state,
      },
      KEYCHAIN: path.resolve(import.meta.dirname, '..', '..', 'core', 'secret-store', 'keychain.ts'),
    },
    encoding: 'utf8',
    timeout: 120_000,
  });
  const { stdout } = said;
  assert.match(stdout, /^kept {2}STEWARD_EMAIL_PASSWORD {2}in the keychain of this computer$/m, stdout + said.stderr);
  assert.match(stdout, /^STEWARD_EMAIL_PASSWORD {2}keychain$/m);
  assert.match(stdout, /^ok +secrets +STEWARD_EMAIL_PASSWORD in the keychain/m);
  assert.match(stdout, new RegExp(`^read ${Buffer.from(VALUE).toString('base64url').length}$`, 'm'));
  assert.ok(!stdout.includes('.age'), 'no file holds it');
  assert.match(stdout, /^removed {2}STEWARD_EMAIL_PASSWORD$/m);
  assert.equal(stdout.match(/^STEWARD_EMAIL_PASSWORD {2}keychain$/gm)?.length, 1, 'once removed it is not listed');
  assert.deepEqual(canariesIn(stdout), []);
  assert.deepEqual(
    filesWithCanaries(vault.base, file => file.startsWith(home)),
    [],
  );
});
