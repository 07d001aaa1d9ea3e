import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeSmtp } from '../fakes/smtp.ts';
import { policyText } from '../helpers/policy.ts';
import { TestVault, until } from '../helpers/vault.ts';

const skill = (word: string, action: string): string => `---
name: ${word}
description: When a note says ${word}.
---
# ${word}

## Rule

\`\`\`yaml
priority: 90
when:
  source: person
  words: [${word}]
then:
  summary: You asked to ${word}.
  actions:
    - do: ${action}
      say: Write to Anna
      with:
        to: ["anna@example.test"]
        subject: "{title}"
        text: "{text}"
\`\`\`
`;

/** A running vault that knows Anna, with rules that its person wrote and then agreed to. */
async function agreed(far: FakeSmtp, holdMinutes: number): Promise<TestVault> {
  const mail = `{ from: me@example.test, host: 127.0.0.1, port: ${far.port}, security: none, user: me }`;
  const vault = new TestVault(`settle: { note: 0.3, tick: 0.2, drop: 0.2 }\nservers: { email: ${mail} }\n`);
  const rules = [
    `hold_minutes: ${holdMinutes}`,
    'rules:',
    '  - {name: mail, zone: yellow, action: email.send, to: [known]}',
    '  - {name: drafts, zone: green, action: email.draft}',
  ];
  vault.write('Policies.md', policyText(rules.join('\n')));
  vault.write('Memory/People/Anna.md', '---\nemail: anna@example.test\n---\n');
  vault.write('Skills/tell/SKILL.md', skill('tell', 'email.send'));
  vault.write('Skills/note/SKILL.md', skill('prepare', 'email.draft'));
  await vault.start({ STEWARD_EMAIL_PASSWORD: 'secret word' });
  await until(
    () => vault.files('Pending_Approval').length === 1,
    () => vault.output,
  );
  const id = /^id: (policy-.*)$/m.exec(vault.read(vault.only('Pending_Approval')))?.[1] ?? '';
  assert.equal(vault.cli('approve', id).code, 0);
  await until(
    () => vault.files('Done').length === 2,
    () => `${vault.output} ${vault.files().join(' ')}`,
  );
  return vault;
}

const told = (vault: TestVault) => (): string => `${vault.output} ${vault.files().join(' ')}`;

test('what policy holds is done by itself after its hold, and what it lets through at once, unasked, with receipts', async () => {
  await using far = await FakeSmtp.start({ user: 'me', password: 'secret word' });
  await using vault = await agreed(far, 0.05);
  vault.write('Needs_Action/Draft.md', 'Please prepare the Q3 numbers.\n');
  vault.write('Needs_Action/Numbers.md', 'Please tell her the Q3 numbers.\n');
  await until(() => vault.files('Done').filter(file => file.includes('-receipt-')).length === 3, told(vault));
  assert.equal(far.delivered.length, 1);
  assert.deepEqual(vault.files('Pending_Approval'), []);
  assert.ok(vault.output.includes('holds'), vault.output);
  assert.equal(vault.cli('verify').code, 0);
});

test('what policy holds is listed with its time, does not keep --once waiting, and is never done once it was moved to Rejected', async () => {
  await using far = await FakeSmtp.start({ user: 'me', password: 'secret word' });
  await using vault = await agreed(far, 30);
  vault.write('Needs_Action/Numbers.md', 'Please tell her the Q3 numbers.\n');
  await until(() => vault.files('Outbox').length === 1, told(vault));
  const status: { waiting: { kind: string; until: string }[] } = JSON.parse(vault.cli('status', '--json').out);
  const [held = assert.fail('nothing waits')] = status.waiting;
  assert.equal(held.kind, 'held');
  const left = new Date(held.until).getTime() - Date.now();
  assert.ok(left > 20 * 60_000 && left <= 30 * 60_000, held.until);
  await until(() => vault.read('Dashboard.md').includes('|Held]]'), told(vault));
  await vault.stop();
  const once = vault.once();
  assert.equal(once.code, 0, once.err);
  assert.match(once.out, /^held /m);
  vault.move(vault.only('Outbox'), 'Rejected');
  assert.equal(vault.once().code, 0);
  assert.equal(far.delivered.length, 0);
  assert.deepEqual(vault.files('Outbox'), []);
  assert.equal(vault.files('Rejected').length > 0, true);
});
