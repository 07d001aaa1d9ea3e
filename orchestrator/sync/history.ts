import type { NodeName } from '../../core/sync-settings.ts';
import { isEqual } from './changes.ts';
import type { Commit, Repository } from './repository.ts';
import type { Made, Signers } from './signers.ts';
import type { Bringer, Entry } from './steps.ts';

/** Commits that are looked at one by one; of what is older, only what steers Steward is asked for by its path. */
const MOST = 2000;
const RANK: Readonly<Record<Bringer, number>> = { unsigned: 0, cloud: 1, local: 2, person: 3 };

export type Whose = { readonly bringer: Bringer; readonly node?: NodeName };

/** Who brought what theirs holds at a path, since the base: the most trusted of those who put exactly that there. */
export class History {
  readonly #repository: Repository;
  readonly #signers: Signers;

  constructor(repository: Repository, signers: Signers) {
    this.#repository = repository;
    this.#signers = signers;
  }

  /**
   * `wanted`: what theirs holds at each path that changed. `steering`: whether it matters so much who brought it that
   * the history of that path is asked where the commits since the base do not tell.
   */
  async whose(
    base: string | undefined,
    theirs: string | undefined,
    wanted: ReadonlyMap<string, Entry | undefined>,
    steering: (path: string) => boolean,
  ): Promise<ReadonlyMap<string, Whose>> {
    const found = new Map<string, Whose>();
    if (theirs === undefined || wanted.size === 0) return found;
    if (theirs !== base)
      for (const commit of await this.#between(base, theirs)) await this.#look(commit, wanted, found);
    // It came long ago and had to wait, or there was too much at once.
    for (const [path, entry] of wanted) {
      if (!steering(path) || found.has(path)) continue;
      const args = ['log', '-1', '--format=%H', theirs, '--', `:(literal)${path}`];
      const said = await this.#repository.git.out(args);
      if (!said.ok || said.value === '') continue;
      await this.#look(await this.#repository.commit(said.value), new Map([[path, entry]]), found);
    }
    return found;
  }

  async #look(
    commit: Commit,
    wanted: ReadonlyMap<string, Entry | undefined>,
    found: Map<string, Whose>,
  ): Promise<void> {
    const put = await this.#putBy(commit);
    let made: Made | undefined;
    for (const [path, entry] of put) {
      if (!wanted.has(path) || !isEqual(wanted.get(path), entry)) continue;
      made ??= await this.#signers.of(commit);
      const known = found.get(path);
      if (known === undefined || RANK[made.bringer] > RANK[known.bringer]) found.set(path, made);
    }
  }

  /** What a commit put where none of its parents had it. */
  async #putBy({ tree, parents }: Commit): Promise<ReadonlyMap<string, Entry | undefined>> {
    const { trees } = this.#repository;
    const before = await Promise.all((parents.length === 0 ? [undefined] : parents).map(id => this.#tree(id)));
    const [first = tree, ...others] = before;
    const put = new Map<string, Entry | undefined>();
    for (const [path, { other }] of await trees.differ(first, tree)) put.set(path, other);
    for (const tried of others) {
      const differs = await trees.differ(tried, tree);
      for (const path of put.keys()) if (!differs.has(path)) put.delete(path);
    }
    return put;
  }

  #tree(id: string | undefined): Promise<string> {
    return this.#repository.treeOf(id);
  }

  /** The commits since the base. */
  async #between(base: string | undefined, theirs: string): Promise<readonly Commit[]> {
    const head = await this.#repository.commit(theirs);
    if (head.parents.length === 1 && head.parents[0] === base) return [head];
    const range = base === undefined ? [theirs] : [theirs, `^${base}`];
    const listed = await this.#repository.git.out(['rev-list', `--max-count=${MOST}`, ...range]);
    const ids = listed.ok ? listed.value.split('\n').filter(id => id !== '') : [];
    const commits: Commit[] = [];
    for (const id of ids) commits.push(await this.#repository.commit(id));
    return commits;
  }
}
