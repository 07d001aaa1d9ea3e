import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { DiskEvent } from './trace.ts';

/** A file or folder, as it is in memory and as far as it certainly is on disk. */
export type Inode = {
  readonly entries: Map<string, Inode> | undefined;
  /** Entries of a folder that are on disk whatever happens. */
  readonly durable: Map<string, Inode>;
  data: Buffer;
  /** What an fsync last put on disk; empty before the first. */
  synced: Buffer;
  mtime: number | undefined;
  /** The name under which its one inode is kept outside. */
  readonly kept: string | undefined;
};

/** A change of one directory entry that no fsync of its folder has made certain. */
export type Change = {
  readonly folder: Inode;
  readonly name: string;
  readonly to: Inode | undefined;
  readonly path: string;
  /** For the old name of a rename: the change that made the new one. The old is never gone without the new. */
  readonly after: Change | undefined;
};

export type Choice = {
  /** Whether a change reached the disk. Of several changes of one name, the later ones need the earlier ones. */
  readonly keeps: (change: Change, index: number) => boolean;
  /** What of a file’s unsynced data reached the disk. */
  readonly data: (path: string) => 'all' | 'none' | 'half';
};

const folder = (): Inode => ({ ...file(Buffer.alloc(0)), entries: new Map() });
const file = (data: Buffer): Inode => ({
  entries: undefined,
  durable: new Map(),
  data,
  synced: Buffer.alloc(0),
  mtime: undefined,
  kept: undefined,
});

/** A tree that a crash may leave: folders, and files that may have several names. */
export type Tree = Map<string, Tree | { readonly inode: Inode; readonly data: Buffer }>;

/** Folders and files below one folder, with what of their changes is certain to survive a power cut. */
export class Disk {
  readonly #root: Inode;
  readonly #base: string;
  pending: Change[] = [];
  #order = 0;

  /** Reads what is there now, all of it on disk. `keptName` tells the files that are one inode wherever they stand. */
  constructor(base: string, keptName: (relative: string) => string | undefined) {
    this.#base = base;
    const read = (absolute: string): Inode => {
      const stats = lstatSync(absolute);
      if (!stats.isDirectory()) {
        const data = readFileSync(absolute);
        const kept = keptName(path.relative(base, absolute));
        return { ...file(data), synced: data, mtime: stats.mtimeMs, kept };
      }
      const inode = folder();
      for (const name of readdirSync(absolute)) inode.entries?.set(name, read(path.join(absolute, name)));
      for (const [name, child] of inode.entries ?? []) inode.durable.set(name, child);
      return inode;
    };
    this.#root = read(base);
  }

  #find(absolute: string): Inode | undefined {
    let inode: Inode | undefined = this.#root;
    for (const part of path.relative(this.#base, absolute).split('/'))
      if (part !== '') inode = inode?.entries?.get(part);
    return inode;
  }

  #must(absolute: string): Inode {
    const inode = this.#find(absolute);
    if (inode === undefined) throw new Error(`The trace speaks of ${absolute}, which the model does not know.`);
    return inode;
  }

  #set(absolute: string, to: Inode | undefined, after?: Change): Change {
    const parent = this.#must(path.dirname(absolute));
    const name = path.basename(absolute);
    const change = { folder: parent, name, to, path: path.relative(this.#base, absolute), after };
    if (to === undefined) parent.entries?.delete(name);
    else parent.entries?.set(name, to);
    this.pending.push(change);
    return change;
  }

  /** Follows one event. True where it changed what a power cut may leave. */
  apply(event: DiskEvent): boolean {
    this.#order += 1;
    switch (event.kind) {
      case 'create':
        if (this.#find(event.path) !== undefined) return false;
        this.#set(event.path, this.#touch(file(Buffer.alloc(0))));
        return true;
      case 'mkdir':
        this.#set(event.path, folder());
        return true;
      case 'unlink':
        this.#must(event.path);
        this.#set(event.path, undefined);
        return true;
      case 'link':
        this.#set(event.to, this.#must(event.path));
        return true;
      case 'rename': {
        const made = this.#set(event.to, this.#must(event.path));
        this.#set(event.path, undefined, made);
        return true;
      }
      case 'write': {
        const inode = this.#touch(this.#must(event.path));
        const at = event.at ?? inode.data.length;
        inode.data = Buffer.concat([
          inode.data.subarray(0, at),
          event.data,
          inode.data.subarray(at + event.data.length),
        ]);
        return true;
      }
      case 'truncate': {
        const inode = this.#find(event.path) ?? this.#set(event.path, file(Buffer.alloc(0))).to;
        if (inode !== undefined) this.#touch(inode).data = inode.data.subarray(0, event.size);
        return true;
      }
      case 'sync': {
        this.#sync(this.#must(event.path));
        return true;
      }
    }
  }

  #touch(inode: Inode): Inode {
    inode.mtime = -this.#order;
    return inode;
  }

  #sync(inode: Inode): void {
    if (inode.entries === undefined) {
      inode.synced = inode.data;
      return;
    }
    const certain = new Set<Change>();
    for (const change of this.pending) {
      if (change.folder !== inode) continue;
      for (let one: Change | undefined = change; one !== undefined; one = one.after) certain.add(one);
    }
    for (const change of this.pending) if (certain.has(change)) put(change.folder.durable, change);
    this.pending = this.pending.filter(change => !certain.has(change));
  }

  /** The tree that a power cut leaves by a choice. */
  crash({ keeps, data }: Choice): Tree {
    const entries = new Map<Inode, Map<string, Inode>>();
    const kept = new Set<Change>();
    const dropped = new Map<Inode, Set<string>>();
    const names = (inode: Inode): Map<string, Inode> => {
      const known = entries.get(inode) ?? new Map(inode.durable);
      entries.set(inode, known);
      return known;
    };
    this.pending.forEach((change, index) => {
      const gone = dropped.get(change.folder) ?? new Set();
      dropped.set(change.folder, gone);
      const isOpen = change.after !== undefined && this.pending.includes(change.after) && !kept.has(change.after);
      if (gone.has(change.name) || isOpen || !keeps(change, index)) gone.add(change.name);
      else {
        kept.add(change);
        put(names(change.folder), change);
      }
    });
    const walk = (inode: Inode, below: string): Tree => {
      const tree: Tree = new Map();
      for (const [name, child] of [...names(inode)].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const at = path.join(below, name);
        tree.set(name, child.entries === undefined ? { inode: child, data: left(child, data(at)) } : walk(child, at));
      }
      return tree;
    };
    return walk(this.#root, '');
  }
}

function put(entries: Map<string, Inode>, { name, to }: Change): void {
  if (to === undefined) entries.delete(name);
  else entries.set(name, to);
}

/** A file’s bytes after the cut: what was synced, with all, none or a part of what came later. */
function left(inode: Inode, choice: 'all' | 'none' | 'half'): Buffer {
  const { data, synced } = inode;
  if (choice === 'all' || data === synced) return data;
  if (choice === 'none') return synced;
  const isLonger = data.subarray(0, synced.length).equals(synced);
  return isLonger ? data.subarray(0, Math.floor((synced.length + data.length) / 2)) : synced;
}
