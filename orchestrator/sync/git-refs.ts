import { fail, ok, type Result } from '../../core/outcome.ts';
import { reasonOf } from '../../core/system-error.ts';
import { type Git, lastLine, type Ran } from './git.ts';
import { Objects } from './objects.ts';
import type { Known, RefStore, Swap, Swapped } from './ref-store.ts';

/** Where the records stand. Branches are the fallback, for a host that takes no other refs. */
const PREFIXES = ['refs/steward/', 'refs/heads/steward/'] as const;
const HERE = ['refs/there/plain/', 'refs/there/branch/'] as const;
type Prefix = 0 | 1;

/** Milliseconds that one exchange with the remote may take. */
const LONGEST = 60_000;

/**
 * The records as refs of git, each on a commit without files or parents whose message is the line: a host that shows
 * branches only takes and shows it too.
 */
export class GitRefs implements RefStore {
  readonly #git: Git;
  readonly #remote: string;
  readonly #objects: Objects;
  #prefix: Prefix | undefined;

  /** `git` runs in a bare repository that is there. */
  constructor(git: Git, remote: string) {
    this.#git = git;
    this.#objects = new Objects(git);
    this.#remote = remote;
  }

  async list(): Promise<Result<ReadonlyMap<string, Known>>> {
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
    // A host that once refused other refs does so for every node: where records stand as branches, that is where.
    if ((byPrefix[1]?.size ?? 0) > 0) this.#prefix = 1;
    else if ((byPrefix[0]?.size ?? 0) > 0) this.#prefix = 0;
    return ok(byPrefix[this.#prefix ?? 0] ?? new Map());
  }

  async swap(swaps: readonly Swap[]): Promise<Result<ReadonlyMap<string, Swapped>>> {
    if (swaps.length === 0) return ok(new Map());
    const kept = swaps.flatMap(({ name, text }) => (text === undefined ? [] : [{ name, text }]));
    const commits = await this.#commits(kept.map(({ text }) => text));
    if (!commits.ok) return commits;
    const made = new Map(kept.map(({ name }, index) => [name, commits.value[index] ?? '']));
    const pushed = await this.#push(swaps, made, this.#prefix ?? 0);
    if (pushed !== 'not here') return pushed;
    if (this.#prefix === 0) return refusedByHost;
    const again = await this.#push(swaps, made, 1);
    if (again === 'not here') return refusedByHost;
    if (again.ok) this.#prefix = 1;
    return again;
  }

  /** Puts the commits of records on disk, together. */
  async #commits(texts: readonly string[]): Promise<Result<readonly string[]>> {
    const who = 'Steward <steward@localhost> 0 +0000';
    try {
      const tree = await this.#objects.add('tree', Buffer.alloc(0));
      const made: string[] = [];
      for (const text of texts) {
        const commit = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\n${text}\n`;
        made.push(await this.#objects.add('commit', Buffer.from(commit)));
      }
      await this.#objects.flush();
      return ok(made);
    } catch (error) {
      return fail('retryable', `A record of this node could not be written: ${reasonOf(error)}.`);
    }
  }

  async #push(
    swaps: readonly Swap[],
    made: ReadonlyMap<string, string>,
    at: Prefix,
  ): Promise<Result<ReadonlyMap<string, Swapped>> | 'not here'> {
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

/** Whether another was faster: seen by us before, or by the remote under its lock. */
const isTooLate = (summary: string): boolean =>
  /\(stale info\)|already exists|cannot lock ref|failed to update ref|incorrect old value|reference not found|remote ref updated|fetch first/i.test(
    summary,
  );

const refusedByHost = fail(
  'permanent',
  'The remote takes no records of the nodes, neither as refs nor as branches: nothing is claimed.',
  'Allow pushes to refs/steward/* or to branches called steward/* at the remote.',
);

function unreachable({ said }: Ran): ReturnType<typeof fail> {
  return fail('retryable', `The remote cannot be reached: ${lastLine(said)}.`);
}
