import path from 'node:path';
import { NoteIndex, wordsOf } from '../orchestrator/memory/note-index.ts';
import { TempFolder } from '../test/helpers/temp.ts';
import type { Measured } from './measured.ts';

const NOTES = 100_000;
const TRIES = 500;

/** Numbers that look random and are the same in every run. */
function chance(): () => number {
  let seed = 1;
  return () => {
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
}

/** Words as texts have them: a few everywhere, most of them hardly anywhere. */
function writer(): (words: number) => string {
  const next = chance();
  return words => Array.from({ length: words }, () => `w${Math.floor(next() ** 3 * 30_000).toString(36)}`).join(' ');
}

function late(run: (at: number) => void): number {
  const times = Array.from({ length: TRIES }, (_, at) => {
    const from = performance.now();
    run(at);
    return performance.now() - from;
  });
  return times.sort((a, b) => a - b)[Math.floor(TRIES * 0.99)] ?? Number.NaN;
}

/** A search over 100,000 notes, and taking in one changed note, at the 99th percentile. */
export default function measure(): Promise<Measured[]> {
  using folder = new TempFolder();
  const index = new NoteIndex(path.join(folder.path, 'index.sqlite'));
  const write = writer();
  const note = (at: number, words: number) => ({
    ...{ path: `Documents/${at % 100}/n${at}.md`, title: `note ${at} ${write(1)}`, text: write(words) },
    ...{ modified: at, size: words },
  });
  for (let from = 0; from < NOTES; from += 1000) {
    index.together(() => {
      for (let at = from; at < from + 1000; at += 1) index.put(note(at, 120));
    });
  }
  const search = late(at => void index.search(wordsOf(write(1 + (at % 8))), 10));
  const update = late(at => index.put(note(at, 500)));
  index.close();
  return Promise.resolve([
    { name: 'search over 100,000 notes, p99', unit: 'ms', value: search, bound: 50, floor: 'nothing' },
    { name: 'taking in one changed note of 100,000, p99', unit: 'ms', value: update, bound: 10, floor: 'nothing' },
  ]);
}
