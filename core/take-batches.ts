import type { Prepared } from './intake.ts';
import type { Batch } from './networked-watcher.ts';
import type { Failure, Result } from './outcome.ts';

/** Bytes of a batch that is not made ready beside another: two mails with large attachments would fill the memory. */
const LARGE = 8_000_000;

const isLarge = ({ items }: Batch): boolean => items.reduce((bytes, { size }) => bytes + size, 0) > LARGE;

/**
 * Takes in batches in their order, three at a time at most: while one is written, the next one’s notes are made and the
 * one behind it is fetched. Returns why it ended before there was no more; what was not taken is fetched again.
 */
export async function takeBatches(
  batches: AsyncGenerator<Result<Batch>, void>,
  signal: AbortSignal,
  {
    prepare,
    take,
  }: {
    /** Never throws. */
    readonly prepare: (batch: Batch) => Promise<Result<Prepared>>;
    readonly take: (prepared: Prepared) => Promise<Failure | undefined>;
  },
): Promise<Failure | undefined> {
  const ahead = (): ReturnType<typeof batches.next> => unheard(batches.next());
  let next = ahead();
  let written: Promise<Failure | undefined> = Promise.resolve(undefined);
  let prepared: Promise<Result<Prepared>> | undefined;
  try {
    for (;;) {
      const { done, value: batch } = await next;
      if (done === true || signal.aborted) return await written;
      if (!batch.ok) return (await written) ?? batch.failure;
      next = ahead();
      if (isLarge(batch.value)) await unheard(written);
      const ready = prepare(batch.value);
      prepared = ready;
      const failure = await written;
      if (failure !== undefined) return failure;
      written = unheard(ready.then(async made => (made.ok ? take(made.value) : made.failure)));
    }
  } finally {
    await Promise.allSettled([prepared, written, next]);
    await batches.return();
  }
}

/** A promise that is looked at later: until then nobody listens to it. */
function unheard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
