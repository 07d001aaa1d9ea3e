import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The repository, as the architecture tests read it. */
export const REPOSITORY = path.resolve(import.meta.dirname, '..', '..');
const LEFT_OUT: ReadonlySet<string> = new Set(['node_modules', '.git', '.steward']);

/** Every file of the repository that is somebody’s work, relative to its root. */
export function repositoryFiles(folder = ''): string[] {
  return readdirSync(path.join(REPOSITORY, folder), { withFileTypes: true })
    .filter(entry => !LEFT_OUT.has(entry.name))
    .flatMap(entry => {
      const file = path.posix.join(folder, entry.name);
      return entry.isDirectory() ? repositoryFiles(file) : entry.isFile() ? [file] : [];
    })
    .sort();
}

export const readRepository = (file: string): string => readFileSync(path.join(REPOSITORY, file), 'utf8');

/** Source without comments, and without what stands in plain quotes unless `keepStrings`. Lines stay in their place. */
export function codeOnly(source: string, keepStrings = false): string {
  const blank = (found: string): string => found.replace(/[^\n]/g, ' ');
  const parts = /\/\*[\s\S]*?\*\/|(?<![:\\'"`])\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g;
  return source.replace(parts, found => {
    if (found.startsWith('/')) return blank(found);
    return keepStrings ? found : `''${blank(found.slice(2))}`;
  });
}

export type Import = { readonly from: string; readonly to: string; readonly typeOnly: boolean };

/** The imports of a source file; those of our own files as paths from the root of the repository. */
export function importsOf(file: string): Import[] {
  const source = codeOnly(readRepository(file), true);
  const found = source.matchAll(
    /\b(?:import|export)\s+(?:(type)\s+)?(?:([\w*{}\s,$]+?)\s+from\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/g,
  );
  return [...found].map(([, type, names, plain, dynamic]) => {
    const to = plain ?? dynamic ?? '';
    const each = /\{([^}]*)\}/.exec(names ?? '')?.[1]?.split(',') ?? [''];
    const typeOnly = type === 'type' || each.every(name => name.trim() === '' || name.trim().startsWith('type '));
    const isOwn = to.startsWith('.');
    return {
      from: file,
      to: isOwn ? path.posix.join(path.posix.dirname(file), to) : to,
      typeOnly: type === 'type' || (names !== undefined && each.length > 0 && names.includes('{') && typeOnly),
    };
  });
}
