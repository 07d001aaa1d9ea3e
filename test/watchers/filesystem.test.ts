import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../../core/digest.ts';
import { hashFile } from '../../core/hash-file.ts';
import { TaskJournal } from '../../orchestrator/think/task-journal.ts';
import { InProcess } from '../helpers/in-process.ts';
import { inMemory, onDisk, TempFolder } from '../helpers/temp.ts';

const LONG = process.env.STEWARD_TEST_LONG === '1';
const PDF = '%PDF-1.4\nno real one: ';

/** What stands in a folder, hidden and manual left out, as paths from the vault. */
function standing(vault: InProcess, folder: string): string[] {
  if (!existsSync(path.join(vault.root, folder))) return [];
  return readdirSync(path.join(vault.root, folder), { recursive: true, withFileTypes: true, encoding: 'utf8' })
    .filter(entry => !entry.isDirectory() && entry.name !== 'README.md' && !entry.name.startsWith('.'))
    .map(entry => path.relative(vault.root, path.join(entry.parentPath, entry.name)))
    .sort();
}
function drop(vault: InProcess, name: string, content: string): string {
  const file = path.join(vault.root, 'Inbox', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}
function approveAll(vault: InProcess): number {
  const notes = standing(vault, 'Pending_Approval');
  for (const note of notes)
    renameSync(path.join(vault.root, note), path.join(vault.root, 'Approved', path.basename(note)));
  return notes.length;
}
const tasks = (vault: InProcess): TaskJournal[] =>
  TaskJournal.ids(vault.opened.state).map(id => TaskJournal.read(vault.opened.state, id) ?? assert.fail(id));
const hashesIn = (vault: InProcess, folder: string): string[] =>
  standing(vault, folder).map(file => sha256(readFileSync(path.join(vault.root, file))));

const NAUGHTY: readonly string[] = [
  'r\u00e9sum\u00e9.pdf',
  're\u0301sume\u0301.pdf',
  '\u{1f4c4} bill \u{1f468}\u200d\u{1f469}\u200d\u{1f467}.pdf',
  `it's "quoted" \`ticked\`.pdf`,
  'two\nlines.pdf',
  `${'n'.repeat(251)}.pdf`,
  `${'\u00fc'.repeat(125)}.pdf`,
  '-rf.pdf',
  '--help.pdf',
  '[[link]] ![[embed]] | # ^block.pdf',
  'sub folder/README.md',
  'sub folder/deep/er/below.pdf',
  '  spaces  .pdf',
  'no ending',
  'a:b<c>?*.pdf',
  '%2e%2e%2f.pdf',
  '<img src=http:x onerror=y>.pdf',
  '\u202egpj.fdp.pdf',
  '$(touch x);&.pdf',
  'CON.pdf',
  '---js.pdf',
];

test('a file of whatever name becomes one task, keeps its bytes, and is moved once when that is approved', async () => {
  await using vault = new InProcess();
  const hashes = NAUGHTY.map((name, index) => sha256(readFileSync(drop(vault, name, `${PDF}${index}`))));
  await vault.drain();
  const known = tasks(vault);
  assert.equal(known.length, NAUGHTY.length);
  for (const [index, name] of NAUGHTY.entries()) {
    const task = known.find(one => one.taken.file?.sha256 === hashes[index]);
    assert.equal(task?.taken.file?.path, `Inbox/${name}`);
    assert.ok(existsSync(path.join(vault.root, 'Inbox', name)), 'it stays where it is until that is approved');
  }
  for (let round = 0; round < 3; round += 1) {
    approveAll(vault);
    for (const note of standing(vault, 'Questions')) {
      const file = path.join(vault.root, note);
      writeFileSync(
        file,
        readFileSync(file, 'utf8').replace('- [ ] File it under Documents', '- [x] File it under Documents'),
      );
    }
    await vault.drain();
  }
  const left = standing(vault, 'Inbox');
  assert.deepEqual(left, [], vault.lines.filter(line => /refused|failed|!/.test(line)).join('\n'));
  const filed = [...hashesIn(vault, 'Documents'), ...hashesIn(vault, 'Accounting')];
  assert.deepEqual(filed.sort(), hashes.sort());
  assert.deepEqual(standing(vault, 'Quarantine'), []);
  assert.deepEqual(standing(vault, 'Failed'), []);
  assert.deepEqual(vault.problems(), []);
});

test('a name with a backslash is told of and its file stays', async () => {
  await using vault = new InProcess();
  const file = drop(vault, 'back\\slash.pdf', PDF);
  await vault.drain();
  assert.equal(readFileSync(file, 'utf8'), PDF);
  assert.ok(
    vault.lines.some(line => line.includes('slash')),
    vault.lines.join('\n'),
  );
  await vault.drain();
});

test('hidden, unfinished and conflicting files, links, pipes and names that are not UTF-8 are left alone and told of', async () => {
  await using vault = new InProcess();
  const told = [
    'report.pdf.part',
    'movie.crdownload',
    '~$letter.docx',
    'x.tmp',
    'y.sync-conflict-20261101-101010-ABCDEFG.pdf',
    'z (conflicted copy).pdf',
    '.secret.pdf',
  ];
  for (const name of told) {
    const file = drop(vault, name, PDF);
    utimesSync(file, new Date(Date.now() - 600_000), new Date(Date.now() - 600_000));
  }
  const fresh = drop(vault, 'arriving.part', PDF);
  drop(vault, '.DS_Store', 'x');
  const outside = path.join(vault.root, '..', 'outside.pdf');
  writeFileSync(outside, PDF);
  symlinkSync(outside, path.join(vault.root, 'Inbox', 'link.pdf'));
  symlinkSync('/etc', path.join(vault.root, 'Inbox', 'etc'));
  spawnSync('mkfifo', [path.join(vault.root, 'Inbox', 'pipe.pdf')]);
  const bytes = Buffer.concat([Buffer.from(path.join(vault.root, 'Inbox', 'bytes-')), Buffer.from([0xff, 0xfe])]);
  writeFileSync(bytes, PDF);
  await vault.drain();
  assert.deepEqual(tasks(vault), []);
  for (const name of [...told, 'link.pdf', 'etc', 'pipe.pdf', 'bytes-']) {
    assert.ok(
      vault.lines.some(line => line.startsWith('!') && line.includes(name)),
      `nothing was said of ${name}\n${vault.lines.join('\n')}`,
    );
  }
  assert.ok(!vault.lines.some(line => line.includes('arriving') || line.includes('DS_Store')));
  assert.equal(readFileSync(fresh, 'utf8'), PDF);
  assert.equal(readFileSync(outside, 'utf8'), PDF);
  assert.ok(lstatSync(path.join(vault.root, 'Inbox', 'link.pdf')).isSymbolicLink());
});

test('a file that is still being written is no task before it is whole', async () => {
  await using vault = new InProcess('settle: { note: 0, tick: 0, drop: 0.4 }\n');
  const file = drop(vault, 'slow.pdf', PDF);
  let parts = 0;
  const timer = setInterval(() => {
    parts += 1;
    appendFileSync(file, `part ${parts}\n`);
    if (parts === 10) clearInterval(timer);
  }, 60);
  await vault.drain();
  assert.equal(parts, 10, 'it was taken while it grew');
  assert.deepEqual(
    tasks(vault).map(task => task.taken.file?.sha256),
    [sha256(readFileSync(file))],
  );
});

test('the same content is a duplicate while its first task is open, and a new task after that', async () => {
  await using vault = new InProcess();
  drop(vault, 'one.pdf', `${PDF}same`);
  await vault.drain();
  const second = drop(vault, 'two.pdf', `${PDF}same`);
  await vault.drain();
  assert.equal(tasks(vault).length, 1);
  assert.ok(vault.lines.some(line => line.startsWith('duplicate') && line.includes('two.pdf')));
  assert.equal(approveAll(vault), 1);
  await vault.drain();
  assert.equal(TaskJournal.readOpen(vault.opened.state).length, 0);
  assert.ok(existsSync(second), 'the duplicate is left alone');
  drop(vault, 'three.pdf', `${PDF}same`);
  await vault.drain();
  const open = TaskJournal.readOpen(vault.opened.state);
  assert.equal(open.filter(task => task.taken.file?.name === 'three.pdf').length, 1);
  assert.equal(approveAll(vault), 1);
  await vault.drain();
  assert.equal(hashesIn(vault, 'Documents').length, 2);
  assert.deepEqual(vault.problems(), []);
});

test('a file that is renamed while its task is open is no duplicate: it is taken once that task has ended', async () => {
  await using vault = new InProcess();
  const before = drop(vault, 'scan.pdf', `${PDF}renamed`);
  await vault.drain();
  renameSync(before, path.join(path.dirname(before), 'letter.pdf'));
  await vault.drain();
  assert.ok(vault.lines.some(line => line.startsWith('renamed') && line.includes('letter.pdf')));
  assert.equal(approveAll(vault), 1);
  await vault.drain();
  assert.ok(vault.lines.some(line => line.startsWith('failed') && line.includes('renamed or deleted')));
  assert.equal(approveAll(vault), 1);
  await vault.drain();
  assert.equal(hashesIn(vault, 'Documents').length, 1);
  assert.deepEqual(vault.problems(), []);
});

test('what is dropped into a folder outside the vault, on another disk too, is moved in once', async () => {
  using temporary = new TempFolder();
  const places = [temporary.path];
  // The tests’ own folders may be in memory or on disk: another disk is then the other of them.
  const other = [inMemory(), onDisk()].find(one => statSync(one).dev !== statSync(temporary.path).dev);
  if (other !== undefined) places.push(mkdtempSync(path.join(other, 'steward-')));
  try {
    await using vault = new InProcess(`settle: { note: 0, tick: 0, drop: 0 }\ndrop_folders: [${places.join(', ')}]\n`);
    for (const place of places) {
      mkdirSync(path.join(place, 'below'));
      writeFileSync(path.join(place, 'below', `scan ${places.indexOf(place)}.pdf`), `${PDF}${place}`);
    }
    await vault.drain();
    assert.equal(approveAll(vault), places.length);
    await vault.drain();
    assert.deepEqual(hashesIn(vault, 'Documents').sort(), places.map(place => sha256(`${PDF}${place}`)).sort());
    for (const place of places) assert.deepEqual(readdirSync(path.join(place, 'below')), []);
    assert.deepEqual(vault.problems(), []);
  } finally {
    for (const place of places) rmSync(place, { recursive: true, force: true });
  }
});

test('a damaged pdf is filed by its name, not refused', async () => {
  await using vault = new InProcess();
  const bytes = Buffer.concat([
    Buffer.from('%PDF-1.7\n'),
    Buffer.from([0, 255, 1, 254]),
    Buffer.from('invoice '.repeat(50)),
  ]);
  writeFileSync(path.join(vault.root, 'Inbox', 'Invoice 2026-03-04 ACME.pdf'), bytes);
  writeFileSync(path.join(vault.root, 'Inbox', 'empty.pdf'), '');
  await vault.drain();
  assert.equal(approveAll(vault), 2);
  await vault.drain();
  assert.deepEqual(standing(vault, 'Inbox'), []);
  assert.match(standing(vault, 'Accounting').join(), /ACME/);
});

test('content that takes the place of a dropped file is not moved by the old approval, and becomes a task of its own', async () => {
  await using vault = new InProcess();
  const file = drop(vault, 'letter.pdf', `${PDF}first`);
  await vault.drain();
  drop(vault, 'letter.pdf', `${PDF}second`);
  assert.equal(approveAll(vault), 1);
  await vault.drain();
  assert.equal(readFileSync(file, 'utf8'), `${PDF}second`);
  assert.deepEqual(hashesIn(vault, 'Documents'), []);
  assert.ok(
    vault.lines.some(line => /^failed .*changed since/.test(line)),
    vault.lines.join('\n'),
  );
  assert.equal(standing(vault, 'Failed').length > 0, true);
  assert.deepEqual(
    TaskJournal.readOpen(vault.opened.state).map(task => task.taken.file?.sha256),
    [sha256(`${PDF}second`)],
  );
  assert.equal(approveAll(vault), 1);
  await vault.drain();
  assert.deepEqual(hashesIn(vault, 'Documents'), [sha256(`${PDF}second`)]);
  assert.deepEqual(vault.problems(), []);
});

test('a drop that turned into a folder, or went away, fails its approval without effect', async () => {
  await using vault = new InProcess();
  const gone = drop(vault, 'gone.pdf', `${PDF}gone`);
  const folder = drop(vault, 'folder.pdf', `${PDF}folder`);
  await vault.drain();
  rmSync(gone);
  rmSync(folder);
  mkdirSync(folder);
  assert.equal(approveAll(vault), 2);
  await vault.drain();
  assert.deepEqual(hashesIn(vault, 'Documents'), []);
  assert.equal(TaskJournal.readOpen(vault.opened.state).length, 0);
  assert.ok(lstatSync(folder).isDirectory());
  assert.deepEqual(vault.problems(), []);
});

test('a file of any size (two gigabytes in the long run) is hashed without being held in memory', async () => {
  using folder = new TempFolder();
  const file = path.join(folder.path, 'large.bin');
  writeFileSync(file, '');
  const size = LONG ? 2 * 1024 ** 3 + 1 : 256 * 1024 ** 2;
  truncateSync(file, size);
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss);
  }, 20);
  const hashed = await hashFile(file);
  clearInterval(timer);
  assert.ok(hashed.ok && hashed.value.size === size);
  assert.ok(most - before < 150 * 1024 ** 2, `memory grew by ${Math.round((most - before) / 1024 ** 2)} MB`);
});
