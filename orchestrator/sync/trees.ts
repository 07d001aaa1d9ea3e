import { shorten } from '../../core/bounded.ts';
import type { Objects } from './objects.ts';
import type { Entry } from './steps.ts';

/**
 * Trees as git keeps them (gitformat-loose(5)): read, compared and changed along a path, so that the work is what
 * changed and never the whole vault. Names are bytes: inside they are kept as latin1, outside they are UTF-8.
 */
type Row = { readonly mode: string; readonly name: string; readonly id: string };
type Edit = { readonly path: string; readonly parts: readonly string[]; readonly entry: Entry | undefined };

export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
const FOLDER = '40000';

const inside = (name: string): string => Buffer.from(name, 'utf8').toString('latin1');
/** The name as UTF-8; undefined where its bytes are no text. */
function outside(name: string): string | undefined {
  const bytes = Buffer.from(name, 'latin1');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

const MODES: Readonly<Record<string, Entry['mode']>> = {
  '100644': '100644',
  '100664': '100644',
  '100755': '100755',
  '120000': '120000',
  '160000': '160000',
};

function entryOf(row: Row): Entry {
  return { blob: row.id, mode: MODES[row.mode] ?? '160000' };
}

function parse(data: Buffer): Row[] {
  const rows: Row[] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(32, at);
    const nul = data.indexOf(0, space);
    if (space < 0 || nul < 0 || nul + 21 > data.length) throw new Error('a tree of the git directory is damaged');
    rows.push({
      mode: data.toString('latin1', at, space),
      name: data.toString('latin1', space + 1, nul),
      id: data.toString('hex', nul + 1, nul + 21),
    });
    at = nul + 21;
  }
  return rows;
}

const sortName = ({ mode, name }: Row): string => (mode === FOLDER ? `${name}/` : name);

function render(rows: Iterable<Row>): Buffer {
  const sorted = [...rows].map(row => ({ row, key: sortName(row) }));
  // By code unit, which for latin1 is by byte, as git wants it.
  sorted.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return Buffer.concat(
    sorted.flatMap(({ row }) => [Buffer.from(`${row.mode} ${row.name}\0`, 'latin1'), Buffer.from(row.id, 'hex')]),
  );
}

/** Trees that are kept parsed: the way to what changed is nearly the same each time. */
const MOST_KEPT = 256;

export class Trees {
  readonly #objects: Objects;
  readonly #kept = new Map<string, ReadonlyMap<string, Row>>();

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  async #rows(id: string): Promise<ReadonlyMap<string, Row>> {
    if (id === EMPTY_TREE) return new Map();
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    const rows = new Map(parse(await this.#objects.read(id, 'tree')).map(row => [row.name, row]));
    this.#keep(id, rows);
    return rows;
  }

  #keep(id: string, rows: ReadonlyMap<string, Row>): void {
    this.#kept.set(id, rows);
    shorten(this.#kept, MOST_KEPT);
  }

  /** What stands at a path; a folder is nothing. */
  async find(root: string, path: string): Promise<Entry | undefined> {
    const parts = path.split('/').map(inside);
    let id = root;
    for (const [index, part] of parts.entries()) {
      const row = (await this.#rows(id)).get(part);
      if (row === undefined) return undefined;
      const isLast = index === parts.length - 1;
      if (isLast) return row.mode === FOLDER ? undefined : entryOf(row);
      if (row.mode !== FOLDER) return undefined;
      id = row.id;
    }
    return undefined;
  }

  /** Every path at which two trees differ, with what stands there in each. Names that are no text are left out. */
  async differ(one: string, other: string): Promise<Map<string, { one?: Entry; other?: Entry }>> {
    const found = new Map<string, { one?: Entry; other?: Entry }>();
    await this.#differ(one, other, '', found);
    return found;
  }

  async #differ(
    one: string,
    other: string,
    prefix: string,
    found: Map<string, { one?: Entry; other?: Entry }>,
  ): Promise<void> {
    if (one === other) return;
    const [before, after] = [await this.#rows(one), await this.#rows(other)];
    const names = new Set([...before.keys(), ...after.keys()]);
    for (const name of names) {
      const [a, b] = [before.get(name), after.get(name)];
      if (a?.id === b?.id && a?.mode === b?.mode) continue;
      const told = outside(name);
      if (told === undefined) continue;
      const path = prefix + told;
      if (a?.mode === FOLDER || b?.mode === FOLDER) {
        const below = (row: Row | undefined): string => (row?.mode === FOLDER ? row.id : EMPTY_TREE);
        await this.#differ(below(a), below(b), `${path}/`, found);
      }
      const [was, is] = [a, b].map(row => (row === undefined || row.mode === FOLDER ? undefined : entryOf(row)));
      if (was?.blob === is?.blob && was?.mode === is?.mode) continue;
      found.set(path, { ...(was === undefined ? {} : { one: was }), ...(is === undefined ? {} : { other: is }) });
    }
  }

  /**
   * The tree with some paths changed or, where undefined, taken out; only trees on the way are made anew. A file never
   * takes the place of a folder that still holds something: such a path is told in `refused`.
   */
  async edit(
    root: string,
    edits: ReadonlyMap<string, Entry | undefined>,
  ): Promise<{ readonly tree: string; readonly refused: readonly string[] }> {
    const refused: string[] = [];
    const list = [...edits].map(([path, entry]) => ({ path, parts: path.split('/').map(inside), entry }));
    const tree = await this.#edit(root, list, 0, refused);
    return { tree: tree ?? (await this.#objects.add('tree', Buffer.alloc(0))), refused };
  }

  async #edit(id: string, edits: readonly Edit[], depth: number, refused: string[]): Promise<string | undefined> {
    const rows = new Map(await this.#rows(id));
    const below = new Map<string, Edit[]>();
    const here: Edit[] = [];
    for (const edit of edits) {
      const part = edit.parts[depth] ?? '';
      if (edit.parts.length === depth + 1) here.push(edit);
      else below.set(part, [...(below.get(part) ?? []), edit]);
    }
    // What goes makes room first: a file may become a folder, and a folder a file.
    for (const { entry, parts } of here)
      if (entry === undefined && rows.get(parts[depth] ?? '')?.mode !== FOLDER) rows.delete(parts[depth] ?? '');
    for (const [part, inner] of below) {
      const row = rows.get(part);
      if (row !== undefined && row.mode !== FOLDER) {
        refused.push(...inner.filter(({ entry }) => entry !== undefined).map(({ path }) => path));
        continue;
      }
      const tree = await this.#edit(row?.id ?? EMPTY_TREE, inner, depth + 1, refused);
      if (tree === undefined) rows.delete(part);
      else rows.set(part, { mode: FOLDER, name: part, id: tree });
    }
    for (const { entry, parts, path } of here) {
      const name = parts[depth] ?? '';
      if (entry === undefined) continue;
      if (rows.get(name)?.mode === FOLDER) refused.push(path);
      else rows.set(name, { mode: entry.mode, name, id: entry.blob });
    }
    if (rows.size === 0) return undefined;
    const made = await this.#objects.add('tree', render(rows.values()));
    this.#keep(made, rows);
    return made;
  }
}
