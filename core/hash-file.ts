import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { lstatOf } from './durable.ts';
import { fail, ok, type Result } from './outcome.ts';
import { mendOf, reasonOf, systemFailure } from './system-error.ts';

/** SHA-256 and size of a plain file, streamed. */
export async function hashFile(absolute: string): Promise<Result<{ sha256: string; size: number }>> {
  const stats = lstatOf(absolute);
  if (stats === undefined)
    return fail('retryable', `“${path.basename(absolute)}” is not there: it was moved, renamed or deleted.`);
  if (!stats.isFile()) return fail('invalid', `“${path.basename(absolute)}” is not a plain file.`);
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of createReadStream(absolute)) {
      hash.update(chunk);
      size += chunk.length;
    }
  } catch (error) {
    return systemFailure(`“${path.basename(absolute)}” could not be read: ${reasonOf(error)}.`, error, mendOf(error));
  }
  return ok({ sha256: hash.digest('hex'), size });
}
