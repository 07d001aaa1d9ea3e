import { copyFileSync, existsSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { find, Place, REPOSITORY } from './place.ts';

/**
 * The story that is interrupted. Before it, a letter was dropped whose approval lapses at once. Then, each followed by
 * one `start --once`: A a person drops three files and writes a note; B approves, rejects, answers three questions;
 * C approves what followed from the answers.
 */
export const STEPS = ['A', 'B', 'C'] as const;
export type Step = (typeof STEPS)[number];

const TEXTS: Readonly<Record<string, string>> = {
  'old-letter.txt': 'A letter that nobody decided on in time.\n',
  'report.txt': 'A report that is not wanted.\n',
  'thing.xyz': 'Bytes of an unknown kind.\n',
};
export const DROPS = [...Object.keys(TEXTS), 'invoice.pdf'];

/** Makes a vault with the letter in it, its approval about to lapse. */
async function begin(base: string, repository: string): Promise<Place> {
  const place = new Place(base, `${base}.kept`, repository);
  const made = await place.steward(['init', place.root]);
  if (made.code !== 0) throw new Error(`init failed: ${made.err}`);
  for (const [name, text] of Object.entries(TEXTS)) writeFileSync(path.join(place.keep, name), text);
  copyFileSync(path.join(REPOSITORY, 'examples', 'invoice.pdf'), path.join(place.keep, 'invoice.pdf'));
  const past = new Date(Date.now() - 3_600_000);
  for (const name of DROPS) utimesSync(path.join(place.keep, name), past, past);
  place.configure(0.0001);
  place.drop('old-letter.txt');
  const ran = await place.once();
  place.configure(168);
  if (ran.code !== 0) throw new Error(`The first run failed: ${ran.out}${ran.err}`);
  return place;
}

/** What the person does before the run of a step. */
function act(step: Step, place: Place): void {
  if (step === 'A') {
    for (const name of DROPS) if (name !== 'old-letter.txt') place.drop(name);
    place.write('Needs_Action/Buy milk.md', 'Buy milk for the office\n');
  } else if (step === 'B') {
    move(place, find(place, 'Pending_Approval', 'invoice-'), 'Approved');
    const refused = find(place, 'Pending_Approval', 'report-');
    place.write(refused, place.read(refused).replace(/^reason:.*$/m, 'reason: not wanted'));
    move(place, refused, 'Rejected');
    tick(place, find(place, 'Questions', 'thing-'), 'File it under Documents');
    tick(place, find(place, 'Questions', 'old-letter-'), 'Ask me again');
    tick(place, find(place, 'Questions', 'buy-milk-'), 'I did it myself');
  } else {
    tick(place, find(place, 'Pending_Approval', 'thing-'), 'Approve');
    const again = place.files('Pending_Approval').find(file => /old-letter-.*-again/.test(file));
    if (again === undefined) throw new Error('Pending_Approval does not hold the letter that is asked again');
    place.write(again, place.read(again).replace(/^decision:.*$/m, 'decision: approved'));
  }
}

function move(place: Place, file: string, folder: string): void {
  renameSync(path.join(place.root, file), path.join(place.root, folder, path.basename(file)));
}

function tick(place: Place, file: string, choice: string): void {
  const text = place.read(file);
  if (!text.includes(`- [ ] ${choice}`)) throw new Error(`${file} has no box “${choice}”`);
  place.write(file, text.replace(`- [ ] ${choice}`, `- [x] ${choice}`));
}

/** Runs until Steward can do nothing more now; what waits for a retry by itself is waited for. */
async function drain(place: Place): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const ran = await place.once();
    if (ran.code === 0) return ran.out;
    if (tries === 4) throw new Error(`It does not come to rest (exit ${ran.code}): ${ran.out}${ran.err}`);
    if (ran.code === 3) {
      const status: unknown = JSON.parse((await place.steward(['status', '--json'])).out);
      const due = typeof status === 'object' && status !== null && 'next_due' in status ? status.next_due : undefined;
      const wait = typeof due === 'string' ? Date.parse(due) - Date.now() : 0;
      await new Promise(resolve => setTimeout(resolve, Math.min(Math.max(wait, 0) + 50, 40_000)));
    }
  }
}

/** The rest of the story, from a state in which `step` was interrupted (its acts are done). Ends where nothing moves. */
export async function finish(step: Step, place: Place): Promise<void> {
  await drain(place);
  for (const next of STEPS.slice(STEPS.indexOf(step) + 1)) {
    act(next, place);
    await drain(place);
  }
  for (let tries = 1; (await drain(place)) !== ''; tries += 1) {
    if (tries === 3) throw new Error(`A further start still does something or waits: ${(await place.once()).out}`);
  }
}

export type Snapshots = Readonly<Record<Step, Place>>;

export type Story = { readonly before: Snapshots; readonly end: Place };

/** The story without any interruption: a copy from before each step (acts done), and how it ends. */
export async function tellWhole(base: string, repository: string): Promise<Story> {
  const place = await begin(path.join(base, 'whole'), repository);
  const before: Partial<Record<Step, Place>> = {};
  for (const step of STEPS) {
    act(step, place);
    before[step] = place.copyTo(path.join(base, `before-${step}`));
    await drain(place);
  }
  const last = await drain(place);
  if (last !== '') throw new Error(`The story does not end: ${last}`);
  const { A, B, C } = before;
  if (A === undefined || B === undefined || C === undefined || !existsSync(C.root)) throw new Error('not told');
  return { before: { A, B, C }, end: place };
}

/** A story that was told already, to be gone on with by another copy of the source. */
export function withCode({ before: { A, B, C }, end }: Story, repository: string): Story {
  const before = { A: A.withCode(repository), B: B.withCode(repository), C: C.withCode(repository) };
  return { before, end: end.withCode(repository) };
}
