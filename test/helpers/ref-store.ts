import { randomBytes } from 'node:crypto';
import { fail, ok, type Result } from '../../core/outcome.ts';
import type { Known, RefStore, Swap, Swapped } from '../../orchestrator/sync/ref-store.ts';

/** What stands at a remote in memory, with everything that ever stood there. */
export class MemoryRefs implements RefStore {
  readonly refs = new Map<string, Known>();
  readonly history: { readonly name: string; readonly text: string | undefined }[] = [];

  list(): Promise<Result<ReadonlyMap<string, Known>>> {
    return Promise.resolve(ok(new Map(this.refs)));
  }

  swap(swaps: readonly Swap[]): Promise<Result<ReadonlyMap<string, Swapped>>> {
    const results = new Map<string, Swapped>();
    for (const { name, expected, text } of swaps) {
      if (this.refs.get(name)?.oid !== expected) {
        results.set(name, 'refused');
        continue;
      }
      const oid = text === undefined ? undefined : randomBytes(20).toString('hex');
      if (text === undefined || oid === undefined) this.refs.delete(name);
      else this.refs.set(name, { oid, text });
      this.history.push({ name, text });
      results.set(name, { oid });
    }
    return Promise.resolve(ok(results));
  }
}

/** How the way to the remote is: what happens to the next calls that go over it. */
export type Weather = 'clear' | 'cut' | 'reply lost';

/** The same remote, over a way that fails; `before` runs ahead of each call, as whatever happens meanwhile. */
export class RefsOverWay implements RefStore {
  weather: Weather = 'clear';
  readonly #refs: RefStore;
  readonly #before: (call: 'list' | 'swap') => Promise<void>;

  constructor(refs: RefStore, before: (call: 'list' | 'swap') => Promise<void> = () => Promise.resolve()) {
    this.#refs = refs;
    this.#before = before;
  }

  async list(): Promise<Result<ReadonlyMap<string, Known>>> {
    await this.#before('list');
    return this.weather === 'clear' ? this.#refs.list() : fail('retryable', 'cut off');
  }

  async swap(swaps: readonly Swap[]): Promise<Result<ReadonlyMap<string, Swapped>>> {
    await this.#before('swap');
    if (this.weather === 'cut') return fail('retryable', 'cut off');
    const swapped = await this.#refs.swap(swaps);
    return this.weather === 'clear' ? swapped : fail('retryable', 'the reply was lost');
  }
}
