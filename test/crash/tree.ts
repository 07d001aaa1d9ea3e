import { linkSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
import type { Inode, Tree } from './disk-model.ts';

/** Two trees with the same fingerprint are the same crash state. Passing names are random and do not count. */
export function fingerprint(tree: Tree): string {
  const ids = new Map<Inode, number>();
  const lines: string[] = [];
  const walk = (one: Tree, below: string): void => {
    for (const [name, entry] of one) {
      const at = `${below}/${name.replace(/^[0-9a-f]{24}$/, '*')}`;
      if (entry instanceof Map) walk(entry, at);
      else {
        if (!ids.has(entry.inode)) ids.set(entry.inode, ids.size);
        lines.push(`${at} ${ids.get(entry.inode)} ${sha256(entry.data)}`);
      }
    }
  };
  walk(tree, '');
  return sha256(lines.join('\n'));
}

/** Whether any file has more than one name. */
export function hasTwins(tree: Tree): boolean {
  const seen = new Set<Inode>();
  const walk = (one: Tree): boolean =>
    [...one.values()].some(entry => {
      if (entry instanceof Map) return walk(entry);
      if (seen.has(entry.inode)) return true;
      seen.add(entry.inode);
      return false;
    });
  return walk(tree);
}

/** Writes a tree to a folder, several names of one file as links, in the order in which files were last written. */
export function materialise(tree: Tree, base: string, keep: string): void {
  const made = new Map<Inode, string>();
  const walk = (one: Tree, at: string): void => {
    mkdirSync(at, { recursive: true });
    for (const [name, entry] of one) {
      const target = path.join(at, name);
      if (entry instanceof Map) {
        walk(entry, target);
        continue;
      }
      const first = entry.inode.kept === undefined ? made.get(entry.inode) : path.join(keep, entry.inode.kept);
      if (first !== undefined) {
        linkSync(first, target);
        continue;
      }
      writeFileSync(target, entry.data);
      made.set(entry.inode, target);
      const { mtime } = entry.inode;
      const at2 = mtime === undefined || mtime < 0 ? Date.now() - 30_000 - (mtime ?? 0) : mtime;
      utimesSync(target, at2 / 1000, at2 / 1000);
    }
  };
  walk(tree, base);
}
