import type { BroughtJournal, BroughtRecord } from '../../core/brought.ts';
import { sha256 } from '../../core/digest.ts';
import { type Failure, fail, ok, type Result } from '../../core/outcome.ts';
import type { Vault } from '../../core/vault.ts';
import { asideFiles } from './aside.ts';
import { merge3 } from './merge.ts';
import type { MyFiles } from './mine.ts';
import { idOf, type Objects } from './objects.ts';
import type { Entry, Step } from './steps.ts';

/**
 * What a step came to. `tree`: what the next commit holds at these paths instead of theirs; all of it stands in the
 * vault. `agreed`: whether vault and theirs are now the base of this path; where not, its old base stays.
 */
export type Performed = {
  readonly step: Step;
  readonly tree: ReadonlyMap<string, Entry | undefined>;
  readonly agreed: boolean;
  /** For the person, where something is not synced. */
  readonly why: string;
  readonly failure?: Failure;
};

export type Hands = {
  readonly vault: Vault;
  readonly files: MyFiles;
  readonly objects: Objects;
  readonly brought: BroughtJournal;
  /** The node that signed for what theirs holds at a path. */
  readonly by: (path: string, theirs: Entry | undefined) => string | undefined;
  /** Called before each thing that is done in the vault. */
  readonly step: (name: string) => void;
};

/** One thing to do in the vault. `over`: what must stand there now; undefined: nothing. */
type Act =
  | { readonly do: 'put'; readonly path: string; readonly bytes: Uint8Array; readonly over: Entry | undefined }
  | { readonly do: 'create'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly do: 'remove'; readonly path: string; readonly over: Entry };

type Prepared = {
  readonly step: Step;
  readonly acts: readonly Act[];
  readonly tree: ReadonlyMap<string, Entry | undefined>;
  readonly agreed: boolean;
  readonly why: string;
};

/** Steps whose bytes are in memory at the same time. */
const AT_A_TIME = 100;
/** The largest file that is read whole, in bytes. */
const LARGEST = 2 * 1024 ** 3;
const NOTHING: ReadonlyMap<string, Entry | undefined> = new Map();

const fileOf = (bytes: Uint8Array): Entry => ({ blob: idOf('blob', bytes), mode: '100644' });

/** The file in the vault is no longer the one that was planned for: it is planned again. */
class Moved extends Error {}

/** Does what was planned, step by step, in order. What sync writes is on record before it stands in the vault. */
export async function perform(steps: readonly Step[], hands: Hands): Promise<readonly Performed[]> {
  const done: Performed[] = [];
  const undone = new Set<string>();
  for (let at = 0; at < steps.length; at += AT_A_TIME) {
    const prepared = await Promise.all(steps.slice(at, at + AT_A_TIME).map(step => prepare(step, hands)));
    const records = prepared.flatMap(one => ('acts' in one ? one.acts.flatMap(act => recordOf(act, one, hands)) : []));
    hands.brought.record(records);
    for (const one of prepared) {
      const performed = 'acts' in one && !undone.has(one.step.path) ? actOn(one, hands) : notDone(one.step);
      // Where one step of a path did not come about, what was to follow on it would lose something.
      if (!performed.agreed && performed.failure !== undefined) undone.add(one.step.path);
      done.push(performed);
    }
  }
  return done;
}

function recordOf(act: Act, { step }: Prepared, { by }: Hands): readonly BroughtRecord[] {
  if (act.do === 'remove') return [];
  const signer = step.do === 'take' ? by(step.path, step.entry) : undefined;
  return [{ path: act.path, sha256: sha256(act.bytes), ...(signer === undefined ? {} : { by: signer }) }];
}

const AGAIN: Failure = fail('retryable', 'It was changed at the same moment.').failure;

const notDone = (step: Step, failure = AGAIN): Performed => ({ step, tree: NOTHING, agreed: false, why: '', failure });

function actOn({ step, acts, tree, agreed, why }: Prepared, hands: Hands): Performed {
  for (const act of acts) {
    hands.step(act.do);
    const acted = actOnce(act, hands);
    if (!acted.ok) return notDone(step, acted.failure);
  }
  return { step, tree, agreed, why };
}

