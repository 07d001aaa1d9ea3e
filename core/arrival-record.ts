import { attachmentPath } from './attachment-path.ts';
import type { Json } from './digest.ts';
import { noteStem } from './names.ts';
import type { Arrived, FetchedItem } from './networked-watcher.ts';
import type { Seen } from './seen.ts';

/** Bytes of facts as JSON that a record takes. */
const MOST_FACTS = 32 * 1024;

/** Facts without the longest of them where they are too many to be put on record. */
function bounded(facts: Arrived['facts']): Record<string, Json> {
  const sized = Object.entries(facts).map(([name, value]) => ({ name, value, size: JSON.stringify(value).length }));
  let left = MOST_FACTS;
  const kept = sized
    .sort((one, other) => one.size - other.size)
    .filter(({ size }) => {
      left -= size;
      return left >= 0;
    });
  return Object.fromEntries(kept.map(({ name, value }) => [name, value]));
}

/** What the ingest journal says of an item that came from a far source. */
export function arrivalRecord(source: string, task: string, fetched: FetchedItem, arrived: Arrived): Seen {
  const { key, body: _, ...item } = fetched;
  const { title, sender, thread } = arrived;
  const files = arrived.attachments.map(({ name, sha256: hash, bytes }) => ({
    ...{ path: attachmentPath(hash, name), name: name.slice(0, 255), sha256: hash, size: bytes.length },
    modified: item.received,
  }));
  return {
    ...{ kind: 'seen', source, task, note: noteStem(title, task), title: title.slice(0, 300) },
    origin: { kind: 'incoming', source },
    ...(sender === undefined ? {} : { sender: sender.slice(0, 320) }),
    ...(thread === undefined ? {} : { thread: thread.slice(0, 1000) }),
    ...(files.length === 0 ? {} : { files }),
    facts: bounded(arrived.facts),
    ...{ item, instance: key },
  };
}
