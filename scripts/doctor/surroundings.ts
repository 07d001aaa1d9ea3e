import { isSyncConflict } from '../../core/names.ts';
import { FOLDERS } from '../../core/states.ts';
import { findSyncers } from '../../core/syncers.ts';
import { type Finding, fine, type Patient, some, warn } from './finding.ts';

const FLOW: readonly string[] = [
  ...[FOLDERS.inbox, FOLDERS.needsAction, FOLDERS.inProgress, FOLDERS.plans, FOLDERS.pending, FOLDERS.approved],
  ...[FOLDERS.rejected, FOLDERS.outbox, FOLDERS.questions, FOLDERS.updates],
];

/** Who else works in the vault, and what lies in it that a person should look at. */
export function checkSurroundings(patient: Patient): readonly Finding[] {
  return [...syncers(patient), ...leftovers(patient), ...obsidian(patient)];
}

function syncers({ root }: Patient): readonly Finding[] {
  const found = findSyncers(root);
  if (found.length === 0) return [fine('sync', 'no other program brings files into the vault')];
  const text = `${some(found, 10)} may bring files into this vault from elsewhere, so an approval given by moving or ticking counts as a wish.`;
  return [
    warn('sync', text, 'Confirm each one here with  steward approve ID , or keep the vault out of that program.'),
  ];
}

function leftovers({ vault }: Patient): readonly Finding[] {
  const findings: Finding[] = [];
  const aside = vault.list(FOLDERS.quarantine).filter(({ name }) => name !== 'README.md' && !name.endsWith('.why.md'));
  if (aside.length > 0) {
    const text = `${aside.length} set aside in ${FOLDERS.quarantine}: ${some(aside.map(({ name }) => name))}.`;
    findings.push(warn('quarantine', text, 'Read the note beside each; mend it or delete it.'));
  }
  const copies = FLOW.flatMap(folder =>
    vault.list(folder).flatMap(({ name }) => (isSyncConflict(name) ? [`${folder}/${name}`] : [])),
  );
  if (copies.length > 0) {
    const text = `Copies that a sync tool made: ${some(copies)}. They are left alone.`;
    findings.push(warn('sync', text, 'Compare each with its original, then delete one of the two.'));
  }
  return findings;
}

/** Settings of Obsidian’s that change Steward’s notes behind its back, or put things where they are not work. */
function obsidian({ vault }: Patient): readonly Finding[] {
  if (!vault.exists('.obsidian/app.json')) return [];
  const findings: Finding[] = [];
  const app = jsonIn(patientFile(vault, 'app.json'));
  if (app === undefined) {
    return [warn('obsidian', '.obsidian/app.json cannot be read.', 'Open Obsidian and change any setting.')];
  }
  const set: ReadonlyMap<string, unknown> = new Map(Object.entries(app));
  const files = 'Obsidian → Settings → Files and links';
  if (set.get('alwaysUpdateLinks') === true && set.get('newLinkFormat') === 'relative') {
    const text = 'Links are rewritten when a note moves: an approval that was moved is then changed, and asked again.';
    findings.push(warn('obsidian', text, `${files} → New link format: shortest path when possible`));
  }
  if (set.get('trashOption') === 'none') {
    const text = 'What is deleted in Obsidian is gone at once.';
    findings.push(warn('obsidian', text, `${files} → Deleted files: move to Obsidian trash`));
  }
  const attachments = String(set.get('attachmentFolderPath') ?? '/');
  if (attachments.startsWith('./') || FLOW.includes(attachments.split('/')[0] ?? '')) {
    const text = 'What you paste into a task lands beside it, where only notes are work.';
    findings.push(warn('obsidian', text, `${files} → Default location for new attachments: a folder of its own`));
  }
  const plugins = jsonIn(patientFile(vault, 'community-plugins.json'));
  if (Array.isArray(plugins) && plugins.includes('obsidian-linter')) {
    const text = 'The plugin Linter rewrites notes when they are saved: a rewritten approval is asked again.';
    findings.push(
      warn(
        'obsidian',
        text,
        `Linter → Folders to ignore: ${FOLDERS.pending}, ${FOLDERS.approved}, ${FOLDERS.questions}`,
      ),
    );
  }
  return findings.length > 0 ? findings : [fine('obsidian', 'nothing in its settings is in the way')];
}

function patientFile(vault: Patient['vault'], name: string): string {
  const read = vault.read(`.obsidian/${name}`);
  return read.ok ? read.value.text : '';
}

function jsonIn(text: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
