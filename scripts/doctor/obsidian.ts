import { z } from 'zod';
import { FOLDERS } from '../../core/states.ts';
import { type Finding, fine, type Patient, some, warn } from './finding.ts';

const FLOW: readonly string[] = [
  ...[FOLDERS.inbox, FOLDERS.needsAction, FOLDERS.inProgress, FOLDERS.plans, FOLDERS.pending, FOLDERS.approved],
  ...[FOLDERS.rejected, FOLDERS.outbox, FOLDERS.questions, FOLDERS.updates],
];
const FILES_AND_LINKS = 'Obsidian → Settings → Files and links';

/** Community plugins, by their id, that rewrite or move notes by themselves, and what keeps them off Steward’s. */
const MEDDLING: Readonly<Record<string, string>> = {
  'obsidian-linter': 'Linter → Folders to ignore',
  'auto-note-mover': 'Auto Note Mover → Excluded folders',
  'obsidian-filename-heading-sync': 'Filename Heading Sync → Ignore regex rule',
  'update-time-on-edit': 'Update time on edit → Folders to exclude',
  'frontmatter-modified-date': 'Update modified date → Excluded folders',
  'consistent-attachments-and-links': 'Consistent Attachments and Links → Ignore folders',
  'obsidian-front-matter-title-plugin': 'Front Matter Title → Rules: leave these folders out',
};

/** `.obsidian/app.json`, as far as it matters here; everything in it is optional (https://docs.obsidian.md). */
const App = z.looseObject({
  alwaysUpdateLinks: z.boolean().catch(false),
  newLinkFormat: z.string().catch('shortest'),
  trashOption: z.string().catch('system'),
  attachmentFolderPath: z.string().catch('/'),
  newFileLocation: z.string().catch('root'),
  newFileFolderPath: z.string().catch(''),
});
type App = z.infer<typeof App>;

/** Settings of Obsidian’s that change Steward’s notes behind its back, or put things where they are not work. */
export function checkObsidian({ vault }: Patient): readonly Finding[] {
  if (!vault.exists('.obsidian/app.json')) return [];
  const app = App.safeParse(jsonIn(textOf(vault, 'app.json')));
  if (!app.success) {
    return [warn('obsidian', '.obsidian/app.json cannot be read.', 'Open Obsidian and change any setting.')];
  }
  const findings = [...links(app.data), ...deleted(app.data), ...places(app.data), ...plugins(vault)];
  return findings.length > 0 ? findings : [fine('obsidian', 'nothing in its settings is in the way')];
}

/** Names of Steward’s notes are unique, so that the shortest link never changes; any other changes with each move. */
function links({ alwaysUpdateLinks, newLinkFormat }: App): readonly Finding[] {
  if (newLinkFormat === 'shortest') return [];
  const mend = `${FILES_AND_LINKS} → New link format: shortest path when possible`;
  const text = alwaysUpdateLinks
    ? 'Links are rewritten when a note moves: an approval that was moved is then changed, and asked again.'
    : 'Links that you make hold the folder of a note, and break when Steward files it.';
  return [warn('obsidian', text, mend, alwaysUpdateLinks ? 'work' : 'nothing')];
}

function deleted({ trashOption }: App): readonly Finding[] {
  if (trashOption !== 'none') return [];
  const mend = `${FILES_AND_LINKS} → Deleted files: move to Obsidian trash`;
  return [warn('obsidian', 'What is deleted in Obsidian is gone at once.', mend, 'data')];
}

function places({ attachmentFolderPath, newFileLocation, newFileFolderPath }: App): readonly Finding[] {
  const findings: Finding[] = [];
  const top = (folder: string): string => folder.split('/')[0] ?? '';
  if (attachmentFolderPath.startsWith('./') || FLOW.includes(top(attachmentFolderPath))) {
    const text = 'What you paste into a task lands beside it, where only notes are work.';
    const mend = `${FILES_AND_LINKS} → Default location for new attachments: a folder of its own`;
    findings.push(warn('obsidian', text, mend));
  }
  const isHere = newFileLocation === 'current';
  const isOdd =
    newFileLocation === 'folder' &&
    FLOW.includes(top(newFileFolderPath)) &&
    top(newFileFolderPath) !== FOLDERS.needsAction;
  if (isHere || isOdd) {
    const text = isHere
      ? 'A new note is made beside the open one: among approvals it would be set aside.'
      : `New notes are made in ${newFileFolderPath}, where only Steward’s own belong: they would be set aside.`;
    const mend = `${FILES_AND_LINKS} → Default location for new notes: ${FOLDERS.needsAction}, or a folder of your own`;
    findings.push(warn('obsidian', text, mend));
  }
  return findings;
}

function plugins(vault: Patient['vault']): readonly Finding[] {
  const enabled = z.array(z.string()).safeParse(jsonIn(textOf(vault, 'community-plugins.json'))).data ?? [];
  const folders = `${FOLDERS.pending}, ${FOLDERS.approved}, ${FOLDERS.questions}`;
  return Object.entries(MEDDLING)
    .filter(([id]) => enabled.includes(id))
    .map(([id, setting]) => {
      const text = `The plugin ${id} rewrites or moves notes by itself: an approval that it touched is asked again.`;
      return warn('obsidian', text, `${setting}: ${some([folders])}`, 'work');
    });
}

function textOf(vault: Patient['vault'], name: string): string {
  const read = vault.read(`.obsidian/${name}`);
  return read.ok ? read.value.text : '';
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
