import { bank } from './bank/index.ts';
import { link } from './link.ts';
import { mail } from './mail.ts';
import { meeting } from './meeting.ts';
import type { Reader } from './reading.ts';

/** What a rule may name under `reads`. */
export const READERS = { bank, link, mail, tasks: meeting } satisfies Readonly<Record<string, Reader>>;
export const READER_NAMES = ['bank', 'link', 'mail', 'tasks'] as const;
