import { bulk } from './bulk.ts';
import { calendars } from './calendars.ts';
import { charsets } from './charsets.ts';
import { files } from './files.ts';
import { heads } from './heads.ts';
import { onWire } from './make.ts';
import { pages } from './pages.ts';
import { plain } from './plain.ts';
import { senders } from './senders.ts';
import { structure } from './structure.ts';

const GROUPS = { heads, senders, charsets, structure, plain, pages, files, bulk, calendars };

/** Every odd mail that there is, by what is odd about it. */
export const CORPUS: ReadonlyMap<string, Uint8Array> = new Map(
  Object.entries(GROUPS).flatMap(([group, mails]) =>
    Object.entries(mails).map(([name, made]) => [`${group}: ${name}`, onWire(made)]),
  ),
);
