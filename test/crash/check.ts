import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../../core/digest.ts';
import { readProperties } from '../../core/front-matter.ts';
import { checkJournal, JournalReader, type Recorded } from '../../core/journal.ts';
import { LedgerRecord } from '../../core/ledger-record.ts';
import { SeenRecord } from '../../core/seen.ts';
import { Vault } from '../../core/vault.ts';
import { checkRecords } from '../../orchestrator/report/check-records.ts';
import { TaskRecord } from '../../orchestrator/think/task-record.ts';
import type { Place } from './place.ts';
import { DROPS } from './scenario.ts';

export const FAULTS = ['lost', 'twice', 'half_written', 'misplaced'] as const;
export type Fault = (typeof FAULTS)[number];
export type Finding = { readonly fault: Fault; readonly what: string };

/** The id of a person’s own note follows from its inode, so that it may differ from run to run. */
const plain = (file: string): string => file.replace(/buy-milk-[0-9a-f]{12}/, 'buy-milk-#');
const ignored = (file: string): boolean => file.startsWith('Logs/') || file === 'Dashboard.md';

/** Compares how an interrupted story ended with how it ends undisturbed, and holds vault and journals to their rules. */
export function check(place: Place, expected: Place): Finding[] {
  const findings = [...compareFiles(place, expected), ...checkNotes(place), ...checkDrops(place)];
  return [...findings, ...checkState(place, expected)];
}

function compareFiles(place: Place, expected: Place): Finding[] {
  const findings: Finding[] = [];
  const have = new Set(
    place
      .files()
      .filter(file => !ignored(file))
      .map(plain),
  );
  const want = new Set(
    expected
      .files()
      .filter(file => !ignored(file))
      .map(plain),
  );
  const names = (files: Iterable<string>): Set<string> => new Set([...files].map(file => path.basename(file)));
  const haveNames = names(have);
  const wantNames = names(want);
  for (const file of want) {
    if (have.has(file)) continue;
    const elsewhere = haveNames.has(path.basename(file));
    findings.push({
      fault: elsewhere ? 'misplaced' : 'lost',
      what: `${file} is ${elsewhere ? 'elsewhere' : 'missing'}`,
    });
  }
  for (const file of have) {
    if (want.has(file)) continue;
    const name = path.basename(file);
    const first = name.replace(/ \(\d+\)(?=\.)/, '');
    const isCopy =
      (first !== name && haveNames.has(first)) || [...want].some(one => path.basename(one) === name && have.has(one));
    if (isCopy) findings.push({ fault: 'twice', what: `${file} is a second copy` });
    else if (!wantNames.has(name)) findings.push({ fault: 'misplaced', what: `${file} should not be there` });
  }
  return findings;
}

/** Notes of ours parse; only a log’s fence stays open. */
function checkNotes(place: Place): Finding[] {
  return place.files().flatMap((file): Finding[] => {
    if (!file.endsWith('.md')) return [];
    const text = place.read(file);
    const split = readProperties(text);
    if (!split.ok) return [{ fault: 'half_written', what: `${file}: ${split.failure.message}` }];
    const ours = ignored(file) || /^(Done|Rejected|Failed)\//.test(file);
    if (!ours || path.basename(file) === 'Buy milk.md') return [];
    return typeof split.value.properties.type === 'string'
      ? []
      : [{ fault: 'half_written', what: `${file} is not whole` }];
  });
}

/** The bytes of each dropped file stand in exactly one place. */
function checkDrops(place: Place): Finding[] {
  const hashes = place.files().map(file => sha256(readFileSync(path.join(place.root, file))));
  return DROPS.flatMap((name): Finding[] => {
    const hash = sha256(readFileSync(path.join(place.keep, name)));
    const count = hashes.filter(one => one === hash).length;
    if (count === 1) return [];
    return [{ fault: count === 0 ? 'lost' : 'twice', what: `the bytes of ${name} stand in ${count} places` }];
  });
}

const ledgerOf = (place: Place): JournalReader<LedgerRecord> =>
  new JournalReader(path.join(place.state, 'ledger.journal'), LedgerRecord);

function checkState(place: Place, expected: Place): Finding[] {
  const reader = ledgerOf(place);
  let records: Recorded<LedgerRecord>[];
  try {
    records = reader.next();
  } catch (error) {
    return [{ fault: 'half_written', what: `the ledger: ${String(error)}` }];
  }
  const ledger = path.join(place.state, 'ledger.journal');
  const { problems } = checkRecords({ ledger, vault: new Vault(place.root, 'person'), node: 'local' });
  const findings = problems.map((what): Finding => ({ fault: 'half_written', what: `verify: ${what}` }));
  const bodies = records.map(({ body }) => body);
  const wanted = ledgerOf(expected)
    .next()
    .map(({ body }) => body);
  for (const kind of ['CONFIRMED', 'PROPOSED', 'CLOSED', 'ASKED', 'ANSWERED', 'REJECTED'] as const) {
    const count = bodies.filter(body => body.kind === kind).length;
    const right = wanted.filter(body => body.kind === kind).length;
    if (count !== right)
      findings.push({ fault: count < right ? 'lost' : 'twice', what: `${count} ${kind}, not ${right}` });
  }
  return [...findings, ...checkJournals(place)];
}

function checkJournals(place: Place): Finding[] {
  const findings: Finding[] = [];
  const drops = new Map<string, number>();
  for (const folder of ['tasks', 'tasks/closed']) {
    for (const name of readdirSync(path.join(place.state, folder))) {
      const file = path.join(place.state, folder, name);
      if (!name.endsWith('.journal')) continue;
      const checked = checkJournal(file, TaskRecord);
      if (checked.problem !== undefined) findings.push({ fault: 'half_written', what: `${name}: ${checked.problem}` });
      if (folder === 'tasks') {
        // One that was cut before its first record stands for nothing.
        if (checked.records > 0) findings.push({ fault: 'misplaced', what: `the task ${name} is still open` });
        continue;
      }
      const [first] = new JournalReader(file, TaskRecord).next();
      if (first?.body.kind === 'TAKEN') {
        const title = first.body.title;
        drops.set(title, (drops.get(title) ?? 0) + 1);
      }
    }
  }
  for (const title of [...DROPS, 'Buy milk']) {
    const count = drops.get(title) ?? 0;
    if (count !== 1) findings.push({ fault: count === 0 ? 'lost' : 'twice', what: `${count} tasks for ${title}` });
  }
  const seen = checkJournal(path.join(place.state, 'seen', 'filesystem.journal'), SeenRecord);
  if (seen.problem !== undefined) findings.push({ fault: 'half_written', what: `seen: ${seen.problem}` });
  return findings;
}
