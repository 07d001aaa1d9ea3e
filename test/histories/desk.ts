import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A folder as a program or a person works in it: plain files, no git, no protocol. */
export class Desk {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  #at(file: string): string {
    return path.join(this.root, file);
  }

  /** Files of a folder, in order, without those that a sync set aside. */
  list(folder: string): readonly string[] {
    if (!existsSync(this.#at(folder))) return [];
    return readdirSync(this.#at(folder), { withFileTypes: true })
      .filter(entry => entry.isFile() && !entry.name.includes('(conflict ') && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  }

  read(file: string): string {
    return existsSync(this.#at(file)) ? readFileSync(this.#at(file), 'utf8') : '';
  }

  has(file: string): boolean {
    return existsSync(this.#at(file));
  }

  write(file: string, text: string): void {
    mkdirSync(path.dirname(this.#at(file)), { recursive: true });
    writeFileSync(this.#at(file), text);
  }

  remove(file: string): void {
    rmSync(this.#at(file), { force: true });
  }

  /** Moves a file where nothing stands. */
  move(from: string, to: string): boolean {
    if (!this.has(from) || this.has(to)) return false;
    mkdirSync(path.dirname(this.#at(to)), { recursive: true });
    renameSync(this.#at(from), this.#at(to));
    return true;
  }

  /** Every file but hidden ones, with its bytes as latin1. */
  all(): ReadonlyMap<string, string> {
    const found = readdirSync(this.root, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => path.relative(this.root, path.join(entry.parentPath, entry.name)))
      .filter(file => !file.split('/').some(part => part.startsWith('.')))
      .sort();
    return new Map(found.map(file => [file, readFileSync(this.#at(file)).toString('latin1')]));
  }
}
