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

/** Community plugins of Obsidian’s, by their id, that bring notes from elsewhere. */
const PLUGINS: ReadonlyMap<string, string> = new Map([
  ['remotely-save', 'the plugin Remotely Save'],
  ['remotely-secure', 'the plugin Remotely Secure'],
  ['obsidian-livesync', 'the plugin Self-hosted LiveSync'],
  ['obsidian-git', 'the plugin Git'],
  ['fast-note-sync', 'the plugin Fast Note Sync'],
  ['google-drive-sync', 'the plugin Google Drive Sync'],
  ['obsidian-google-drive', 'the plugin Google Drive Sync'],
  ['webdav-sync', 'the plugin WebDAV Sync'],
  ['nutstore-sync', 'the plugin Nutstore Sync'],
]);

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
  if (obsidianSyncs(settingsIn(vault, 'core-plugins.json'))) found.add('Obsidian Sync');
  const enabled = settingsIn(vault, 'community-plugins.json');
  for (const [id, name] of PLUGINS) if (Array.isArray(enabled) && enabled.includes(id)) found.add(name);
  return [...found];
}

/** What stands in one of Obsidian’s files of settings; undefined where it cannot be read. */
function settingsIn(vault: string, name: string): unknown {
  const file = path.join(vault, '.obsidian', name);
  if (lstatOf(file) === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A list of what is on, or by name whether it is. */
function obsidianSyncs(plugins: unknown): boolean {
  if (Array.isArray(plugins)) return plugins.includes('sync');
  return typeof plugins === 'object' && plugins !== null && 'sync' in plugins && plugins.sync === true;
}
