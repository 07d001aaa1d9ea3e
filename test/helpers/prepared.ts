import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Json } from '../../core/digest.ts';
import { GENESIS, type Link, readRecord, writeRecord } from '../../core/journal-record.ts';
import { sentence } from '../../core/outcome.ts';
import { EXAMPLE, TestVault } from './vault.ts';

const DROP = path.join('vault', 'Inbox', 'invoice.pdf');
/** Beside the vaults of this process, gone with it; the whole run’s, where there is one. */
let own: string | undefined;

/**
 * A vault in which the example invoice was dropped and Steward has run once, so that its approval waits. Steward is
 * started for it once in a whole run of the tests; every further one is a copy, which knows the file where it lies now.
 */
export function waitingVault(config?: string): TestVault {
  const prepared = path.join(shared(), 'invoice');
  if (!existsSync(prepared)) prepare(prepared);
  const vault = new TestVault(config, base => {
    cpSync(prepared, base, { recursive: true, preserveTimestamps: true });
    writeFileSync(path.join(stateIn(base), 'vault'), `${path.join(base, 'vault')}\n`);
    knowAgain(path.join(stateIn(base), 'seen', 'filesystem.journal'), path.join(prepared, DROP), path.join(base, DROP));
  });
  vault.only('Pending_Approval');
  return vault;
}

function shared(): string {
  const given = process.env.STEWARD_TEST_PREPARED;
  if (given !== undefined) return given;
  if (own === undefined) {
    const made = mkdtempSync(path.join(tmpdir(), 'steward-prepared-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    own = made;
  }
  return own;
}

/** Whoever is first puts it there whole; another, at the same time, finds it there. */
function prepare(target: string): void {
  const vault = new TestVault();
  copyFileSync(EXAMPLE, path.join(vault.base, DROP));
  const ran = vault.once();
  if (ran.code !== 0) throw new Error(`Steward did not come to rest: ${ran.out}${ran.err}`);
  try {
    renameSync(vault.base, target);
  } catch (error) {
    rmSync(vault.base, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

function stateIn(base: string): string {
  const home = path.join(base, 'state');
  const [id] = readdirSync(home);
  if (id === undefined) throw new Error(`${home} holds no state`);
  return path.join(home, id);
}

/** A dropped file is known by its inode and its time, and a copy has others: puts those into the watcher’s records. */
function knowAgain(journal: string, from: string, to: string): void {
  const [before, after] = [from, to].map(file => {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  });
  if (before === undefined || after === undefined) throw new Error('nothing to compare');
  const text = readFileSync(journal, 'utf8');
  if (!text.includes(before)) throw new Error(`${journal} does not know the dropped file by “${before}”`);
  let [read, written]: [Link, Link] = [GENESIS, GENESIS];
  const lines = text
    .trimEnd()
    .split('\n')
    .map(line => {
      const record = readRecord(Buffer.from(line), read);
      if (!record.ok) throw new Error(sentence(record.failure));
      read = record.value;
      const body = Json.parse(JSON.parse(JSON.stringify(record.value.body).replaceAll(before, after)));
      const next = writeRecord(written, record.value.at, body);
      written = { seq: written.seq + 1, hash: next.hash };
      return next.line;
    });
  writeFileSync(journal, `${lines.join('\n')}\n`);
}
