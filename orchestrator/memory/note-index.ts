import { DatabaseSync, type StatementSync } from 'node:sqlite';

/** A note as the index knows it. `modified` in milliseconds since the epoch, `size` in bytes. */
export type Known = { readonly modified: number; readonly size: number };
export type Indexed = Known & { readonly path: string; readonly title: string; readonly text: string };
export type Hit = { readonly path: string; readonly title: string };

/** A word that stands in more notes than this decides nothing alone. */
const COMMON = 4000;
/** Words of a query that are used: the rarest. Within one folder, where fewer notes stand, more of them. */
const MOST_WORDS = 6;
const MOST_INSIDE = 24;

const SCHEMA = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, modified REAL NOT NULL, size INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS folders (path TEXT PRIMARY KEY, modified REAL NOT NULL);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(top, title, text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(words, row);
`;

/**
 * Full-text index over the notes of a vault (SQLite FTS5, https://sqlite.org/fts5.html). Derived and deletable: it holds
 * words and where they stand, never the text, and is made again from the vault at any time.
 */
export class NoteIndex {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #words: StatementSync;
  readonly #drop: StatementSync;
  readonly #dropWords: StatementSync;
  readonly #frequency: StatementSync;
  readonly #find: StatementSync;
  readonly #newest: StatementSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 });
    try {
      this.#database.exec(SCHEMA);
    } catch (error) {
      this.#database.close();
      throw error;
    }
    const prepare = (sql: string): StatementSync => this.#database.prepare(sql);
    this.#put = prepare('INSERT INTO notes (path, title, modified, size) VALUES (?, ?, ?, ?) RETURNING id');
    this.#words = prepare('INSERT INTO words (rowid, top, title, text) VALUES (?, ?, ?, ?)');
    this.#drop = prepare('DELETE FROM notes WHERE path = ? RETURNING id');
    this.#dropWords = prepare('DELETE FROM words WHERE rowid = ?');
    this.#frequency = prepare('SELECT doc AS count FROM vocabulary WHERE term = ?');
    this.#find = prepare(
      'SELECT notes.path, notes.title FROM words JOIN notes ON notes.id = words.rowid WHERE words MATCH ? ORDER BY bm25(words, 0.0, 6.0, 1.0) LIMIT ?',
    );
    this.#newest = prepare(
      'SELECT notes.path, notes.title FROM words JOIN notes ON notes.id = words.rowid WHERE words MATCH ? ORDER BY words.rowid DESC LIMIT ?',
    );
  }

  /** Several changes at once, or none. */
  together(change: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      change();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  put({ path, title, text, modified, size }: Indexed): void {
    this.remove(path);
    const id = this.#put.get(path, title, modified, size)?.id;
    if (typeof id === 'number') this.#words.run(id, topOf(path), title, text);
  }

  remove(path: string): void {
    const id = this.#drop.get(path)?.id;
    if (typeof id === 'number') this.#dropWords.run(id);
  }

  /** What is known of the notes directly in a folder, by path. */
  notesIn(folder: string): ReadonlyMap<string, Known> {
    const rows = this.#database
      .prepare('SELECT path, modified, size FROM notes WHERE path > ? AND path < ?')
      .all(`${folder}/`, `${folder}0`);
    return new Map(
      rows.flatMap(({ path, modified, size }) => {
        const isThere = typeof path === 'string' && !path.slice(folder.length + 1).includes('/');
        return isThere ? [[path, { modified: Number(modified), size: Number(size) }] as const] : [];
      }),
    );
  }

  get size(): number {
    return Number(this.#database.prepare('SELECT count(*) AS count FROM notes').get()?.count ?? 0);
  }

  /** The folders that were read, with the time they were last changed at. */
  folders(): ReadonlyMap<string, number> {
    const rows = this.#database.prepare('SELECT path, modified FROM folders').all();
    return new Map(rows.map(({ path, modified }) => [String(path), Number(modified)]));
  }

  rememberFolder(path: string, modified: number): void {
    this.#database
      .prepare(
        'INSERT INTO folders (path, modified) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET modified = excluded.modified',
      )
      .run(path, modified);
  }

  /** Forgets a folder that is gone, with all that was in it. */
  forgetFolder(path: string): void {
    const inside = this.#database
      .prepare('SELECT path FROM notes WHERE path > ? AND path < ?')
      .all(`${path}/`, `${path}0`);
    for (const note of inside) this.remove(String(note.path));
    this.#database
      .prepare('DELETE FROM folders WHERE path = ? OR (path > ? AND path < ?)')
      .run(path, `${path}/`, `${path}0`);
  }

  /**
   * The notes that fit best, in a folder at the top of the vault or in all. A note fits with any of the rarest words;
   * words that stand nearly everywhere count only together with rarer ones. `words` are plain: no query language
   * reaches the database.
   */
  search(words: readonly string[], limit: number, under?: string): readonly Hit[] {
    const known = [...new Set(words)]
      .map(word => ({ word, count: Number(this.#frequency.get(word)?.count ?? 0) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => a.count - b.count)
      .slice(0, under === undefined ? MOST_WORDS : MOST_INSIDE);
    if (known.length === 0) return [];
    if (under !== undefined) return hits(this.#find.all(within(under, anyOf(known)), limit));
    const rare = known.filter(({ count }) => count <= COMMON);
    const common = known.slice(0, 2).map(({ word }) => quoted(word));
    return hits(
      rare.length > 0
        ? this.#find.all(within(under, anyOf(rare)), limit)
        : this.#newest.all(common.join(' AND '), limit),
    );
  }

  /** The newest notes in which these words stand one after another. */
  phrase(words: readonly string[], limit: number, under?: string): readonly Hit[] {
    if (words.length === 0) return [];
    return hits(this.#newest.all(within(under, `{title text} : ${quoted(words.join(' '))}`), limit));
  }

  close(): void {
    this.#database.close();
  }
}

const quoted = (word: string): string => `"${word.replaceAll('"', '""')}"`;
const anyOf = (words: readonly { readonly word: string }[]): string =>
  `{title text} : (${words.map(({ word }) => quoted(word)).join(' OR ')})`;

/** The folder at the top of the vault that a note stands in, as a word of the index. */
const topOf = (path: string): string => path.split('/')[0] ?? '';
const within = (under: string | undefined, query: string): string =>
  under === undefined ? query : `(top : ${quoted(under)}) AND (${query})`;

const hits = (rows: readonly Readonly<Record<string, unknown>>[]): readonly Hit[] =>
  rows.map(({ path, title }) => ({ path: String(path), title: String(title) }));

/** The words of a text as the index spells them: small letters, no accents. */
export function wordsOf(text: string, most = 40): readonly string[] {
  const plain = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const found = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...new Set(found.filter(word => word.length > 1 && word.length < 60))].slice(0, most);
}