function actOnce(act: Act, { vault, files }: Hands): Result<'done'> {
  if (act.do === 'remove') {
    const bytes = files.bytes(act.path, act.over.blob, LARGEST);
    if (bytes === undefined) return { ok: false, failure: AGAIN };
    const removed = vault.removeExactly(act.path, sha256(bytes));
    if (!removed.ok) return removed;
    return removed.value === 'changed' ? { ok: false, failure: AGAIN } : ok('done');
  }
  const { path, bytes } = act;
  if (act.do === 'put' && act.over !== undefined) {
    const now = files.bytes(path, act.over.blob, LARGEST);
    if (now === undefined) return { ok: false, failure: AGAIN };
    const replaced = vault.replace(path, sha256(now), bytes);
    if (!replaced.ok) return replaced;
    if (replaced.value === 'changed') return { ok: false, failure: AGAIN };
  } else {
    const created = vault.create(path, bytes);
    if (!created.ok) return created;
    // A copy that is there already is from the same conflict; anywhere else somebody was faster.
    if (created.value === 'exists') return act.do === 'create' ? ok('done') : { ok: false, failure: AGAIN };
  }
  files.wrote(path, idOf('blob', bytes), bytes.length);
  return ok('done');
}

async function prepare(step: Step, hands: Hands): Promise<Prepared | { readonly step: Step }> {
  try {
    return await acts(step, hands);
  } catch (error) {
    if (error instanceof Moved) return { step };
    throw error;
  }
}

async function acts(step: Step, { files, objects }: Hands): Promise<Prepared> {
  const { path } = step;
  const theirs = (entry: Entry): Promise<Buffer> => objects.read(entry.blob, 'blob');
  const mine = (entry: Entry): Buffer => {
    const bytes = files.bytes(path, entry.blob, LARGEST);
    if (bytes === undefined) throw new Moved();
    return bytes;
  };
  // The version itself comes last: where it stands, all that belongs to it does.
  const kept = (bytes: Uint8Array, as: string, why: string): readonly Act[] =>
    asideFiles({ path, as, why }, bytes)
      .map(file => ({ do: 'create', path: file.path, bytes: file.bytes }) as const)
      .toReversed();
  const treeOf = (made: readonly Act[]): [string, Entry][] =>
    made.flatMap(act => (act.do === 'create' ? [[act.path, fileOf(act.bytes)]] : []));
  const both = async (one: Extract<Step, { do: 'keep_both' | 'merge' }>): Promise<Prepared> => {
    const isMine = one.stays === 'mine';
    const aside = kept(isMine ? await theirs(one.theirs) : mine(one.mine), one.as, one.why);
    const put: readonly Act[] = isMine ? [] : [{ do: 'put', path, bytes: await theirs(one.theirs), over: one.mine }];
    const tree = new Map<string, Entry | undefined>([...treeOf(aside), ...(isMine ? [[path, one.mine] as const] : [])]);
    return { step, acts: [...aside, ...put], tree, agreed: true, why: '' };
  };
  switch (step.do) {
    case 'take': {
      const { entry, from } = step;
      const bytes = from === undefined ? await theirs(entry) : files.bytes(from, entry.blob, LARGEST);
      if (bytes === undefined) throw new Moved();
      const put: Act = { do: 'put', path, bytes, over: step.mine };
      const tree = from === undefined ? NOTHING : new Map([[path, entry]]);
      return { step, acts: [put], tree, agreed: true, why: '' };
    }
    case 'remove': {
      const act: readonly Act[] = step.mine === undefined ? [] : [{ do: 'remove', path, over: step.mine }];
      return { step, acts: act, tree: new Map([[path, undefined]]), agreed: true, why: '' };
    }
    case 'keep':
      return { step, acts: [], tree: new Map([[path, step.entry]]), agreed: false, why: '' };
    case 'merge': {
      const merged = merge3(await theirs(step.base), mine(step.mine), await theirs(step.theirs));
      if (merged === undefined) return both(step);
      const put: Act = { do: 'put', path, bytes: merged, over: step.mine };
      return { step, acts: [put], tree: new Map([[path, fileOf(merged)]]), agreed: true, why: '' };
    }
    case 'keep_both':
      return both(step);
    case 'copy': {
      const aside = kept(step.from === 'mine' ? mine(step.entry) : await theirs(step.entry), step.as, step.why);
      return { step, acts: aside, tree: new Map(treeOf(aside)), agreed: true, why: '' };
    }
    case 'set_aside': {
      const aside = kept(await theirs(step.entry), step.as, step.why);
      const tree = new Map<string, Entry | undefined>([...treeOf(aside), [path, step.mine]]);
      return { step, acts: aside, tree, agreed: false, why: step.why };
    }
    case 'refuse':
      return { step, acts: [], tree: new Map([[path, step.mine]]), agreed: false, why: step.why };
    case 'leave':
      return { step, acts: [], tree: NOTHING, agreed: false, why: '' };
    case 'hold':
      return { step, acts: [], tree: NOTHING, agreed: false, why: step.why };
  }
}
