import { shorten } from '../../core/bounded.ts';
import { fail, ok, type Result } from '../../core/outcome.ts';
import { reasonOf } from '../../core/system-error.ts';
import { type Git, lastLine, type Ran } from './git.ts';
import { idOf, Objects } from './objects.ts';
import { isTooLate, ReceivePack } from './receive-pack.ts';
import type { Known, RefStore, Swap, Swapped } from './ref-store.ts';
import { placeOf, type RemotePlace } from './remote-place.ts';
import { EMPTY_TREE } from './trees.ts';

/** Where the records stand. Branches are the fallback, for a host that takes no other refs. */
const PREFIXES = ['refs/steward/', 'refs/heads/steward/'] as const;
const HERE = ['refs/there/plain/', 'refs/there/branch/'] as const;
type Prefix = 0 | 1;

/** Milliseconds that one exchange with the remote may take. */
const LONGEST = 60_000;
/** Records that other nodes told of at most; and how many of one swap are told. */
const MOST_HEARD = 200;
const MOST_TOLD = 4;
/** Milliseconds for which a talk that was begun to look is kept for what is swapped next. */
const KEPT = 1000;

type Records = ReadonlyMap<string, Known>;
type Refused = 'not here';

/**
 * The records as refs of git, each on a commit without files or parents whose message is the line: a host that shows
 * branches only takes and shows it too. Looking and swapping are one talk with the remote; what a record says is fetched
 * only where it is not known yet.
 */
export class GitRefs implements RefStore {
  readonly #git: Git;
  readonly #remote: string;
  readonly #place: RemotePlace;
  readonly #objects: Objects;
  #prefix: Prefix | undefined;
  /** What the records say that stood at the remote last, or that this node made, by their commits. */
  #texts = new Map<string, string>();
  /** The same of records that a node told of by the way. */
  readonly #heard = new Map<string, string>();
  #talk: { readonly talk: ReceivePack; readonly timer: NodeJS.Timeout } | undefined;
  readonly #tell: ((text: string) => void) | undefined;

  /** `git` runs in a bare repository that is there. `tell`: has the other nodes `hear` what a record says. */
  constructor(git: Git, remote: string, tell?: (text: string) => void) {
    this.#git = git;
    this.#tell = tell;
    this.#objects = new Objects(git);
    this.#remote = remote;
    this.#place = placeOf(remote);
  }

  async list(): Promise<Result<Records>> {
    this.#takeKept()?.close();
    const talk = await ReceivePack.open(this.#git, this.#place);
    if (talk === undefined) return this.#fetched();
    if (!talk.ok) return talk;
    const told = PREFIXES.map(prefix => [...talk.value.refs].filter(([ref]) => ref.startsWith(prefix)));
    const known = told.map((refs, at) => this.#known(refs, PREFIXES[at] ?? ''));
    const [plain, branches] = known;
    if (plain === undefined || branches === undefined) {
      talk.value.close();
      return this.#fetched();
    }
    this.#keep(talk.value);
    return ok(this.#choose([plain, branches]));
  }

  /**
   * What a record says that another node made just now: so it need not be fetched. It counts where it stands at the
   * remote alone, by its commit, which follows from the text; so it does not matter who said it.
   */
  hear(text: string): void {
    this.#heard.set(idOf('commit', commitOf(text)), text);
    shorten(this.#heard, MOST_HEARD);
  }

  /** Records by their names, where all are known. */
  #known(refs: readonly (readonly [string, string])[], prefix: string): Records | undefined {
    const records = new Map<string, Known>();
    for (const [ref, oid] of refs) {
      const text = this.#texts.get(oid) ?? this.#heard.get(oid);
      if (text === undefined) return undefined;
      records.set(ref.slice(prefix.length), { oid, text });
    }
    return records;
  }

  /** A host that once refused other refs does so for every node: where records stand as branches, that is where. */
  #choose(byPrefix: readonly Records[]): Records {
    if ((byPrefix[1]?.size ?? 0) > 0) this.#prefix = 1;
    else if ((byPrefix[0]?.size ?? 0) > 0) this.#prefix = 0;
    const chosen = byPrefix[this.#prefix ?? 0] ?? new Map<string, Known>();
    this.#texts = new Map([...chosen.values()].map(({ oid, text }) => [oid, text]));
    return chosen;
  }

  /** The records, with what each says, by git. */
  async #fetched(): Promise<Result<Records>> {
    const wanted = PREFIXES.map((prefix, index) => `+${prefix}*:${HERE[index]}*`);
    const fetch = ['fetch', '--quiet', '--no-tags', '--prune', '--no-write-fetch-head', '--no-auto-maintenance'];
    const fetched = await this.#git.run([...fetch, this.#remote, ...wanted], { longest: LONGEST });
    if (fetched.code !== 0) return unreachable(fetched);
    const format = '--format=%(objectname) %(refname) %(contents:subject)';
    const shown = await this.#git.out(['for-each-ref', format, 'refs/there/']);
    if (!shown.ok) return shown;
    const byPrefix = HERE.map(() => new Map<string, Known>());
    for (const line of shown.value.split('\n')) {
      const [, oid = '', ref = '', text = ''] = /^([0-9a-f]{40,64}) (\S+) (.*)$/.exec(line) ?? [];
      const at = HERE.findIndex(here => ref.startsWith(here));
      const prefix = HERE[at];
      if (prefix === undefined) continue;
      byPrefix[at]?.set(ref.slice(prefix.length), { oid, text });
    }
    return ok(this.#choose(byPrefix));
  }

  async swap(swaps: readonly Swap[]): Promise<Result<ReadonlyMap<string, Swapped>>> {
    if (swaps.length === 0) return ok(new Map());
    const kept = swaps.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }]));
    const put = await this.#put(kept.map(({ text }) => text));
    if (!put.ok) return put;
    const { commits, pack } = put.value;
    const made = new Map(kept.map(({ name }, index) => [name, commits[index] ?? '']));
    const pushed = await this.#push(swaps, made, pack, this.#prefix ?? 0);
    if (pushed !== 'not here') return this.#learnt(swaps, pushed);
    if (this.#prefix === 0) return refusedByHost;
    const again = await this.#push(swaps, made, pack, 1);
    if (again === 'not here') return refusedByHost;
    if (again.ok) this.#prefix = 1;
    return this.#learnt(swaps, again);
  }

