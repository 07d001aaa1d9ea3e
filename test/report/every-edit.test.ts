import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { z } from 'zod';
import { JournalReader } from '../../core/journal.ts';
import { GENESIS, type Link, readRecord } from '../../core/journal-record.ts';
import { FIRST_LINE, followsLine, type LineLink } from '../../orchestrator/report/log-chain.ts';
import { LogComparison } from '../../orchestrator/report/log-comparison.ts';
import { logHead } from '../../orchestrator/report/log-file.ts';
import { LongLedger, manyRecords } from '../helpers/long-ledger.ts';

const COUNT = 1000;
const DAY = '2026-01-01-local.md';
const FILE = { name: DAY, day: '2026-01-01', node: 'local' };

type Entry = { readonly line: Buffer; readonly after: Link; readonly at: string };
/** Every record and every line of the log, with the state of the check right before it: what it is tried against. */
const records: Entry[] = [];
const lines: (Entry & { readonly before: LineLink })[] = [];

const split = (data: Buffer): Buffer[] => {
  const found: Buffer[] = [];
  for (let at = 0; at < data.length; ) {
    const end = data.indexOf(10, at);
    found.push(data.subarray(at, end));
    at = end + 1;
  }
  return found;
};

before(() => {
  using made = new LongLedger();
  made.add(manyRecords(COUNT));
  assert.deepEqual(made.check().problems, []);
  let after: Link = GENESIS;
  for (const line of split(readFileSync(made.ledger))) {
    const read = readRecord(line, after);
    assert.ok(read.ok);
    records.push({ line, after, at: read.value.at });
    after = read.value;
  }
  let link = FIRST_LINE;
  const head = logHead(FILE.day, FILE.node).length;
  for (const [index, line] of split(readFileSync(made.log(DAY)).subarray(head)).entries()) {
    const next = followsLine(line, link);
    assert.ok(next, `line ${index + 1} of the log is sound`);
    lines.push({ line, after: { seq: index, hash: '' }, before: link, at: records[index]?.at ?? '' });
    link = next;
  }
  assert.equal(records.length, COUNT);
  assert.equal(lines.length, COUNT);
});

/** Each way to change one byte of a text of lines, as the lines that a reader meets in its place first. */
function* edits(
  all: readonly { readonly line: Buffer }[],
): Generator<{ index: number; first: Buffer; isWhole: boolean }> {
  for (const [index, { line }] of all.entries()) {
    for (let at = 0; at < line.length; at += 1) {
      const kept = line[at] ?? 0;
      line[at] = kept ^ (1 + ((at * 7 + index) % 255));
      const cut = line[at] === 10 ? line.subarray(0, at) : line;
      yield { index, first: cut, isWhole: true };
      line[at] = kept;
    }
    // The newline itself: two lines become one, or the last one has no end.
    const next = all[index + 1]?.line;
    yield { index, first: Buffer.concat([line, Buffer.of(11), next ?? Buffer.of()]), isWhole: next !== undefined };
  }
}

test('every one-byte edit of a ledger of 1,000 records is found, at every byte', t => {
  let tried = 0;
  for (const { index, first, isWhole } of edits(records)) {
    tried += 1;
    const { after } = records[index] ?? assert.fail();
    if (isWhole && readRecord(first, after).ok) assert.fail(`an edit of record ${index + 1} is not found`);
  }
  t.diagnostic(`${tried} edits of the ledger tried`);
  assert.equal(
    tried,
    records.reduce((sum, { line }) => sum + line.length + 1, 0),
  );
});

/** What is told where these lines stand in the log in place of the one of a record. */
function toldOf(index: number, found: readonly Buffer[], isWhole = true): number {
  const { line, at } = lines[index] ?? assert.fail();
  let told = 0;
  const given = found.map((bytes, number) => ({ file: FILE, number, bytes, isFirst: false }));
  const comparison = new LogComparison(given, isWhole, () => {
    told += 1;
  });
  comparison.expect(index + 1, at, line.toString());
  comparison.end(index + 1);
  return told;
}

test('every one-byte edit of the log of 1,000 lines is found, at every byte, against the ledger and by its own chain', t => {
  const sound = lines.map(({ line }) => line.toString());
  let tried = 0;
  for (const { index, first } of edits(lines)) {
    tried += 1;
    if (first.equals(Buffer.from(sound[index] ?? ''))) assert.fail(`byte of line ${index + 1} was not changed`);
    const { before: link } = lines[index] ?? assert.fail();
    if (followsLine(first, link) !== undefined) assert.fail(`an edit of line ${index + 1} is not found`);
  }
  // Against the ledger a line is compared as bytes, so that one edit in each line shows what all of them do.
  for (const [index, text] of sound.entries())
    assert.ok(
      toldOf(index, [Buffer.from(`${text.slice(0, index % text.length)}~${text.slice((index % text.length) + 1)}`)]) >
        0,
    );
  t.diagnostic(`${tried} edits of the log tried`);
  assert.equal(
    tried,
    lines.reduce((sum, { line }) => sum + line.length + 1, 0),
  );
});

