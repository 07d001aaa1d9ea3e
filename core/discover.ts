import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from './outcome.ts';

/**
 * The folder is the registry: every `.ts` file of a folder but `main.ts`, and every sub-folder with an `index.ts`, is
 * one module. Throws where a module is malformed or two have one name, naming the known ones.
 */
export async function discover<T extends { readonly name: string }>(
  folder: string,
  check: (exported: unknown) => T | undefined,
): Promise<ReadonlyMap<string, T>> {
  const files = modulesIn(folder);
  const found = new Map<string, T>();
  for (const [name, file] of files) found.set(name, await load(name, file, knownIn(folder, files), check));
  return found;
}

/** One module of such a folder, by its name. */
export async function loadOne<T extends { readonly name: string }>(
  folder: string,
  name: string,
  check: (exported: unknown) => T | undefined,
): Promise<T> {
  const files = modulesIn(folder);
  const file = files.get(name);
  if (file === undefined) throw new Error(`There is no “${name}”. ${knownIn(folder, files)}`);
  return load(name, file, knownIn(folder, files), check);
}

const knownIn = (folder: string, files: ReadonlyMap<string, string>): string =>
  `Known in ${path.basename(folder)}/: ${[...files.keys()].join(', ')}.`;

async function load<T extends { readonly name: string }>(
  name: string,
  file: string,
  known: string,
  check: (exported: unknown) => T | undefined,
): Promise<T> {
  let exported: unknown;
  try {
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    exported = module.default;
  } catch (error) {
    throw new Error(`${file} cannot be loaded: ${messageOf(error)}. ${known}`);
  }
  const checked = check(exported);
  if (checked === undefined) throw new Error(`${file} does not export what its folder asks for. ${known}`);
  if (checked.name !== name) throw new Error(`${file} calls itself “${checked.name}”, not “${name}”. ${known}`);
  return checked;
}

/** Module name → file, by what stands in the folder. Throws where two files claim one name. */
export function modulesIn(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const isModule = entry.isFile() && entry.name.endsWith('.ts') && entry.name !== 'main.ts';
    const name = isModule ? entry.name.slice(0, -3) : entry.name;
    const file = isModule ? path.join(folder, entry.name) : path.join(folder, entry.name, 'index.ts');
    if (!isModule && !(entry.isDirectory() && readdirSync(path.join(folder, entry.name)).includes('index.ts')))
      continue;
    if (found.has(name)) throw new Error(`Two modules in ${folder} are called “${name}”.`);
    found.set(name, file);
  }
  return found;
}
