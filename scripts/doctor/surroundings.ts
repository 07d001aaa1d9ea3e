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
  return [...syncers(patient), ...leftovers(patient)];
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
