import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { terminalLine } from '../../core/inert.ts';
import { JournalReader } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { FORGERIES, type Forged } from '../helpers/forgeries.ts';
import { TestVault, until } from '../helpers/vault.ts';

const PDF = '%PDF-1.4\n';

function effects(vault: TestVault): { approved: string[]; intents: string[] } {
  const records = new JournalReader(path.join(vault.state, 'ledger.journal'), LedgerRecord).next();
  const of = (kind: string): string[] =>
    records.flatMap(({ body }) => (body.kind === kind && 'id' in body ? [body.id] : []));
  return { approved: of('APPROVED'), intents: of('INTENT') };
}

/** A vault in which one approval waits, one was done, one was refused and one lapsed. */
function prepare(vault: TestVault): Forged {
  writeFileSync(
    path.join(vault.state, 'config.yaml'),
    'approval_hours: 0.0003\nsettle: { note: 0.2, tick: 0.1, drop: 0.1 }\n',
  );
  vault.write('Inbox/lapsed.pdf', `${PDF}lapsed`);
  assert.equal(vault.once().code, 0);
  const lapsed = vault.only('Pending_Approval');
  const lapsedText = vault.read(lapsed);
  writeFileSync(path.join(vault.state, 'config.yaml'), 'settle: { note: 0.2, tick: 0.1, drop: 0.1 }\n');
  for (const name of ['wanted', 'finished', 'refused']) vault.write(`Inbox/${name}.pdf`, `${PDF}${name}`);
  assert.equal(vault.once().code, 0);
  const named = (name: string): string =>
    vault.files('Pending_Approval').find(file => path.basename(file).startsWith(name)) ?? assert.fail(name);
  const texts = {
    real: vault.read(named('wanted')),
    done: vault.read(named('finished')),
    refused: vault.read(named('refused')),
    lapsed: lapsedText,
  };
  vault.move(named('finished'), 'Approved');
  vault.move(named('refused'), 'Rejected');
  assert.equal(vault.once().code, 0);
  return texts;
}

