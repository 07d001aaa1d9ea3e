import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { lstatOf } from './durable.ts';

const MARKS: readonly { readonly name: string; readonly mark: string }[] = [
  { name: 'Syncthing', mark: '.stfolder' },
  { name: 'Dropbox', mark: '.dropbox' },
  { name: 'Dropbox', mark: '.dropbox.cache' },
  { name: 'Nextcloud', mark: '.owncloudsync.log' },
  { name: 'Resilio Sync', mark: '.sync' },
  { name: 'a git client', mark: '.git' },
];
const PLACES: readonly { readonly name: string; readonly part: RegExp }[] = [
  { name: 'iCloud', part: /\/Mobile Documents\/|\/iCloud~/ },
  { name: 'Dropbox', part: /\/Dropbox( \([^/]*\))?\// },
  { name: 'OneDrive', part: /\/OneDrive[^/]*\// },
  { name: 'Google Drive', part: /\/(Google ?Drive|My Drive)\// },
  { name: 'Nextcloud', part: /\/Nextcloud\// },
];

/**
 * The tools, besides Steward, that bring files into this vault from elsewhere. What they bring cannot be told from what
 * a person does on this machine, so that a decision that may be theirs needs a word given here.
 */
export function findSyncers(vault: string): readonly string[] {
  const found = new Set<string>();
  for (const { name, part } of PLACES) if (part.test(`${vault}/`)) found.add(name);
  for (let folder = vault; ; folder = path.dirname(folder)) {
    for (const { name, mark } of MARKS) {
      if ((mark !== '.git' || folder === vault) && lstatOf(path.join(folder, mark)) !== undefined) found.add(name);
    }
    if (path.dirname(folder) === folder) break;
  }
  if (readdirSync(vault).some(name => /^\.(_sync|sync)_[0-9a-f]+\.db$/.test(name))) found.add('Nextcloud');
  if (obsidianSyncs(vault)) found.add('Obsidian Sync');
  return [...found];
}

function obsidianSyncs(vault: string): boolean {
  const file = path.join(vault, '.obsidian', 'core-plugins.json');
  if (lstatOf(file) === undefined) return false;
  try {
    const plugins: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (Array.isArray(plugins)) return plugins.includes('sync');
    return typeof plugins === 'object' && plugins !== null && 'sync' in plugins && plugins.sync === true;
  } catch {
    return false;
  }
}