test('every record taken out, doubled or swapped with its neighbour is found, in the ledger and in the log', t => {
  let tried = 0;
  for (const [index, { line, after }] of records.entries()) {
    const next = records[index + 1];
    const log = lines[index] ?? assert.fail();
    const nextLog = lines[index + 1];
    const doubled = readRecord(line, after);
    assert.ok(doubled.ok && !readRecord(line, doubled.value).ok, `record ${index + 1} twice`);
    assert.ok(toldOf(index, [log.line, log.line]) > 0, `line ${index + 1} twice`);
    assert.ok(toldOf(index, []) > 0, `line ${index + 1} taken out`);
    tried += 3;
    if (next === undefined || nextLog === undefined) continue;
    // Taken out or swapped, it is the next one that stands in its place.
    assert.ok(!readRecord(next.line, after).ok, `record ${index + 1} taken out or swapped`);
    assert.equal(followsLine(nextLog.line, log.before), undefined, `line ${index + 1} taken out or swapped`);
    assert.ok(toldOf(index, [nextLog.line, log.line]) > 0, `line ${index + 1} swapped`);
    tried += 4;
  }
  t.diagnostic(`${tried} deletions, doublings and swaps tried`);
});

test('a cut at every record and within every record is found: in the log by the ledger, in the ledger by the log, in both by an anchor', t => {
  using place = new LongLedger();
  const reader = new JournalReader(place.ledger, z.unknown());
  const told = (): number => {
    for (const _ of reader.each());
    return reader.unread;
  };
  let tried = 0;
  for (const [index, { line }] of records.entries()) {
    // The file grows as it would have to be cut: after each piece it stands as if the rest had been taken away.
    const half = 1 + ((index * 13) % (line.length - 1));
    for (const piece of [line.subarray(0, half), line.subarray(half)]) {
      appendFileSync(place.ledger, piece);
      assert.ok(told() > 0, `a cut within record ${index + 1}`);
    }
    appendFileSync(place.ledger, '\n');
    assert.equal(told(), 0);
    assert.equal(reader.head.seq, index + 1);
    // Cut between records the ledger is sound by itself: the log tells of more.
    const rest = lines
      .slice(index + 1)
      .map(({ line: bytes }, number) => ({ file: FILE, number, bytes, isFirst: false }));
    let ahead = '';
    new LogComparison(rest.slice(0, 3), true, problem => {
      ahead = problem;
    }).end(index + 1);
    assert.equal(/the ledger was cut/.test(ahead), rest.length > 0, `a cut behind record ${index + 1}`);
    const log = lines[index]?.line ?? assert.fail();
    assert.ok(toldOf(index, [log.subarray(0, half % log.length)]) > 0, `a cut within line ${index + 1} of the log`);
    tried += 4;
  }
  t.diagnostic(`${tried} cuts tried`);
});

test('what is found in one record is found by the whole check, and so are cuts of ledger and log together', t => {
  using made = new LongLedger();
  made.add(manyRecords(COUNT));
  const whole = { ledger: readFileSync(made.ledger), log: readFileSync(made.log(DAY)) };
  const at = '2026-01-02T00:00:00.000Z';
  const { head, first } = made.check();
  const anchors = [{ at, vault: '0123456789abcdef', node: 'local', seq: COUNT, head, first: first ?? '' }];
  const copy = path.join(made.base, 'copy.md');
  writeFileSync(copy, whole.log);
  let tried = 0;
  const found = (why: string, more = {}): void => {
    assert.notDeepEqual(made.check(more).problems, [], why);
    tried += 1;
  };
  const heads = logHead(FILE.day, FILE.node).length;
  for (let round = 0; round < 40; round += 1) {
    for (const [file, bytes] of [
      [made.ledger, whole.ledger],
      [made.log(DAY), whole.log],
    ] as const) {
      const place = (round * 9973 * 31) % bytes.length;
      const edited = Buffer.from(bytes);
      edited[place] = (edited[place] ?? 0) ^ (1 << (round % 7));
      writeFileSync(file, edited);
      found(`byte ${place} of ${file}`);
      writeFileSync(file, bytes);
    }
  }
  for (let byte = 0; byte < heads; byte += 1) {
    const edited = Buffer.from(whole.log);
    edited[byte] = (edited[byte] ?? 0) ^ 1;
    writeFileSync(made.log(DAY), edited);
    if (byte % 4 === 0) found(`byte ${byte} before the log`);
  }
  writeFileSync(made.log(DAY), whole.log);
  const ends = (data: Buffer, from: number): number[] => {
    const all: number[] = [];
    for (let end = data.indexOf(10, from); end !== -1; end = data.indexOf(10, end + 1)) all.push(end + 1);
    return all;
  };
  const [ledgerEnds, logEnds] = [ends(whole.ledger, 0), ends(whole.log, heads)];
  for (let keep = COUNT - 1; keep > 0; keep -= 97) {
    truncateSync(made.ledger, ledgerEnds[keep - 1]);
    truncateSync(made.log(DAY), logEnds[keep - 1]);
    assert.deepEqual(made.check().problems, [], 'by themselves they are sound');
    found(`a cut of both behind ${keep}, by the anchor`, { anchors });
    const read = (): Iterable<{ bytes: Buffer; end: number; isWhole: boolean }> =>
      split(whole.log).map(bytes => ({ bytes, end: 0, isWhole: true }));
    found(`a cut of both behind ${keep}, by a copy`, { copies: [{ files: [FILE], read }] });
  }
  t.diagnostic(`${tried} whole checks`);
});
