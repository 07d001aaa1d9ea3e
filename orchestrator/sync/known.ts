import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ensureFolder } from '../../core/durable.ts';
import type { Entry } from './steps.ts';

/** A file of the vault as it was last read: how it was left (`mark`), and the id of its bytes. */
export type Known = { readonly mark: string; readonly blob: string; readonly size: number };

/**
 * A path on which vault and remote may not agree yet. `base`: what they last agreed on there, where that is not what the
 * common base says (`stands: 'own'`).
 */
export type Open = {
  readonly stands: 'common' | 'own';
  readonly base?: Entry | undefined;
  /** Why it is not sent, for the person; nothing where it only waits for its turn. */
  readonly why: string;
  /** UTC milliseconds. */
  readonly since: number;
};

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS known (folder TEXT, name TEXT, mark TEXT, blob TEXT, size INTEGER,
    PRIMARY KEY (folder, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS open (path TEXT PRIMARY KEY, stands TEXT, blob TEXT, mode TEXT, why TEXT, since INTEGER)
    WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS said (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
`;

/**
 * What is known of the vault’s files, so that looking for changes is looking at times and not at bytes. All of it can be
 * found out again from the vault and the base; only the bases of open paths cannot, and those are on disk before the
 * base moves on.
 */
export class KnownFiles {
  readonly #database: DatabaseSync;
  readonly #one: StatementSync;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;
  readonly #open = new Map<string, Open>();
  #isWriting = false;

  constructor(file: string) {
    ensureFolder(path.dirname(file));
    this.#database = new DatabaseSync(file, { timeout: 5000 });
    this.#database.exec(SCHEMA);
    this.#one = this.#database.prepare('SELECT mark, blob, size FROM known WHERE folder = ? AND name = ?');
    this.#put = this.#database.prepare('INSERT OR REPLACE INTO known VALUES (?, ?, ?, ?, ?)');
    this.#drop = this.#database.prepare('DELETE FROM known WHERE folder = ? AND name = ?');
    this.#load();
  }

  #load(): void {
    this.#open.clear();
    for (const row of this.#database.prepare('SELECT * FROM open').all()) {
      const { path: at, stands, blob, mode, why, since } = row;
      const base = typeof blob === 'string' ? entryFrom(blob, mode) : undefined;
      const isOwn = stands === 'own';
      this.#open.set(String(at), { stands: isOwn ? 'own' : 'common', base, why: String(why), since: Number(since) });
    }
  }

  /** What is written is on disk, all of it or after a crash nothing, once `save` was called. */
  #write(): void {
    if (this.#isWriting) return;
    this.#database.exec('BEGIN');
    this.#isWriting = true;
  }

  /** `durably`: a power cut cannot take it either. Anything else is found again by looking. */
  save(how: 'durably' | 'soon' = 'soon'): void {
    if (how === 'durably') {
      this.save();
      // The sync of one commit covers all before it.
      this.#database.exec(
        `PRAGMA synchronous = FULL; INSERT OR REPLACE INTO said VALUES ('saved', ''); PRAGMA synchronous = NORMAL`,
      );
      return;
    }
    if (!this.#isWriting) return;
    this.#isWriting = false;
    try {
      this.#database.exec('COMMIT');
    } catch (error) {
      // What is in memory and what is on disk must not differ: the next look finds it again.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#load();
      throw error;
    }
  }

  find(at: string): Known | undefined {
    const row = this.#one.get(path.posix.dirname(at), path.posix.basename(at));
    return row === undefined ? undefined : { mark: String(row.mark), blob: String(row.blob), size: Number(row.size) };
  }

  put(at: string, known: Known): void {
    this.#write();
    this.#put.run(path.posix.dirname(at), path.posix.basename(at), known.mark, known.blob, known.size);
  }

  drop(at: string): void {
    this.#write();
    this.#drop.run(path.posix.dirname(at), path.posix.basename(at));
  }

  /** The files known in one folder by their names, each with its mark. */
  inFolder(folder: string): ReadonlyMap<string, string> {
    const rows = this.#database.prepare('SELECT name, mark FROM known WHERE folder = ?').all(folder);
    return new Map(rows.map(({ name, mark }) => [String(name), String(mark)]));
  }

  /** Every folder in which a file is known. */
  folders(): readonly string[] {
    return this.#database
      .prepare('SELECT DISTINCT folder FROM known')
      .all()
      .map(({ folder }) => String(folder));
  }

  /** How many files are known in a folder and below; in all where it is empty. */
  count(folder: string): number {
    const [where, values] =
      folder === ''
        ? ['', []]
        : ['WHERE folder = ? OR substr(folder, 1, ?) = ?', [folder, folder.length + 1, `${folder}/`]];
    return Number(this.#database.prepare(`SELECT count(*) AS files FROM known ${where}`).get(...values)?.files ?? 0);
  }

  /** Every known file, one by one. */
  *each(): Generator<readonly [string, string]> {
    for (const { folder, name, blob } of this.#database.prepare('SELECT folder, name, blob FROM known').iterate())
      yield [folder === '.' ? String(name) : `${String(folder)}/${String(name)}`, String(blob)];
  }

  get open(): ReadonlyMap<string, Open> {
    return this.#open;
  }

  setOpen(at: string, open: Open): void {
    this.#write();
    this.#open.set(at, open);
    this.#database
      .prepare('INSERT OR REPLACE INTO open VALUES (?, ?, ?, ?, ?, ?)')
      .run(at, open.stands, open.base?.blob ?? null, open.base?.mode ?? null, open.why, open.since);
  }

  agree(at: string): void {
    if (!this.#open.delete(at)) return;
    this.#write();
    this.#database.prepare('DELETE FROM open WHERE path = ?').run(at);
  }

  /** Small facts that outlive the process. */
  said(name: string): string | undefined {
    const row = this.#database.prepare('SELECT value FROM said WHERE name = ?').get(name);
    return row === undefined ? undefined : String(row.value);
  }

  say(name: string, value: string): void {
    this.#write();
    this.#database.prepare('INSERT OR REPLACE INTO said VALUES (?, ?)').run(name, value);
  }

  close(): void {
    this.save();
    this.#database.close();
  }
}

const MODES = new Set<Entry['mode']>(['100644', '100755', '120000', '160000']);

function entryFrom(blob: string, mode: unknown): Entry {
  for (const one of MODES) if (one === mode) return { blob, mode: one };
  return { blob, mode: '100644' };
}
