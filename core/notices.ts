import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { lstatOf, overwriteFile } from './durable.ts';
import type { StateFolder } from './state-folder.ts';

/** `notices.json`: what the executor wants the person to see until it is mended, by cause, in sentences. */
const Notices = z.record(z.string(), z.string());
type Notices = z.infer<typeof Notices>;
type Where = Pick<StateFolder, 'notices' | 'tmp'>;

/** What is to be seen now. A file that cannot be read tells nothing: the next look of the executor writes it anew. */
export function readNotices({ notices }: Where): Notices {
  try {
    return lstatOf(notices) === undefined ? {} : Notices.parse(JSON.parse(readFileSync(notices, 'utf8')));
  } catch {
    return {};
  }
}

/** Sets, or where `text` is undefined takes away, what is told for one cause. Only the executor calls this. */
export function notice(where: Where, cause: string, text: string | undefined): void {
  const { [cause]: known, ...others } = readNotices(where);
  if (known === text) return;
  const told = text === undefined ? others : { ...others, [cause]: text };
  overwriteFile(where.tmp, where.notices, `${JSON.stringify(told)}\n`);
}
