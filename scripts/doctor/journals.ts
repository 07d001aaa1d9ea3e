import { readdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { lstatOf } from '../../core/durable.ts';
import { checkJournal, JournalReader } from '../../core/journal.ts';
import { messageOf } from '../../core/outcome.ts';
import { broken, type Finding, fine, type Patient, some, warn } from './finding.ts';

/** Milliseconds by which a record may be older than the one before it: a clock that is set right now and then. */
const BACK = 60_000;
/** Bytes up to which every page of the index is looked at; of a larger one only that it answers. */
const THOROUGH = 64 * 1024 * 1024;

/** The journals beside the ledger, the clock as the ledger saw it, and the index over the notes. */
export function checkJournals(patient: Patient): readonly Finding[] {
  if (lstatOf(patient.state.root) === undefined) return [];
  return [...journals(patient), ...jumps(patient), ...index(patient)];
}

function journals({ state }: Patient): readonly Finding[] {
  const in_ = (folder: string): readonly string[] =>
    lstatOf(folder)?.isDirectory() ? readdirSync(folder).map(name => path.join(folder, name)) : [];
  const all = [...in_(state.tasks), ...in_(state.seen), ...in_(path.dirname(state.memories)), ...in_(state.root)];
  const whole = [...new Set(all)].filter(file => file.endsWith('.journal') && file !== state.ledger);
  const findings = whole.flatMap(file => {
    const { problem } = checkJournal(file, z.unknown());
    // A record that is being written at this moment has no end yet: it is one when a second look finds it whole.
    if (problem === undefined || checkJournal(file, z.unknown()).problem === undefined) return [];
    return [
      broken(
        'journals',
        `${file}: ${problem}.`,
        'Stop Steward, keep a copy, and restore vault and state from one backup.',
      ),
    ];
  });
  const torn = all.filter(file => file.includes('.journal.torn-'));
  if (torn.length > 0) {
    const names = some(torn.map(file => path.basename(file)));
    const text = `A crash cut ${torn.length} records that nobody was told of: ${names}.`;
    findings.push(warn('journals', text, `They are set aside in ${state.root} and can be deleted.`, 'nothing'));
  }
  return findings.length > 0 ? findings : [fine('journals', `${whole.length} are readable and unbroken`)];
}

/** Where a record is older than the one before it, the clock was set back between them. */
function jumps({ state }: Patient): readonly Finding[] {
  let before: string | undefined;
  let last: { readonly from: string; readonly to: string } | undefined;
  let count = 0;
  try {
    for (const { at } of new JournalReader(state.ledger, z.unknown()).each()) {
      if (before !== undefined && Date.parse(before) - Date.parse(at) > BACK) {
        last = { from: before, to: at };
        count += 1;
      }
      before = at;
    }
  } catch {
    // A ledger that is not sound is told of by the check that is about it.
  }
  if (last === undefined) return [];
  const text = `The clock was set back ${count === 1 ? 'once' : `${count} times`}, last from ${last.from} to ${last.to}.`;
  const mend = 'Let the computer keep its clock: timedatectl set-ntp true. What is on record stays in its order.';
  return [warn('clock', text, mend, 'nothing')];
}

function index({ state }: Patient): readonly Finding[] {
  const stats = lstatOf(state.index);
  if (stats === undefined) return [];
  const mend = 'steward index  makes it again from the notes; nothing else is in it.';
  try {
    const database = new DatabaseSync(state.index, { readOnly: true, timeout: 1000 });
    try {
      const notes = database.prepare('SELECT count(*) AS count FROM notes').get()?.count;
      const quick = stats.size > THOROUGH ? 'ok' : database.prepare('PRAGMA quick_check(1)').get()?.quick_check;
      if (quick === 'ok') return [fine('index', `${String(notes)} notes can be searched`)];
      return [warn('index', `The index over the notes is damaged: ${String(quick)}.`, mend, 'nothing')];
    } finally {
      database.close();
    }
  } catch (error) {
    return [warn('index', `The index over the notes cannot be read: ${messageOf(error)}.`, mend, 'nothing')];
  }
}