test('no forged, altered, stale or misshapen approval is executed: each is set aside or left, with its reason', async t => {
  await using vault = new TestVault();
  const texts = prepare(vault);
  const before = effects(vault);
  assert.equal(before.approved.length, 1);
  const moved = vault.files('Pending_Approval').find(file => path.basename(file).startsWith('lapsed'));
  if (moved !== undefined)
    renameSync(path.join(vault.root, moved), path.join(vault.root, 'Approved', path.basename(moved)));
  else vault.write('Approved/lapsed-again.md', texts.lapsed);
  const real = vault.files('Pending_Approval').find(file => path.basename(file).startsWith('wanted')) ?? assert.fail();
  const names = Object.keys(FORGERIES);
  assert.ok(names.length >= 60, `${names.length} forgeries`);
  for (const [index, name] of names.entries()) {
    const { at = `Approved/forged-${index}.md`, make } = FORGERIES[name] ?? assert.fail();
    const made = make(texts);
    if (made !== undefined) vault.write(at, made);
  }
  const at = (file: string): string => path.join(vault.root, file);
  writeFileSync(path.join(vault.base, 'outside.md'), texts.real.replace('format: 1', 'format: 1\nzone: green'));
  symlinkSync(at(real), at('Approved/link-to-real.md'));
  symlinkSync(path.join(vault.base, 'outside.md'), at('Approved/link-outside.md'));
  symlinkSync(path.join(vault.base, 'nowhere.md'), at('Approved/link-dangling.md'));
  linkSync(path.join(vault.base, 'outside.md'), at('Approved/hard-link.md'));
  spawnSync('mkfifo', [at('Approved/fifo.md')]);
  mkdirSync(at('Approved/folder.md'));
  writeFileSync(
    Buffer.concat([Buffer.from(`${at('Approved')}/bytes-`), Buffer.from([0xff, 0xfe]), Buffer.from('.md')]),
    texts.real,
  );
  const extra: Record<string, RegExp> = {
    'link-to-real.md': /link to another place/,
    'link-outside.md': /link to another place/,
    'link-dangling.md': /link to another place/,
    'hard-link.md': /second name elsewhere/,
    'fifo.md': /not a plain file/,
    'folder.md': /not a plain file/,
  };
  const ran = vault.once();
  assert.equal(ran.code, 0, ran.out + ran.err);

  await t.test('nothing was approved or begun', () => {
    assert.deepEqual(effects(vault), before);
    assert.deepEqual(vault.files('Accounting').length + vault.files('Documents').length, 1);
  });
  const said = (name: string): string => {
    const stem = name.replace(/\.md$/, '');
    const note = readdirSync(at('Quarantine')).find(file => file === `${stem.slice(0, 248)}.why.md`);
    assert.ok(note !== undefined, `no reason beside ${name}\n${ran.out}`);
    return vault.read(`Quarantine/${note}`);
  };
  for (const [index, name] of names.entries()) {
    const { at: place = `Approved/forged-${index}.md`, why, make } = FORGERIES[name] ?? assert.fail();
    await t.test(`${name}`, () => {
      const file = path.basename(place);
      if (why === 'left') {
        assert.ok(lstatSync(at(place)).isFile(), 'it is where it was put');
        return;
      }
      if (why === 'reported') {
        assert.ok(lstatSync(at(place)).isFile(), 'it is where it was put');
        assert.ok(ran.out.includes(terminalLine(file.slice(0, 12))), `nothing was said of ${file}\n${ran.out}`);
        return;
      }
      const top = place.split('/').slice(1, 2)[0] ?? file;
      assert.equal(
        lstatSync(at(place), { throwIfNoEntry: false }),
        undefined,
        `it still lies in its folder\n${ran.out}`,
      );
      assert.match(said(top), why);
      const given = make(texts);
      if (given !== undefined && top === file)
        assert.equal(lstatSync(at(`Quarantine/${file}`)).size, Buffer.byteLength(given), 'its bytes are as they were');
    });
  }
  for (const [name, why] of Object.entries(extra)) {
    await t.test(name, () => {
      assert.equal(lstatSync(at(`Approved/${name}`), { throwIfNoEntry: false }), undefined);
      assert.match(said(name), why);
    });
  }
  await t.test('a name that is not UTF-8 is left and reported', () => assert.match(ran.out, /bytes-/));
  await t.test('the one that had lapsed is asked again, not done', () => {
    assert.equal(vault.files('Pending_Approval').filter(file => /lapsed.*again/.test(file)).length, 1);
  });
  await t.test('a second look does nothing more', () => {
    const again = vault.once();
    assert.equal(again.code, 0);
    assert.deepEqual(effects(vault), before);
    assert.doesNotMatch(again.out, /set aside/);
  });
  await t.test('the real approval still works', () => {
    vault.move(real, 'Approved');
    assert.equal(vault.once().code, 0);
    assert.equal(effects(vault).intents.length, 2);
    assert.equal(vault.files('Accounting').length + vault.files('Documents').length, 2);
    assert.equal(vault.cli('verify').code, 0, vault.cli('verify').out);
  });
});

test('a forged approval is set aside within a second once it is quiet, while Steward runs', async () => {
  await using vault = new TestVault('settle: { note: 0.2, tick: 0.1, drop: 0.1 }\n');
  await vault.start();
  let quickest = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= 5; round += 1) {
    vault.write(
      `Approved/forged-${round}.md`,
      '---\ntype: approval\nformat: 1\nid: file-0123456789ab-a1\n---\n- [x] Approve\n',
    );
    const from = performance.now();
    await until(
      () => vault.files('Quarantine').includes(`Quarantine/forged-${round}.why.md`),
      () => vault.output,
    );
    quickest = Math.min(quickest, performance.now() - from);
  }
  // The quickest of five: a computer that is busy with other things is no fault of Steward’s.
  assert.ok(quickest < 1100, `the quickest took ${Math.round(quickest)} ms`);
});

test('a hard link to a waiting approval approves nothing, and the approval is asked afresh', async () => {
  await using vault = new TestVault();
  vault.write('Inbox/one.pdf', `${PDF}one`);
  assert.equal(vault.once().code, 0);
  const real = vault.only('Pending_Approval');
  linkSync(path.join(vault.root, real), path.join(vault.root, 'Approved', path.basename(real)));
  assert.equal(vault.once().code, 0);
  assert.deepEqual(effects(vault).approved, []);
  vault.move(vault.only('Pending_Approval'), 'Approved');
  assert.equal(vault.once().code, 0);
  assert.equal(effects(vault).intents.length, 1);
  assert.equal(vault.files('Inbox').length, 0);
});