  #learnt<T extends Result<ReadonlyMap<string, Swapped>>>(swaps: readonly Swap[], swapped: T): T {
    for (const { name, text } of swaps) {
      const became = swapped.ok ? swapped.value.get(name) : undefined;
      if (became === undefined || became === 'refused' || became.oid === undefined || text === undefined) continue;
      this.#texts.set(became.oid, text);
      if (swaps.length <= MOST_TOLD) this.#tell?.(text);
    }
    return swapped;
  }

  /** Puts the commits of records on disk, together, and gives them as a pack. */
  async #put(
    texts: readonly string[],
  ): Promise<Result<{ readonly commits: readonly string[]; readonly pack: Buffer | undefined }>> {
    try {
      await this.#objects.add('tree', Buffer.alloc(0));
      const commits: string[] = [];
      for (const text of texts) commits.push(await this.#objects.add('commit', commitOf(text)));
      const pack = this.#objects.pack();
      await this.#objects.flush();
      return ok({ commits, pack });
    } catch (error) {
      return fail('retryable', `A record of this node could not be written: ${reasonOf(error)}.`);
    }
  }

  /** The talk in which the remote has just told its refs. Whoever takes it ends it. */
  #takeKept(): ReceivePack | undefined {
    const kept = this.#talk;
    this.#talk = undefined;
    clearTimeout(kept?.timer);
    return kept?.talk;
  }

  #keep(talk: ReceivePack): void {
    const timer = setTimeout(() => {
      this.#talk = undefined;
      talk.close();
    }, KEPT);
    this.#talk = { talk, timer };
  }

  async #push(
    swaps: readonly Swap[],
    made: ReadonlyMap<string, string>,
    pack: Buffer | undefined,
    at: Prefix,
  ): Promise<Result<ReadonlyMap<string, Swapped>> | Refused> {
    const kept = this.#takeKept();
    if (pack === undefined) {
      kept?.close();
      return this.#pushByGit(swaps, made, at);
    }
    const talk = kept?.isOpen === true ? ok(kept) : await ReceivePack.open(this.#git, this.#place);
    if (talk === undefined) return this.#pushByGit(swaps, made, at);
    if (!talk.ok) return talk;
    const commands = swaps.map(({ name, expected }) => {
      return { ref: PREFIXES[at] + name, from: expected, to: made.get(name) };
    });
    const sent = await talk.value.send(commands, pack, LONGEST);
    if (!sent.ok) return sent;
    const results = new Map<string, Swapped>();
    for (const { name } of swaps) {
      const became = sent.value.get(PREFIXES[at] + name);
      if (became === 'done') results.set(name, { oid: made.get(name) });
      else if (became !== undefined && isTooLate(became.not)) results.set(name, 'refused');
      else if (became !== undefined) return 'not here';
      else return fail('retryable', 'The remote did not say what became of each record.');
    }
    return ok(results);
  }

  async #pushByGit(
    swaps: readonly Swap[],
    made: ReadonlyMap<string, string>,
    at: Prefix,
  ): Promise<Result<ReadonlyMap<string, Swapped>> | Refused> {
    const prefix = PREFIXES[at];
    const leases = swaps.map(({ name, expected }) => `--force-with-lease=${prefix}${name}:${expected ?? ''}`);
    const specs = swaps.map(({ name }) => `${made.get(name) ?? ''}:${prefix}${name}`);
    const args = ['push', '--porcelain', '--no-verify', ...leases, this.#remote, ...specs];
    const run = await this.#git.run(args, { longest: LONGEST });
    const results = new Map<string, Swapped>();
    for (const line of run.out.toString('utf8').split('\n')) {
      const [, flag = '', ref = '', summary = ''] = /^([ +\-*!=])\t[^\t]*?:?(refs\/[^\t:]+)\t(.*)$/.exec(line) ?? [];
      if (!ref.startsWith(prefix)) continue;
      const name = ref.slice(prefix.length);
      if (flag !== '!') results.set(name, { oid: made.get(name) });
      else if (isTooLate(summary)) results.set(name, 'refused');
      else if (/\[remote rejected\]/.test(summary)) return 'not here';
    }
    // A reply that was cut off says nothing of the others.
    return swaps.every(({ name }) => results.has(name)) ? ok(results) : unreachable(run);
  }
}

/** The commit of a record: the same text is the same commit, whoever makes it. */
function commitOf(text: string): Buffer {
  const who = 'Steward <steward@localhost> 0 +0000';
  return Buffer.from(`tree ${EMPTY_TREE}\nauthor ${who}\ncommitter ${who}\n\n${text}\n`);
}

const refusedByHost = fail(
  'permanent',
  'The remote takes no records of the nodes, neither as refs nor as branches: nothing is claimed.',
  'Allow pushes to refs/steward/* or to branches called steward/* at the remote.',
);

function unreachable({ said }: Ran): ReturnType<typeof fail> {
  return fail('retryable', `The remote cannot be reached: ${lastLine(said)}.`);
}
