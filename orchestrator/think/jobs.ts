import { setTimeout as after } from 'node:timers/promises';

/** Milliseconds that the planner waits for something before it goes on with other tasks. */
const BRIEF = 50;

type Job<T> = {
  ended: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: unknown } | undefined;
  work: Promise<void>;
};

/** Work that may take a while (a search in a large vault, a long file) and that nobody else shall wait for. */
export class Jobs<T> {
  readonly #jobs = new Map<string, Job<T>>();

  /** What came of the work of this name, which is begun where it is not under way; undefined while it goes on. */
  async take(name: string, work: () => Promise<T>): Promise<T | undefined> {
    const job = this.#jobs.get(name) ?? this.#begin(name, work);
    if (job.ended === undefined) await Promise.race([job.work, after(BRIEF)]);
    if (job.ended === undefined) return undefined;
    this.#jobs.delete(name);
    if (!job.ended.ok) throw job.ended.why;
    return job.ended.value;
  }

  #begin(name: string, work: () => Promise<T>): Job<T> {
    const job: Job<T> = { ended: undefined, work: Promise.resolve() };
    job.work = work().then(
      value => {
        job.ended = { ok: true, value };
      },
      (why: unknown) => {
        job.ended = { ok: false, why };
      },
    );
    this.#jobs.set(name, job);
    return job;
  }
}
